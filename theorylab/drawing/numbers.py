"""The numbers that a figure shows, as a table: a line for each point, each vertex of a line, each bar.

panel   number of the axes, from 1, with their title and labels
series  what the legend calls it, or what the drawing says it is
kind    points (with the ends of their error bars), line or bar
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS: tuple[str, ...] = ("panel", "title", "x_label", "y_label", "series", "kind", "x", "y", "low", "high")


def table(picture: Figure) -> list[dict[str, Any]]:
    """Rows of `COLUMNS`; x is a word where the axis has categories, None where something has no place along an axis."""
    rows = []
    for number, axes in enumerate(picture.axes, 1):
        head = {
            "panel": number,
            "title": " ".join(_title(axes).split()),
            "x_label": " ".join(_x_label(axes).split()),
            "y_label": " ".join(axes.get_ylabel().split()),
        }
        words = _categories(axes)
        for series, kind, x, y, low, high in _shown(axes):
            place = words.get(x, x) if x is not None else None
            rows.append(head | {"series": series, "kind": kind, "x": place, "y": y, "low": low, "high": high})
    return rows


def as_csv(picture: Figure) -> bytes:
    """The table as CSV, every number in full."""
    text = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table(picture))
    return text.getvalue().encode()


Shown = tuple[str, str, Any, Any, Any, Any]  # series, kind, x, y, low, high


def _shown(axes: Axes) -> Iterator[Shown]:
    """Everything that is drawn in data coordinates: error bars, bars, lines, vertical strokes."""
    from matplotlib.collections import LineCollection
    from matplotlib.container import BarContainer, ErrorbarContainer

    taken: set[int] = set()
    for container in axes.containers:
        name = _name(container)
        if isinstance(container, ErrorbarContainer):
            data, caps, bars = container.lines
            taken.update(id(part) for part in (data, *caps, *bars))
            ends = [segment for bar in bars for segment in bar.get_segments()] if container.has_yerr else []
            points = data.get_xydata() if data is not None else [segment.mean(0) for segment in ends]
            for i, (x, y) in enumerate(np.asarray(points, float).tolist()):
                low, high = ends[i][:, 1].tolist() if i < len(ends) and len(ends[i]) else (None, None)
                yield name, "points", x, y, low, high
        elif isinstance(container, BarContainer):
            for bar in container.patches:
                yield name, "bar", bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height(), None, None
    for line in axes.lines:
        if id(line) not in taken:
            kind = "line" if line.get_linestyle() not in ("None", "none") else "points"
            across, up = line.get_transform().contains_branch_seperately(axes.transData)
            places = np.asarray(line.get_xydata(), float).tolist()
            for x, y in places if across and up else places[:1]:
                yield _name(line), kind, x if across else None, y if up else None, None, None
    for strokes in axes.collections:
        if id(strokes) not in taken and isinstance(strokes, LineCollection):
            for segment in strokes.get_segments():
                (x, low), (_, high) = np.asarray(segment, float)[[0, -1]].tolist()
                yield _name(strokes), "bar", x, high, low, high


def _name(part: Any) -> str:
    label = str(part.get_label() or "")
    return "" if label.startswith("_") else label


def _title(axes: Axes) -> str:
    return next((t for t in (axes.get_title(loc=side) for side in ("left", "center", "right")) if t.strip()), "")


def _x_label(axes: Axes) -> str:
    """The label below the axes, or below those that share their horizontal axis."""
    kin = [axes, *axes.get_shared_x_axes().get_siblings(axes)]
    return next((one.get_xlabel() for one in kin if one.get_xlabel()), "")


def _categories(axes: Axes) -> dict[float, str]:
    """The words that stand at the ticks, where they are no numbers."""
    from matplotlib.ticker import FixedLocator

    if not isinstance(axes.xaxis.get_major_locator(), FixedLocator):
        return {}
    kin = [axes, *axes.get_shared_x_axes().get_siblings(axes)]  # only the lowest shows its words
    texts = next((found for one in kin if (found := [t.get_text() for t in one.get_xticklabels()])), [])
    if any(_is_number(text) for text in texts):
        return {}
    return dict(zip(np.asarray(axes.get_xticks(), float).tolist(), (" ".join(t.split()) for t in texts), strict=False))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
