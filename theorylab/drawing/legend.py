"""Legends: which sign means what. A sign means one thing in a legend, else the legend belongs to its panel.

series         colour and marker, by their number in the panel
below it all   the prediction, the controls, and the series where each sign has one name in every panel
below a panel  its series, where another panel uses the sign for something else
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from theorylab.drawing.panel import Line, Panel, Series
from theorylab.drawing.style import COLOURS, DASHES, GREY, INK, MARKERS
from theorylab.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Entry = tuple[Any, str]  # a sign, and what it means


def sign(number: int) -> tuple[str, str]:
    """Colour and marker of a panel's series `number`; another pair for each of the first 49."""
    return COLOURS[number % len(COLOURS)], MARKERS[(number + number // len(COLOURS)) % len(MARKERS)]


def named(series: Series) -> str:
    """What a series is called in a legend."""
    return series.name or "measured"


def joint(panels: Sequence[Panel]) -> bool:
    """Whether over all panels each sign has one name and each name one sign.

    Raises InputError where two series of one panel have the same name.
    """
    found = set()
    for panel in panels:
        names = [named(s) for s in panel.series]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise InputError(f"figure: panel {panel.title!r} has two series called {twice[0]!r}")
        found |= set(enumerate(names))
    return len(found) == len({n for n, _ in found}) == len({name for _, name in found})


def of_series(panel: Panel) -> list[Entry]:
    """The signs of a panel's series: markers, on a line where each series has a prediction of its own."""
    from matplotlib.lines import Line2D

    found = []
    for number, series in enumerate(panel.series):
        colour, marker = sign(number)
        line = "-" if own_lines(panel) else "none"
        found.append((Line2D([], [], color=colour, marker=marker, mfc="white", mew=1.0, ls=line), named(series)))
    return found


def of_lines(panels: Sequence[Panel]) -> list[Entry]:
    """The prediction, and each control by its dashes and whether the data reject it."""
    from matplotlib.lines import Line2D

    rejected = {name for panel in panels for name in panel.rejected}
    found: list[Entry] = [(Line2D([], [], color=INK), "prediction")]
    for number, name in enumerate(controls(panels)):
        text = f"rejected: {name}" if name in rejected else f"control: {name}"
        found.append((Line2D([], [], color=GREY, lw=0.9, ls=DASHES[number % len(DASHES)]), text))
    return found


def below(panels: Sequence[Panel]) -> list[Entry]:
    """The legend below all panels."""
    prediction, *twins = of_lines(panels)
    series: dict[str, Entry] = {}
    if joint(panels):
        for panel in panels:
            for entry in of_series(panel):
                series.setdefault(entry[1], entry)
    return [prediction, *series.values(), *twins]


def controls(panels: Sequence[Panel]) -> list[str]:
    """Names of the controls drawn anywhere, in order of appearance."""
    return list(dict.fromkeys(name for p in panels for s in p.series for name in s.controls))


def own_lines(panel: Panel) -> bool:
    """Whether the series have predictions of their own, drawn in their colours; one for all is drawn in ink."""
    return len(panel.series) > 1 and not _shared([s.line for s in panel.series])


def _shared(lines: Sequence[Line]) -> bool:
    first = lines[0]
    return all(
        len(a[0]) == len(first[0])
        and list(a[0]) == list(first[0])
        and np.allclose(a[1], first[1], rtol=1e-9, atol=0, equal_nan=True)
        for a in lines
    )


def across(texts: Sequence[str], width: float) -> int:
    """Columns of a legend that fit the width in inches; they are filled downwards."""
    room = 72 * width - 8
    sizes = [3.6 * len(t.replace("$", "").replace("\\", "")) + 36 for t in texts]
    for columns in range(min(len(texts), 6), 1, -1):
        rows, longer = divmod(len(texts), columns)
        starts = [c * rows + min(c, longer) for c in range(columns + 1)]
        if sum(max(sizes[a:b]) for a, b in pairwise(starts)) <= room:
            return columns
    return 1


def refuse_ambiguous(picture: Figure, name: str) -> None:
    """Refuse a figure in one of whose legends a sign stands for two things, or one text at two signs."""
    from matplotlib.offsetbox import DrawingArea

    for legend in _legends(picture):
        means: dict[Any, str] = {}
        shown: dict[str, Any] = {}
        for place, text in zip(legend.findobj(DrawingArea), legend.get_texts(), strict=True):
            look, said = tuple(_look(part) for part in place.get_children()), text.get_text()
            if means.setdefault(look, said) != said:
                raise InputError(f"figure {name}: one sign in one legend means {means[look]!r} and {said!r}")
            if shown.setdefault(said, look) != look:
                raise InputError(f"figure {name}: {said!r} stands at two signs of one legend")


def _legends(part: Any) -> Iterator[Any]:
    yield from part.legends
    for axes in part.axes:
        if axes.get_legend() is not None:
            yield axes.get_legend()
    for inner in part.subfigs:
        yield from inner.legends


def _look(handle: Any) -> tuple[Any, ...]:
    """What the eye tells apart in a part of a legend's sign: colour, marker and its filling, dashes, opacity."""
    from matplotlib.colors import to_hex

    def colour(name: str) -> Any:
        value: Any = getattr(handle, f"get_{name}", lambda: None)()
        if value is None or (isinstance(value, str) and value == "none"):
            return None
        first: Any = np.ravel(value)[:4] if np.ndim(value) > 1 else value
        return to_hex(first, keep_alpha=True) if np.size(value) else None

    marker = getattr(handle, "get_marker", lambda: None)()
    dashes = getattr(handle, "_unscaled_dash_pattern", None) or getattr(handle, "get_linestyle", lambda: None)()
    fill = colour("markerfacecolor") if marker not in (None, "None", "") else None
    return colour("color"), colour("facecolor"), marker, fill, str(dashes), handle.get_alpha()
