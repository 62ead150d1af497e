"""Judging what records hold, running nothing: the claims' own formulas, or a challenger's."""

from __future__ import annotations

from collections.abc import Sequence

from theorylab import terminal
from theorylab.lab import judging, listing
from theorylab.lab.folder import Lab
from theorylab.lab.rows import Judged
from theorylab.lab.verdicts import Verdicts


def check(lab: Lab, names: Sequence[str] | None) -> Verdicts:
    """Judge the fresh records; name the others on standard error."""
    from theorylab import store

    rows: list[Judged] = []
    for name, protocol, path, state in listing.records(lab, names):
        if state.word != "fresh":
            terminal.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
            continue
        rows += judging.judge_record(lab, name, protocol, store.load(path))
    if not rows and not any(True for _ in lab.records.glob("*/*/record.json")):
        terminal.warn(f"no records in {lab.records}; run a protocol first")
    return Verdicts.of(rows)


def challenge(lab: Lab, claim: str, formula: str) -> Verdicts:
    """Judge `formula` on the fresh records of the protocols that test `claim`."""
    from theorylab import store

    found = lab.claim(claim)
    expression = found.parse(formula)
    rows: list[Judged] = []
    for name, protocol, path, state in listing.records(lab, None):
        if any(t.claim == claim for t in protocol.tests):
            if state.word != "fresh":
                terminal.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
                continue
            rows += judging.judge_record(lab, name, protocol, store.load(path), only=claim, formula=expression)
    return Verdicts.of(rows)
