"""The generic picture: panels of predictions against measurements, legends below, the records' ids in small print.

line       the prediction            marker with bar   measured, two standard errors
dashes     a control (wrong formula) strip below       measured/predicted, the margin in grey
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theorylab.drawing import legend
from theorylab.drawing.axes import ERRORS, categories, limits, places, ticks
from theorylab.drawing.panel import Line, Panel
from theorylab.drawing.style import COLUMN, DASHES, GREY, INK, MARGIN, PAGE, VERDICTS, asked_width, style
from theorylab.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW, _SMALL, _PANEL = 0.135, 0.09, 2.2  # inches: a row of a legend, a line of small print, the narrowest panel


def prediction_against_measurement(
    panels: Sequence[Panel],
    record: str | Sequence[str],
    *,
    columns: int | None = None,
    width: float | None = None,
    height: float = 2.6,
) -> Figure:
    """The picture.

    Args:
        panels: what to draw.
        record: the id or ids of the records it is drawn from.
        columns: panels in a row; by default up to three, and fewer where a width that was asked for is narrow.
        width: in inches; by default the one asked for, else a paper's column for one panel in a row, its page for more.
        height: of a row of panels, in inches.
    """
    if not panels:
        raise InputError("figure: no panels")
    from matplotlib.figure import Figure

    columns, asked = columns or min(len(panels), 3), asked_width()
    if asked is not None:
        columns = max(1, min(columns, int(asked / _PANEL)))
    width = asked or width or (COLUMN if columns == 1 else PAGE)
    rows = -(-len(panels) // columns)
    names = [record] if isinstance(record, str) else list(record)
    with style():
        entries = legend.below(panels)
        across = legend.across([text for _, text in entries], width)
        small = textwrap.wrap(f"record {', '.join(names)}; bars are {ERRORS:g} standard errors", int(width * 24))
        print_top = 0.10 + _SMALL * len(small)
        below = print_top + _ROW * -(-len(entries) // across) + 0.05
        own = _own_legends(panels, columns, width / columns)
        total = rows * height + sum(own) + below
        picture = Figure(figsize=(width, total), layout="constrained")
        layout: Any = picture.get_layout_engine()
        layout.set(rect=(0, below / total, 1, 1 - below / total), w_pad=0.06, h_pad=0.05)
        heights = [part for extra in own for part in ((height, extra) if extra else (height,))]
        grid = picture.add_gridspec(len(heights), columns, height_ratios=heights)
        for number, panel in enumerate(panels):
            row, column = divmod(number, columns)
            line = row + sum(extra > 0 for extra in own[:row])
            kin = panels[row * columns : (row + 1) * columns]
            _panel(picture, grid[line, column], panel, width / columns, kin, legend.controls(panels))
            if own[row]:
                _legend(picture.add_subplot(grid[line + 1, column]), panel, width / columns)
        picture.legend(
            [handle for handle, _ in entries],
            [text for _, text in entries],
            loc="lower center",
            ncols=across,
            bbox_to_anchor=(0.5, print_top / total),
            borderaxespad=0.0,
            borderpad=0.0,
            handlelength=2.6,
            columnspacing=1.4,
            labelspacing=0.35,
        )
        picture.text(0.5, 0.04 / total, "\n".join(small), ha="center", va="bottom", fontsize=5, color=GREY)
        picture.draw_without_rendering()
    return picture


def _own_legends(panels: Sequence[Panel], columns: int, width: float) -> list[float]:
    """Inches that each row of panels leaves for legends of its own; 0 where the joint legend names the series."""
    lines = []
    for panel in panels:
        texts = [text for _, text in legend.of_series(panel)]
        lines.append(0 if legend.joint(panels) else -(-len(texts) // legend.across(texts, width)))
    rows = [lines[i : i + columns] for i in range(0, len(lines), columns)]
    return [_ROW * max(row) + 0.04 if max(row) else 0.0 for row in rows]


def _legend(axes: Axes, panel: Panel, width: float) -> None:
    """The panel's own legend, in a place of its own below it."""
    handles, texts = zip(*legend.of_series(panel), strict=True)
    axes.axis("off")
    axes.legend(
        handles,
        texts,
        loc="upper center",
        ncols=legend.across(texts, width),
        borderaxespad=0.0,
        borderpad=0.0,
        handlelength=1.6,
        handletextpad=0.6,
        columnspacing=1.2,
        labelspacing=0.35,
    ).set_in_layout(False)


def _panel(picture: Figure, cell: Any, panel: Panel, inches: float, row: Sequence[Panel], order: list[str]) -> None:
    if panel.strip and all(len(s.predicted) and np.all(np.asarray(s.predicted, float) != 0) for s in panel.series):
        inner = cell.subgridspec(2, 1, height_ratios=(3.2, 1), hspace=0.03)
        top = picture.add_subplot(inner[0])
        bottom = picture.add_subplot(inner[1], sharex=top)
        _curves(top, panel, order)
        _strip(bottom, panel)
        top.tick_params(labelbottom=False, which="both")
        bottom.set_xlabel(panel.x_label)
        top.set_ylabel(panel.y_label)
        picture.align_ylabels([top, bottom])
    else:
        top = picture.add_subplot(cell)
        _curves(top, panel, order)
        top.set_xlabel(panel.x_label)
        top.set_ylabel(panel.y_label)
    _heading(top, panel, inches, row)


