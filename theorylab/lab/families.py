"""A family: what the cells of one claim, protocol and tier say together."""

from __future__ import annotations

from collections.abc import Sequence

from theorylab.judge import verdict
from theorylab.lab.folder import Lab
from theorylab.lab.rows import Row


def powerless(rows: list[Row], lab: Lab) -> list[Row]:
    """A family in which some control is rejected nowhere, though it lies far enough away, could not have said no."""
    for key in {_family(r) for r in rows}:
        members = [r for r in rows if _family(r) == key]
        idle = verdict.idle_controls([{c["name"]: c["outcome"] for c in r["controls"]} for r in members])
        for row in members:
            if idle and row["outcome"] == "agrees":
                row["outcome"], row["gate"] = "powerless", f"control {idle[0]} is rejected in no cell"
    return rows


def _family(row: Row) -> tuple[str, ...]:
    return row["claim"], row["protocol"], row["record"]


def families(rows: Sequence[Row]) -> list[Row]:
    """What the cells of a claim say together, per protocol and record: all agree, or Holm's test rejects somewhere."""
    out = []
    for key in dict.fromkeys(_family(r) for r in rows):
        members = [r for r in rows if _family(r) == key]
        idle = verdict.idle_controls([{c["name"]: c["outcome"] for c in r["controls"]} for r in members])
        outcome = verdict.family([r["outcome"] for r in members], [r["p_disagree"] for r in members], idle=idle)
        rejected = sorted({c["name"] for r in members for c in r["controls"] if c["outcome"] == "disagrees"})
        lost = sum(r["diverged"] for r in members)
        out.append(
            {
                "claim": key[0],
                "protocol": key[1],
                "record": key[2],
                "tier": members[0]["tier"],
                "outcome": outcome,
                "expected": members[0]["expected"],
                "cells": len(members),
                "controls": "rejected: " + ", ".join(rejected) if rejected else "",
                "note": f"{lost} replicates diverged" if lost else "",
            }
        )
    return out
