"""A trained network of each state with its level of loss, and the polygons of four to nine features."""

from typing import Any

import numpy as np

from models.superposition.states import State, classify, population_loss
from theorylab.drawing import COLOURS, PAGE, style
from theorylab.drawing.style import GREY, INK

needs = ("superposition_census", "superposition_polygons")
REACH = 1.8  # half the width of a portrait, in lengths of a feature


def portrait(axes: Any, network: Any, alive: Any, title: str, said: str) -> None:
    """Features of one network: alive ones as spokes, dead ones as rings, filled where the bias is positive."""
    circle = np.linspace(0, 2 * np.pi, 100)
    axes.plot(np.cos(circle), np.sin(circle), color=GREY, lw=0.5, ls=":")
    for x, y, bias, lit in zip(*network[:3], alive, strict=True):
        if lit:
            axes.plot([0, x], [0, y], "-o", color=COLOURS[0], lw=1.1, ms=2.6, markevery=[1])
        else:
            colour = COLOURS[2] if bias > 0 else GREY
            axes.plot([x], [y], "o", mfc=colour if bias > 0 else "white", mec=colour, ms=3.4, zorder=3)
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal", xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="center", pad=1, fontsize=7.5)
    axes.set_xlabel(said, fontsize=5, color=INK, labelpad=1)


def census_row(cells: Any, level: Any) -> list[tuple[Any, ...]]:
    """(table, alive, title, caption) of every state that the networks of these cells are in."""
    tables = np.concatenate([data["network"].values for _, data in cells])
    n, geometry, loss, row = cells[0][0].n, classify(tables), population_loss(tables), []
    for state in geometry.states():
        here = np.flatnonzero(geometry.among(state))
        said = f"no law\nmean {loss[here].mean():.6f}"
        if not state.shared and (state.k >= 4 or not state.plus):
            law = level.predict(n=n, k=state.k, plus=state.plus)
            said = f"law {law:.6f}\nworst {np.abs(loss[here] - law).max():.0e}"
        row.append((tables[here[0]], geometry.alive[here[0]], str(state), f"{said}\n{len(here):,} trained"))
    return row


def polygon_row(cells: Any, polygon: Any) -> list[tuple[Any, ...]]:
    """The same for the perturbed polygons, without noise."""
    row = []
    for c, data in cells:
        tables = data["network"].values
        geometry = classify(tables)
        here, shape = np.flatnonzero(geometry.among(State(c.n, 0, 0))), polygon.predict(k=c.n)
        worst = np.abs(population_loss(tables[here]) - shape["loss"]).max()
        said = f"l {shape['l']:.5f}\nb {shape['b']:.5f}\nlaw {shape['loss']:.6f}\n"
        said += f"worst {worst:.0e}\n{len(here)} of {len(tables)}"
        row.append((tables[here[0]], geometry.alive[here[0]], str(c.n), said))
    return row


def draw(evidence: Any) -> Any:
    from matplotlib.figure import Figure

    census, polygons = (evidence.cells(name) for name in needs)
    sizes = sorted({c.n for c, _ in census}, reverse=True)
    level, polygon = (evidence.lab.claim(f"superposition.{name}") for name in ("level", "polygon"))
    found = [census_row([cell for cell in census if cell[0].n == n], level) for n in sizes]
    found.append(polygon_row([cell for cell in polygons if cell[0].noise == "none"], polygon))
    heads = [*(f"{n} features from random starts, all noises" for n in sizes), "n = k features from perturbed polygons"]
    across = max(map(len, found))
    with style():
        picture = Figure(figsize=(PAGE, 1.45 * len(found) + 0.3), layout="constrained")
        parts: Any = picture.subfigures(len(found) + 1, 1, height_ratios=[*(1.4 for _ in sizes), 1.6, 0.12])
        for part, row, head in zip(parts, found, heads, strict=False):
            part.suptitle(head, x=0.01, ha="left", fontsize=8, fontweight="bold")
            grid = part.subplots(1, across, squeeze=False)[0]
            for axes, entry in zip(grid, row, strict=False):
                portrait(axes, *entry)
            for axes in grid[len(row) :]:
                axes.set_visible(False)
        ids = ", ".join(evidence.stored(name).id for name in needs)
        parts[-1].text(0.99, 0.5, f"records {ids}", ha="right", va="center", fontsize=5, color=GREY)
    return picture
