"""Where networks without a signal end: the share of degenerate minima along training, under each noise."""

from typing import Any

import numpy as np

from theorylab import measure
from theorylab.drawing import COLOURS, MARKERS, PAGE, style, words
from theorylab.drawing.style import GREY

needs = ("deep_linear_degeneracy",)
LAWS = ("none", "gaussian", "stable", "differenced")


def law(c: Any) -> str:
    """The law of a cell's noise, wherever it acts."""
    return next(name for name in LAWS[::-1] if name in c.noise)


def label(c: Any, lost: float) -> str:
    """The noise of a cell, what its dose is matched by, and the share of networks thrown out."""
    name = law(c) + (rf", $\alpha$ = {c.alpha:g}" if law(c) == "stable" else "")
    matched = ", by fluctuation" if c.matched == "fluctuation" else ""
    return name + matched + (f" ({100 * lost:.1f} % lost)" if lost else "")


def course(axes: Any, cells: list, predicted: float, control: float, title: str) -> None:
    """Shares among survivors along the steps; a bar at the end reaches as far as the lost networks could move it."""
    axes.axhline(predicted, color="black", lw=1, label="prediction")
    axes.axhline(control, color=GREY, ls=(0, (4.0, 2.0)))
    seen = []
    for number, (c, data) in enumerate(cells):
        alive = data["diverged"].values < 0
        here = data["degenerate"].values
        colour, faint = COLOURS[LAWS.index(law(c)) - 1], c.matched == "fluctuation"
        steps = (1 + np.arange(here.shape[1])) * c.steps / here.shape[1] * (1 + 0.006 * number)
        share = measure.proportion(here[alive])
        low, high = share.interval(0.025)
        style_of = {"color": colour, "mfc": "white" if faint else colour, "ls": ":" if faint else "-", "lw": 0.8}
        axes.errorbar(
            steps, share.value, [share.value - low, high - share.value], fmt=MARKERS[number],
            label=label(c, 1 - alive.mean()), **style_of,
        )  # fmt: skip
        bounds = share.value[-1] * alive.mean() + np.array([0, 1 - alive.mean()])
        if not alive.all():
            axes.plot([steps[-1] * 1.03] * 2, bounds, color=colour, lw=3, alpha=0.35, solid_capstyle="butt")
        seen += [float(share.value.min()), float(share.value.max()), *bounds]
    axes.set_ylim(min(control, *seen) - 0.015, max(seen) + 0.012)
    axes.set_xlabel(rf"step, $\eta$ = {cells[0][0].eta:g}")
    axes.set_title(title)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.09), borderaxespad=0, fontsize=6)


def draw(evidence: Any) -> Any:
    from matplotlib.figure import Figure

    cells = evidence.cells(needs[0])
    claim = evidence.lab.claim("deep_linear.degenerate_share")
    free = [(c, data) for c, data in cells if c.noise == "none"]
    noisy = [(c, data) for c, data in cells if c.noise != "none"]
    width = noisy[0][0].width
    predicted, control = claim.predict(width=width), claim.predict_control("gaussian matrix", width=width)
    with style():
        picture = Figure(figsize=(PAGE, 3.3), layout="constrained")
        left, middle, right = picture.subplots(1, 3, width_ratios=(1, 1.25, 1.25))
        grid = list(range(2, 1 + max(c.width for c, _ in free)))
        left.plot(grid, claim.predict(width=grid), color="black", lw=1, label="prediction")
        left.axhline(control, color=GREY, ls=(0, (4.0, 2.0)), label="control: Gaussian matrix")
        for c, data in free:
            share = measure.proportion(data["degenerate"].values[:, -1])
            low, high = share.interval(0.025)
            error = [[share.value - low], [high - share.value]]
            named = "gradient flow" if c is free[0][0] else None
            left.errorbar([c.width], [share.value], error, fmt="o", color=COLOURS[6], label=named)
        left.set_xlabel("$w$, networks $w$-2-$w$")
        left.set_ylabel(r"share of ends with $\lambda = w - \frac{1}{2}$, not $w$")
        left.set_title("no noise")
        left.legend(loc="lower left", bbox_to_anchor=(0, 1.09), borderaxespad=0, fontsize=6)
        for axes, where in ((middle, "gradient"), (right, "label")):
            mine = [(c, data) for c, data in noisy if c.noise.startswith("label") == (where == "label")]
            course(axes, mine, predicted, control, f"noise on the {where}, $w$ = {width}")
        rows = evidence.rows(needs[0])
        parts = {
            "share": "deep_linear.degenerate_share",
            "indifferent": "deep_linear.indifferent_noise",
            "tail-blind": "deep_linear.tail_blind_share",
        }
        said = "; ".join(f"{name}: {words([r for r in rows if r.claim == id])}" for name, id in parts.items())
        said = f"shaded: reach of the networks lost; {said}"
        picture.supxlabel(f"{said}; record {evidence.stored(needs[0]).id}", fontsize=5, color=GREY, x=0.99, ha="right")
    return picture
