"""What a panel shows, as plain arrays, and how verdict rows become one.

A row is a `Judged`. The lines between the cells are the claim's own predictions, on a grid over the same range.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from theorylab.errors import InputError
from theorylab.lab.rows import Judged

Values = Sequence[float] | np.ndarray
Line = tuple[Sequence[Any] | np.ndarray, Values]
_GREEK = {
    "eta": r"\eta",
    "lam": r"\lambda",
    "sigma": r"\sigma",
    "alpha": r"\alpha",
    "gamma": r"\gamma",
    "mu": r"\mu",
    "rho": r"\rho",
}


@dataclass(frozen=True)
class Series:
    """One colour of a panel: measurements at `x` (numbers, or words for categories) and the lines that belong to them.

    `line` is the prediction as (x, y), `controls` maps names to such lines. `predicted` and `margin`, at the same x as
    the measurements, make the strip of ratios below the panel.
    """

    name: str
    x: Sequence[Any] | np.ndarray
    value: Values
    error: Values
    line: Line = ((), ())
    controls: Mapping[str, Line] = field(default_factory=dict)
    predicted: Values = ()
    margin: Values = ()


@dataclass(frozen=True)
class Panel:
    """Series over one pair of axes.

    `verdict` in words stands under the title, `rejected` names the controls that the data reject, `log` is "", "x", "y"
    or "xy", `strip` asks for measured/predicted below.
    """

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    verdict: str = ""
    rejected: Sequence[str] = ()
    log: str = ""
    strip: bool = True


def panel(
    claim: Any,
    rows: Sequence[Judged],
    x: str,
    *,
    split: str | Sequence[str] = (),
    where: Mapping[str, Any] | None = None,
    controls: Sequence[str] | None = None,
    component: int = 0,
    title: str | None = None,
    x_label: str | None = None,
    y_label: str | None = None,
    log: str = "",
    strip: bool = True,
    points: int = 80,
) -> Panel:
    """A panel from the verdict rows of one claim.

    Args:
        claim: the claim; its `predict` and `predict_control` draw the lines.
        rows: verdict rows; those of other claims are left out.
        x: the setting along the horizontal axis.
        split: the setting or settings that make the series.
        where: settings held fixed.
        controls: names of the controls drawn; by default all that the rows name.
        component: which component of a prediction that is an array or a dictionary.
        title, x_label, y_label: by default the claim's id, the input's meaning with its unit, and the quantity's name.
        log: "", "x", "y" or "xy".
        strip: measured/predicted below.
        points: of a line's grid.

    Raises:
        InputError: no rows, or rows at one x that differ in a setting that is neither split nor fixed.
    """
    keys = [split] if isinstance(split, str) else list(split)
    held = where or {}
    mine = [r for r in rows if r.claim == claim.id and all(_at(r, k) == v for k, v in held.items())]
    if not mine:
        raise InputError(f"figure: no verdict rows of claim {claim.id} {dict(held) or ''}".rstrip())
    rejected = _rejected(mine)
    names = list(dict.fromkeys(c.name for r in mine for c in r.controls)) if controls is None else list(controls)
    groups: dict[tuple[Any, ...], list[Judged]] = {}
    for row in mine:
        groups.setdefault(tuple(_at(row, k) for k in keys), []).append(row)
    series = []
    for value, group in groups.items():
        ordered = sorted(group, key=lambda r: _order(_at(r, x)))
        series.append(_series(claim, ordered, x, _named(keys, value), names, component, log, points))
    inputs = {i.name: i for i in claim.inputs}
    return Panel(
        claim.id if title is None else title,
        x_label or (_label(inputs[x]) if x in inputs else x),
        y_label or claim.id.partition(".")[2].replace("_", " "),
        series,
        words(mine),
        [n for n in names if n in rejected],
        log,
        strip,
    )


def measured(rows: Sequence[Judged]) -> tuple[np.ndarray, np.ndarray]:
    """Measured values of several cells and their standard errors: arrays with the cells first."""
    return np.array([r.measured for r in rows]), np.array([r.standard_error for r in rows])


def words(rows: Sequence[Judged]) -> str:
    """The verdicts of several cells in words: `agrees in 8 of 8 cells`, `agrees in 6, undecided in 2 of 8 cells`."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.outcome] = counts.get(row.outcome, 0) + 1
    if len(rows) == 1:
        return next(iter(counts))
    return ", ".join(f"{word} in {n}" for word, n in counts.items()) + f" of {len(rows)} cells"


