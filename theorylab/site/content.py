"""What the pages show, gathered from plain rows: one dictionary per claim, and one for the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from theorylab.lab.rows import Family, Judged, JudgedControl
from theorylab.site import words
from theorylab.site.references import cited

Row = Mapping[str, Any]
_RECORD = ("state", "tier", "seed", "seconds", "device", "settings", "data_sha256", "code_sha256")
_SHOWN = 6  # components of an array shown one by one


def claim_page(
    claim: Row,
    rows: Sequence[Judged],
    families: Sequence[Family],
    records: Mapping[str, Row],
    figures: Sequence[Row],
    bibliography: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Everything on the page of one claim."""
    from theorylab.theory.mathml import before_and_after

    mine = [r for r in rows if r.claim == claim["id"]]
    kin = [f for f in families if f.claim == claim["id"]]
    groups = [_group(key, mine, kin, records) for key in dict.fromkeys((r.protocol, r.record) for r in mine)]
    outcome = words.together([g["outcome"] for g in groups])
    names = {g["protocol"] for g in groups}
    sources = "; ".join([str(claim.get("source") or ""), *(str(c.get("source") or "") for c in _controls(claim))])
    return {
        **claim,
        "outcome": outcome,
        "as_expected": outcome == claim.get("expected", "agrees"),
        "steps": [{**s, "sides": before_and_after(s.get("latex") or "")} for s in claim.get("steps", [])],
        "controls": [{**c, "found": control_words(c["name"], mine)} for c in _controls(claim)],
        "groups": groups,
        "cells": len(mine),
        "figures": [f for f in figures if claim["id"] in f.get("claims", ()) or names & set(f.get("protocols", ()))],
        "references": cited(sources, bibliography),
    }


def _controls(claim: Row) -> list[dict[str, Any]]:
    """Controls as dictionaries, also where only their names are known."""
    return [
        {"name": c, "formula": None, "reason": "", "source": None} if isinstance(c, str) else dict(c)
        for c in claim.get("controls", [])
    ]


def _group(
    key: tuple[str, str], rows: Sequence[Judged], families: Sequence[Family], records: Mapping[str, Row]
) -> dict[str, Any]:
    """The cells of one claim in one record."""
    protocol, record = key
    members = [r for r in rows if (r.protocol, r.record) == key]
    kin = [f.outcome for f in families if (f.protocol, f.record) == key]
    outcomes = [r.outcome for r in members]
    return {
        "protocol": protocol,
        "record": record_page(records.get(record, {"id": record})),
        "outcome": kin[0] if kin else words.together(outcomes),
        "counted": words.counted(outcomes),
        "rows": [
            {"judged": r, "cell": cell, **_values(r), "controls_words": controls_of_cell(r.controls)}
            for r, cell in zip(members, _cells(members), strict=True)
        ],
        "gates": list(dict.fromkeys(r.gate for r in members if r.gate)),
    }


def _cells(rows: Sequence[Judged]) -> list[dict[str, Any]]:
    """What is said of each cell: the noise, settings that are inputs of the claim, others while rows look alike.

    Settings that only the machine needs (a ladder of rates, which kind of cell) stay in the record's own list.
    """
    keys = [k for k in dict.fromkeys(k for r in rows for k in r.cell) if k != "tier"]
    chosen = {k for k in keys if k == "noise" or any(k in r.inputs for r in rows)}

    def told(names: set[str]) -> list[dict[str, Any]]:
        return [{k: r.cell[k] for k in keys if k in names and k in r.cell} for r in rows]

    def different(names: set[str]) -> int:
        return len({words.cell(cell) for cell in told(names)})

    lists = {k for k in keys if any(isinstance(r.cell.get(k), list | tuple | Mapping) for r in rows)}
    for key in sorted(set(keys) - chosen, key=lambda k: (k in lists, keys.index(k))):
        if different(chosen | {key}) > different(chosen):
            chosen.add(key)
    return told(chosen)


def _values(row: Judged) -> dict[str, Any]:
    """The numbers of a verdict in words, one line for each component; of many components the worst alone."""
    predicted, error, margin = (
        np.broadcast_to(v, row.measured.shape).ravel() for v in (row.predicted, row.standard_error, row.margin)
    )
    measured = row.measured.ravel()
    each, note = list(range(measured.size)), ""
    if measured.size > _SHOWN:
        each = [int(np.ravel_multi_index(row.worst, row.measured.shape))]
        note = f"worst of {measured.size} values"
    return {
        "predicted_words": [words.number(predicted[i]) for i in each],
        "measured_words": [words.measured(measured[i], error[i]) for i in each],
        "margin_words": [words.number(margin[i], 2) for i in each],
        "values_note": note,
    }


def rejection(outcome: str) -> str:
    """A control's outcome in a word: one that the data contradict is rejected."""
    return {"disagrees": "rejected", "agrees": "not rejected"}.get(outcome, outcome)


def controls_of_cell(controls: Sequence[JudgedControl]) -> str:
    """`all 3 rejected`, or which came out how: `rejected: sde, note 14; indistinct: note 28`."""
    groups: dict[str, list[str]] = {}
    for control in controls:
        groups.setdefault(rejection(control.outcome), []).append(control.name)
    if len(groups) == 1 and len(controls) > 1:
        return f"all {len(controls)} {next(iter(groups))}"
    return "; ".join(f"{word}: {', '.join(names)}" for word, names in groups.items()) or "–"


