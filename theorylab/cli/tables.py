"""What the command line prints: one JSON document, or plain tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from theorylab.cli.layout import table
from theorylab.errors import InputError
from theorylab.words import plain

if TYPE_CHECKING:
    from theorylab.lab.rows import Family, Judged
    from theorylab.lab.verdicts import Verdicts


def document(value: Any) -> None:
    """Print `value` as one JSON document."""
    ascii_only = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    json.dump(plain(value), sys.stdout, indent=1, ensure_ascii=ascii_only, allow_nan=False)
    print()


def claims(rows: Sequence[Mapping[str, Any]]) -> None:
    """The list of claims."""
    table([{"claim": r["id"], "says": r["statement"]} for r in rows], ("claim", "says"))


def claim(row: Mapping[str, Any]) -> None:
    """One claim: sentence, domain, derivation with its checks, controls."""
    print(f"{row['id']}\n  {row['statement']}\n")
    for item in row["inputs"]:
        print(f"  {item['name']:<10} {item['meaning']} [{item['unit']}]")
    print(
        f"  domain     {row['domain']}\n  exactness  {row['exactness']}\n  source     {row['source']}"
        f"\n  noises     {', '.join(row['noises'])}\n  expected   {row['expected']}\n"
    )
    for i, step in enumerate(row["steps"], 1):
        mark = "verified" if step["verified"] else "FAILED"
        print(f"  {i}. {step['why']}\n     {step['operation']}: {step['result']}\n     {mark}: {step['detail']}")
    print(f"\n  formula    {row['formula'] or '(evaluated numerically)'}\n  latex      {row['latex']}\n")
    for control in row["controls"]:
        said = (
            control
            if isinstance(control, str)
            else f"{control['name']}: {control['formula']}\n     {control['reason']}"
        )
        print(f"  control    {said}")


def prediction(name: str, inputs: Mapping[str, Any], value: Any) -> None:
    """`claim(inputs) = value`."""
    said = ", ".join(f"{k}={json.dumps(plain(v))}" for k, v in inputs.items())
    print(f"{name}({said}) = {json.dumps(plain(value)) if not isinstance(value, float) else repr(value)}")


CELL = ("cell", "outcome", "predicted", "measured", "n", "margin")


def verdicts(rows: Verdicts, tier: str | None, as_json: bool) -> int:
    """Print verdicts (JSON or table with families); the exit status they give."""
    summary = rows.families
    if as_json:
        document(rows.as_dicts())
    else:
        _cells(rows)
        shown = [f.shown() for f in summary]
        notes = [[n for n in (f["controls"], f["note"]) if n] for f in shown]
        table(shown, ("claim", "protocol", "tier", "outcome", "expected", "cells"), notes)
    return status(summary)


def status(summary: Sequence[Family]) -> int:
    """0 where every family has the outcome that its claim expects; undecided counts as different under `full` only."""
    return 1 if any(differs(f) for f in summary) else 0


def differs(family: Family) -> bool:
    """Whether a family has another outcome than its claim expects."""
    return family.outcome != family.expected and (family.outcome != "undecided" or family.tier == "full")


def _cells(rows: Verdicts) -> None:
    """A table for each protocol and claim; below each cell its controls, and the gate that made it invalid."""
    for protocol, claim in dict.fromkeys((r.protocol, r.claim) for r in rows):
        members = [r for r in rows if (r.protocol, r.claim) == (protocol, claim)]
        print(f"{protocol}: {claim}")
        table([r.shown() for r in members], CELL, [_notes(r) for r in members], indent=2)
        print()


def _notes(row: Judged) -> list[str]:
    """Why a cell is invalid or powerless, and what became of its controls."""
    gate = [f"{row.outcome}: {row.gate}"] if row.gate else []
    return [*gate, *(["controls: " + "; ".join(map(str, row.controls))] if row.controls else [])]


def challenge(rows: Verdicts, name: str, formula: str, as_json: bool) -> int:
    """Print the verdicts on the user's formula; status 1 where it disagrees."""
    if as_json:
        document(rows.as_dicts())
    else:
        print(f"{name}: your formula is {formula}\n")
        columns = ("protocol", "cell", "outcome", "predicted", "measured", "ratio", "smallest_factor", "n")
        table(rows.as_dicts(), columns)
    if not rows:
        raise InputError(
            f"challenge {name}: no fresh record tests this claim; run its protocols first "
            "(theorylab protocols lists them)"
        )
    return 0 if all(r.outcome == "agrees" for r in rows) else 1


def plan(rows: Sequence[Mapping[str, Any]]) -> None:
    """What runs would cost, and what their controls could tell."""
    from theorylab.words import duration, volume

    for row in rows:
        memory = f", {volume(row['memory'])} of memory" if row["memory"] is not None else ""
        device = f", {volume(row['device_memory'])} on the device" if row["device_memory"] is not None else ""
        print(
            f"{row['protocol']} ({row['tier']}): {row['cells']} cells, at most {row['replicates']} replicates each, "
            f"{duration(row['seconds'])}, {volume(row['bytes'])} on disk{memory}{device}"
        )
        table(row["tests"], ("claim", "cell", "predicted", "margin", "controls"))
    print(
        f"{len(rows)} protocols on {rows[0]['device']}: at most {duration(sum(r['seconds'] for r in rows))} of "
        f"computing, {volume(sum(r['bytes'] for r in rows))} on disk"
    )
