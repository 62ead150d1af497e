"""Judging what records hold, running nothing: the claims' own formulas, or a challenger's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theorylab import terminal
from theorylab.lab import judging, listing
from theorylab.lab.folder import Lab
from theorylab.lab.rows import Row


def check(lab: Lab, names: Sequence[str] | None) -> list[Row]:
    """Judge the fresh records; name the others on standard error."""
    from theorylab import store

    rows: list[Row] = []
    for name, protocol, path, state in listing.records(lab, names):
        if state.word != "fresh":
            terminal.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
            continue
        rows += judging.judge_record(lab, name, protocol, store.load(path))
    if not rows and not any(True for _ in lab.records.glob("*/*/record.json")):
        terminal.warn(f"no records in {lab.records}; run a protocol first")
    return rows


def challenge(lab: Lab, claim: str, formula: Any) -> list[Row]:
    """Judge `formula`, a text or an expression, on the fresh records of the protocols that test `claim`."""
    from theorylab import store
    from theorylab.theory import limited

    expression = limited.read(formula, lab.claim(claim).scalars)
    rows: list[Row] = []
    for name, protocol, path, state in listing.records(lab, None):
        if any(t.claim == claim for t in protocol.tests):
            if state.word != "fresh":
                terminal.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
                continue
            rows += judging.judge_record(lab, name, protocol, store.load(path), only=claim, formula=expression)
    return rows
