"""What the axes of a panel show: limits, ticks, categories."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theorylab.drawing.panel import Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ERRORS = 2.0  # standard errors on each side


def categories(panel: Panel) -> list[str] | None:
    """The categories in order of appearance, where x are words; None for numbers."""
    words = [v for s in panel.series for v in s.x if isinstance(v, str)]
    return list(dict.fromkeys(words)) if words else None


def places(values: Any, names: list[str] | None) -> Any:
    """Numbers along the axis: the values, or the numbers of the categories."""
    return [names.index(v) for v in values] if names is not None else values


def ticks(axes: Axes, panel: Panel) -> None:
    """A tick at each category; at each cell where a logarithmic axis has room for that; else matplotlib's."""
    from matplotlib.ticker import FixedLocator, LogFormatterSciNotation, NullFormatter

    names = categories(panel)
    if names is not None:
        axes.set_xticks(range(len(names)), [textwrap.fill(p, 12) for p in names])
        axes.set_xlim(-0.6, len(names) - 0.4)
        return
    marks = sorted({float(v) for s in panel.series for v in s.x})
    if len(marks) == 1:
        axes.set_xticks(marks, [f"{marks[0]:g}"])
    elif "x" in panel.log and marks[-1] / marks[0] < 1000 and _apart(marks):
        axes.xaxis.set_major_locator(FixedLocator(marks))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    elif "x" in panel.log:
        axes.xaxis.set_minor_formatter(LogFormatterSciNotation(labelOnlyBase=True))


def _apart(marks: Sequence[float]) -> bool:
    """Whether labels at these places of a logarithmic axis do not touch."""
    gaps = np.diff(np.log(marks)) / np.log(marks[-1] / marks[0])
    return len(marks) <= 6 and bool(gaps.min() > 0.13)


def limits(panel: Panel) -> tuple[float, float]:
    """Data and predictions in full; controls as far as they do not press them flat."""
    log = "y" in panel.log
    parts: list[Any] = []
    for series in panel.series:
        value, error = np.asarray(series.value, float), ERRORS * np.asarray(series.error, float)
        parts += [series.line[1], value, value + error, value - error]
    own = np.concatenate([_finite(p, log) for p in parts])
    wrong = [_finite(line[1], log) for s in panel.series for line in s.controls.values()]
    low, high = float(own.min()), float(own.max())
    span = max(high - low, 0.35 if log else 0.2 * max(abs(low), abs(high), 1e-12))
    everything = np.concatenate([own, *wrong])
    low = max(float(everything.min()), low - span)
    high = min(float(everything.max()), high + span)
    edge = 0.06 * max(high - low, span)
    low, high = low - edge, high + edge
    return (10.0**low, 10.0**high) if log else (low, high)


def _finite(values: Any, log: bool) -> np.ndarray:
    array = np.asarray(values, float)
    array = array[np.isfinite(array)]
    return np.log10(array[array > 0]) if log else array
