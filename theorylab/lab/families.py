"""A family: what the cells of one claim, protocol and record say together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from theorylab.judge import verdict
from theorylab.lab.rows import Family, Judged


def powerless(rows: Iterable[Judged]) -> list[Judged]:
    """A family in which some control is rejected nowhere, though it lies far enough away, could not have said no."""
    found = list(rows)
    idle = {key: _idle(members) for key, members in _grouped(found).items()}
    said = {key: f"control {names[0]} is rejected in no cell" for key, names in idle.items() if names}
    return [
        replace(row, outcome="powerless", gate=said[key]) if row.outcome == "agrees" and key in said else row
        for row, key in ((row, _key(row)) for row in found)
    ]


def families(rows: Sequence[Judged]) -> list[Family]:
    """What the cells of a claim say together, per protocol and record: all agree, or Holm's test rejects somewhere."""
    out = []
    for (claim, protocol, record), members in _grouped(rows).items():
        outcomes, p = [r.outcome for r in members], [r.p_disagree for r in members]
        out.append(
            Family(
                claim,
                protocol,
                record,
                members[0].tier,
                verdict.family(outcomes, p, idle=_idle(members)),
                members[0].expected,
                len(members),
                tuple(sorted({c.name for r in members for c in r.controls if c.rejected})),
                sum(r.diverged for r in members),
            )
        )
    return out


def _key(row: Judged) -> tuple[str, str, str]:
    return row.claim, row.protocol, row.record


def _grouped(rows: Iterable[Judged]) -> dict[tuple[str, str, str], list[Judged]]:
    found: dict[tuple[str, str, str], list[Judged]] = {}
    for row in rows:
        found.setdefault(_key(row), []).append(row)
    return found


def _idle(members: Sequence[Judged]) -> tuple[str, ...]:
    return verdict.idle_controls([{c.name: c.outcome for c in r.controls} for r in members])
