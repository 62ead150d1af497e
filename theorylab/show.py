"""What the command line prints: one JSON document, or plain tables. Progress and warnings go to standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from theorylab.errors import InputError


def parse(text: str) -> Any:
    """A value from the command line: JSON where it is JSON, a number where it is one, else the text itself."""
    for read in (json.loads, float):
        try:
            return read(text)
        except (ValueError, RecursionError):
            continue
    return text


def plain(value: Any) -> Any:
    """`value` as JSON has it: arrays as lists, infinities and NaN as null."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def finite(value: Any) -> bool:
    """Whether every number in `value` is there and finite."""
    if isinstance(value, Mapping):
        return all(finite(part) for part in value.values())
    return bool(np.all(np.isfinite(np.asarray(value, float))))


def document(value: Any) -> None:
    """Print `value` as one JSON document."""
    json.dump(plain(value), sys.stdout, indent=1, ensure_ascii=False, allow_nan=False)
    print()


def number(value: Any, digits: int = 5) -> str:
    """A number or array in few digits."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {number(v, digits)}" for k, v in value.items())
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{array.item():.{digits}g}" if array.dtype.kind == "f" else str(array.item())
    body = ", ".join(number(v, digits) for v in array[:6])
    return f"[{body}{', ...' if len(array) > 6 else ''}]"


def text(value: Any) -> str:
    """A table's entry."""
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, Mapping):
        return " ".join(f"{k}={text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return ", ".join(value)
    return number(value)


STYLES = {
    "agrees": "green",
    "disagrees": "red",
    "undecided": "yellow",
    "powerless": "magenta",
    "invalid": "magenta",
    "fresh": "green",
    "stale": "yellow",
    "damaged": "red",
    "partial": "yellow",
}


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], styled: str = "outcome") -> None:
    """A table on standard output; plain and as wide as it needs when that is not a terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    wide = None if sys.stdout.isatty() else 10_000
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        grid.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        grid.add_row(*(Text(text(row.get(c)), style=STYLES.get(str(row.get(c)), "")) for c in columns))
    Console(width=wide, highlight=False).print(grid)


def warn(message: str) -> None:
    """One line on standard error."""
    print(f"theorylab: {message}", file=sys.stderr)


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


COLUMNS = ("protocol", "claim", "cell", "outcome", "predicted", "measured", "standard_error", "n", "margin", "controls")


def verdicts(rows: Sequence[dict[str, Any]], tier: str | None, as_json: bool) -> int:
    """Print verdicts (JSON or table with families); the exit status they give."""
    from theorylab.trial import families

    summary = families(rows)
    if as_json:
        document([{k: v for k, v in r.items() if k != "inputs"} for r in rows])
    else:
        shown = [{**r, "controls": _controls(r), "standard_error": r["standard_error"]} for r in rows]
        table(shown, COLUMNS)
        print()
        table(summary, ("claim", "protocol", "tier", "outcome", "expected", "cells", "controls", "note"))
    return status(summary)


def status(summary: Sequence[Mapping[str, Any]]) -> int:
    """0 where every family has the outcome that its claim expects; undecided counts as different under `full` only."""
    wrong = [
        f for f in summary if f["outcome"] != f["expected"] and (f["outcome"] != "undecided" or f["tier"] == "full")
    ]
    return 1 if wrong else 0


def _controls(row: Mapping[str, Any]) -> str:
    words = {"disagrees": "rejected"}
    return "; ".join(f"{c['name']} {words.get(c['outcome'], c['outcome'])}" for c in row["controls"])


def challenge(rows: Sequence[Mapping[str, Any]], name: str, formula: str, as_json: bool) -> int:
    """Print the verdicts on the user's formula; status 1 where it disagrees."""
    if as_json:
        document([{k: v for k, v in r.items() if k != "inputs"} for r in rows])
    else:
        print(f"{name}: your formula is {formula}\n")
        table(rows, ("protocol", "cell", "outcome", "predicted", "measured", "ratio", "smallest_factor", "n"))
    if not rows:
        raise InputError(
            f"challenge {name}: no fresh record tests this claim; run its protocols first "
            "(theorylab protocols lists them)"
        )
    return 0 if all(r["outcome"] == "agrees" for r in rows) else 1


def plan(rows: Sequence[Mapping[str, Any]]) -> None:
    """What runs would cost, and what their controls could tell."""
    from theorylab.work import duration, volume

    for row in rows:
        device = f", {volume(row['device_memory'])} on the device" if row["device_memory"] is not None else ""
        print(
            f"{row['protocol']} ({row['tier']}): {row['cells']} cells, at most {row['replicates']} replicates each, "
            f"{duration(row['seconds'])}, {volume(row['bytes'])} on disk, {volume(row['memory'])} of memory{device}"
        )
        table(row["tests"], ("claim", "cell", "predicted", "margin", "controls"))
    print(
        f"{len(rows)} protocols on {rows[0]['device']}: at most {duration(sum(r['seconds'] for r in rows))} of "
        f"computing, {volume(sum(r['bytes'] for r in rows))} on disk"
    )