def _rejected(rows: Sequence[Judged]) -> set[str]:
    return {c.name for r in rows for c in r.controls if c.rejected}


def _series(
    claim: Any,
    rows: Sequence[Judged],
    x: str,
    name: str,
    controls: Sequence[str],
    component: int,
    log: str,
    points: int,
) -> Series:
    at = [_at(row, x) for row in rows]
    if len(set(map(str, at))) < len(at):
        others = {k for r in rows for k in r.cell if any(s.cell.get(k) != r.cell[k] for s in rows)} - {x}
        raise InputError(
            f"figure: rows of claim {claim.id} at one {x} differ in "
            f"{', '.join(sorted(others)) or 'their record'}; split by it or hold it fixed"
        )

    def part(key: str) -> list[float]:
        return [_one(getattr(row, key), component) for row in rows]

    grid = _grid(claim, x, at, log, points)
    line: Line = (at, part("predicted"))
    own, places = [row.inputs for row in rows], at
    if grid is not None and x in own[0]:
        own, places = [{**own[0], x: v} for v in grid], grid
        line = (grid, [_value(claim.predict, component, v) for v in own])
    wrong: dict[str, Line] = {
        control: (places, [_value(claim.predict_control, component, v, control) for v in own]) for control in controls
    }
    return Series(name, at, part("measured"), part("standard_error"), line, wrong, part("predicted"), part("margin"))


def _grid(claim: Any, x: str, at: Sequence[Any], log: str, points: int) -> list[Any] | None:
    """Where a line is evaluated: between the cells, at whole numbers for whole-number inputs; None for categories."""
    if any(isinstance(v, str | bool) for v in at) or len(set(at)) < 2:
        return None
    low, high = min(at), max(at)
    if any(i.name == x and i.kind == "integer" for i in claim.inputs):
        whole = np.unique(np.linspace(low, high, min(points, int(high - low) + 1)).round().astype(int))
        return [int(v) for v in whole]
    grid = np.geomspace(low, high, points) if "x" in log else np.linspace(low, high, points)
    return [low, *(float(v) for v in grid[1:-1]), high]


def _value(function: Any, component: int, inputs: Mapping[str, Any], *names: str) -> float:
    """One component of a prediction; NaN, a gap in the line, where the inputs leave the domain."""
    try:
        return _one(function(*names, **inputs), component)
    except InputError:
        return float("nan")


def _one(value: Any, component: int) -> float:
    """One component of a number, an array or a dictionary of them; None is NaN."""
    if isinstance(value, Mapping):
        parts = [np.ravel(np.asarray(v, float)) for v in value.values()]
        flat = np.concatenate(parts)
    else:
        flat = np.ravel(np.asarray(value, float))
    return float(flat[component if flat.size > 1 else 0])


def _at(row: Judged, key: str) -> Any:
    for place in (row.cell, row.inputs):
        if key in place:
            return place[key]
    raise InputError(f"figure: a row of claim {row.claim} has no setting {key!r}")


def _order(value: Any) -> tuple[int, Any]:
    return (1, 0) if isinstance(value, str) else (0, value)


def _named(keys: Sequence[str], values: Sequence[Any]) -> str:
    parts = [v if isinstance(v, str) else f"{_symbol(k)} = {v:g}" for k, v in zip(keys, values, strict=True)]
    return ", ".join(parts)


def _symbol(name: str) -> str:
    return f"${_GREEK[name]}$" if name in _GREEK else f"${name}$" if len(name) == 1 else name


def _label(row: Any) -> str:
    unit = "" if row.unit in ("", "1") else " [" + re.sub(r"\^(-?\d+)", r"$^{\1}$", row.unit) + "]"
    return f"{row.meaning} {_symbol(row.name)}{unit}"