def _heading(axes: Axes, panel: Panel, inches: float, row: Sequence[Panel]) -> None:
    """Title and verdict, wrapped to the panel, as high as the highest of the row."""
    room = inches - 0.7
    titles = [textwrap.wrap(p.title, int(15 * room), break_long_words=False) for p in row]
    verdicts = [textwrap.wrap(p.verdict, int(19.5 * room)) for p in row]
    here = next(i for i, p in enumerate(row) if p is panel)
    lines = max(map(len, verdicts))
    title = [""] * (max(map(len, titles)) - len(titles[here])) + titles[here]
    axes.set_title("\n".join(title) or " ", pad=(7 if lines else 4) + 9.5 * lines)
    outcome, several = panel.verdict.split(" ")[0], panel.verdict.count(" in ") > 1
    colour = VERDICTS["other"] if several else VERDICTS.get(outcome, VERDICTS["other"])
    axes.annotate(
        "\n".join(verdicts[here]),
        (0, 1),
        (0, 3 + 9.5 * lines),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        fontsize=7,
        color=colour,
    )


def _curves(axes: Axes, panel: Panel, order: list[str]) -> None:
    names = categories(panel)
    if "x" in panel.log and names is None:
        axes.set_xscale("log")
    if "y" in panel.log:
        axes.set_yscale("log")
    own = legend.own_lines(panel)
    for number, series in enumerate(panel.series):
        colour, marker = legend.sign(number)
        called = legend.named(series)
        _trace(axes, series.line, names, color=colour if own else INK, zorder=2, label=f"prediction, {called}")
        for name, line in series.controls.items():
            dashes = DASHES[order.index(name) % len(DASHES)]
            faint = {"color": colour, "alpha": 0.7} if own else {"color": GREY}
            _trace(axes, line, names, lw=0.9, ls=dashes, zorder=1, label=f"control {name}, {called}", **faint)
        how: dict[str, Any] = {"color": colour, "mfc": "white", "mew": 1.0, "zorder": 4, **_dodge(axes, panel, number)}
        axes.errorbar(
            places(series.x, names),
            series.value,
            yerr=ERRORS * np.asarray(series.error, float),
            fmt=marker,
            elinewidth=0.9,
            label=called,
            **how,
        )
    axes.margins(x=_edge(panel))
    axes.set_ylim(*limits(panel))
    ticks(axes, panel)


def _strip(axes: Axes, panel: Panel) -> None:
    """measured/predicted, with the margin of agreement in grey."""
    names = categories(panel)
    axes.axhline(1.0, color=INK, lw=0.8, zorder=2)
    reach = 0.0
    for number, series in enumerate(panel.series):
        predicted = np.asarray(series.predicted, float)
        ratio = np.asarray(series.value, float) / predicted
        error = ERRORS * np.abs(np.asarray(series.error, float) / predicted)
        margin = np.abs(np.asarray(series.margin, float) / predicted) if len(series.margin) else np.zeros_like(ratio)
        x = np.asarray(places(series.x, names), float)
        if names is not None or len(x) == 1:
            axes.bar(x, 2 * margin, width=0.7, bottom=1 - margin, color=MARGIN, lw=0, zorder=0)
        else:
            axes.fill_between(x, 1 - margin, 1 + margin, color=MARGIN, lw=0, zorder=0)
        colour, marker = legend.sign(number)
        axes.errorbar(
            x,
            ratio,
            yerr=error,
            fmt=marker,
            color=colour,
            mfc="white",
            ms=2.8,
            mew=0.8,
            elinewidth=0.8,
            zorder=3,
            label=legend.named(series),
            **_dodge(axes, panel, number, by_x=True),
        )
        reach = max(reach, float(np.nanmax(np.concatenate([np.abs(ratio - 1) + error, margin]))))
    axes.margins(x=_edge(panel))
    axes.set_ylim(1 - 1.2 * reach, 1 + 1.2 * reach)
    axes.set_ylabel("measured /\npredicted", fontsize=6.5)
    axes.locator_params(axis="y", nbins=3)
    ticks(axes, panel)


def _edge(panel: Panel) -> float:
    """Room at the ends of the horizontal axis, as a part of its length: shifted points need more."""
    return 0.03 + 0.025 * min(len(panel.series), 6)


def _trace(axes: Axes, line: Line, names: list[str] | None, **how: Any) -> None:
    """A line over numbers; a short bar at each category; a level where there is a single number."""
    if not len(line[0]):
        return
    x, y = np.asarray(places(line[0], names), float), np.asarray(line[1], float)
    if names is not None:
        for at, value in zip(x, y, strict=True):
            axes.plot([at - 0.34, at + 0.34], [value, value], **how)
    elif len(x) == 1:
        axes.axhline(float(y[0]), **how)
    else:
        axes.plot(x, y, **how)


def _dodge(axes: Axes, panel: Panel, number: int, by_x: bool = False) -> dict[str, Any]:
    """A shift by a few points where series would hide each other: one x in a strip, one prediction too above it."""
    from matplotlib.transforms import ScaledTranslation

    seen = [
        {(str(x), "" if by_x else f"{y:.6g}") for x, y in zip(s.x, s.predicted, strict=False)} for s in panel.series
    ]
    if sum(map(len, seen)) == len(set().union(*seen)):
        return {}
    shift = 4.5 * (number - (len(panel.series) - 1) / 2) / 72
    figure: Any = axes.figure
    return {"transform": axes.transData + ScaledTranslation(shift, 0, figure.dpi_scale_trans)}
