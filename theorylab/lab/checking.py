"""Judging what records hold, running nothing: the claims' own formulas, or a challenger's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theorylab import terminal
from theorylab.lab import judging, listing
from theorylab.lab.folder import Lab
from theorylab.lab.rows import Judged
from theorylab.lab.verdicts import Verdicts


def check(lab: Lab, names: Sequence[str] | None) -> Verdicts:
    """Judge the fresh records; name the others on standard error, but for damaged ones (see `listing.damaged`)."""
    from theorylab import store

    rows: list[Judged] = []
    for name, path, state in listing.records(lab, names):
        if state.word == "fresh":
            rows += judging.judge_record(lab, name, lab.protocol(name), store.load(path))
        elif state.word != "damaged":
            terminal.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
    if not rows and not store.list_records(lab.records):
        terminal.warn(f"no records in {lab.records}; run a protocol first")
    return Verdicts.of(rows)


def challenge(lab: Lab, claim: str, formula: Any) -> Verdicts:
    """Judge `formula`, a text or an expression, on the fresh records of the protocols that test `claim`."""
    from theorylab import store
    from theorylab.theory import limited

    expression = limited.read(formula, lab.claim(claim).scalars)
    rows: list[Judged] = []
    stored = {path.parent.name for path in store.list_records(lab.records)}
    testing = [n for n in lab.protocol_names if n in stored and any(t.claim == claim for t in lab.protocol(n).tests)]
    for name, path, state in listing.records(lab, testing) if testing else ():
        if state.word != "fresh":
            terminal.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
            continue
        rows += judging.judge_record(lab, name, lab.protocol(name), store.load(path), only=claim, formula=expression)
    return Verdicts.of(rows)