def control_words(name: str, rows: Sequence[Judged]) -> str:
    """`rejected in 6, indistinct in 2 of 8 cells`."""
    return words.counted([rejection(c.outcome) for r in rows for c in r.controls if c.name == name])


def rivalry(pages: Sequence[Row]) -> list[dict[str, Any]]:
    """Claims with a control that reads the noise as Gaussian or as Levy: what each reading predicts, what came out."""
    found = []
    for page in pages:
        cells = [r for g in page["groups"] for r in g["rows"] if any(map(_reading, r["judged"].controls))]
        if cells:
            names = list(dict.fromkeys(c.name for r in cells for c in r["judged"].controls if _reading(c)))
            rows = [{**r, "rivals": [_rival(name, r["judged"]) for name in names]} for r in cells]
            found.append(
                {
                    "id": page["id"],
                    "statement": page["statement"],
                    "outcome": page["outcome"],
                    "names": names,
                    "rows": rows,
                    "figures": page["figures"],
                    "split": words.counted([_split(r) for r in rows]),
                }
            )
    return found


def questions(pages: Sequence[Row]) -> dict[str, list[Row]]:
    """Claims by the question of the research programme that they answer."""
    found: dict[str, list[Row]] = {}
    for page in pages:
        if page.get("answers"):
            found.setdefault(page["answers"], []).append(page)
    return found


def _reading(control: JudgedControl) -> bool:
    """Whether a control is the same law with the noise read as Gaussian, or as Levy."""
    return control.name.split()[0] in ("gaussian", "levy")


def _rival(name: str, row: Judged) -> dict[str, Any]:
    for control in row.controls:
        if control.name == name:
            values = np.ravel(control.predicted)
            shown = [words.number(v) for v in values] if len(values) <= _SHOWN else ["a curve"]
            return {"values": shown, "found": rejection(control.outcome)}
    return {"values": ["–"], "found": ""}


def _split(row: Row) -> str:
    """On which side of the crossover a cell lies: where a reading is rejected, or where none can be told apart."""
    fates = {r["found"] for r in row["rivals"] if r["found"]}
    return "rejects a reading" if "rejected" in fates else "tells none apart"


def record_page(record: Row) -> dict[str, Any]:
    """A record's row in words."""
    replicates, diverged = record.get("replicates"), record.get("diverged")
    if isinstance(replicates, Sequence):
        replicates = sum(replicates)
    if isinstance(diverged, Sequence):
        diverged = sum(d["count"] for d in diverged)
    versions = dict(record.get("versions") or {})
    known = {**dict.fromkeys(_RECORD), **record}
    return {**known, "replicates": replicates, "diverged": diverged, "versions": versions}


def note_rows(pages: Sequence[Row]) -> list[dict[str, Any]]:
    """The research note's formulas, wherever they stand: claims, and controls of claims."""
    found = []
    for page in pages:
        if "[note]" in str(page.get("source") or ""):
            found.append(
                {
                    "where": _equation(page["source"]),
                    "claim": page["id"],
                    "control": "",
                    "outcome": page["outcome"],
                    "says": page["statement"],
                }
            )
        for control in page["controls"]:
            if "[note]" in str(control.get("source") or ""):
                found.append(
                    {
                        "where": _equation(control["source"]),
                        "claim": page["id"],
                        "control": control["name"],
                        "outcome": control["found"] or "not judged",
                        "says": control["reason"],
                    }
                )
    return sorted(found, key=lambda f: (_first_number(f["where"]), f["where"], f["claim"], f["control"]))


def _equation(source: str) -> str:
    """What follows `[note]` in a source, up to the next one."""
    return source.split("[note]", 1)[1].split(";")[0].split("[")[0].strip(" ,")


def _first_number(text: str) -> float:
    digits = "".join(ch if ch.isdigit() else " " for ch in text).split()
    return float(digits[0]) if digits else float("inf")


def totals(pages: Sequence[Row]) -> list[dict[str, Any]]:
    """How many claims came out how, those that differ from what was expected apart."""
    counts: dict[tuple[str, bool], int] = {}
    for page in pages:
        key = page["outcome"], page["as_expected"]
        counts[key] = counts.get(key, 0) + 1
    order = list(words.MEANINGS)
    ranked = sorted(counts, key=lambda key: (order.index(key[0]), not key[1]))
    return [
        {"outcome": word, "as_expected": expected, "count": counts[word, expected], "meaning": words.MEANINGS[word]}
        for word, expected in ranked
    ]


def machines(records: Sequence[Row]) -> tuple[list[str], dict[str, str]]:
    """Devices and library versions over all records; several versions of one library are all named."""
    devices = sorted({str(r["device"]) for r in records if r.get("device")})
    seen: dict[str, set[str]] = {}
    for record in records:
        for name, version in (record.get("versions") or {}).items():
            seen.setdefault(name, set()).add(version)
    return devices, {name: ", ".join(sorted(found)) for name, found in sorted(seen.items())}
