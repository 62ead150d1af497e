"""Where each noise leads networks of five and six features: shares of the states, 95 % Clopper-Pearson intervals."""

from typing import Any

import numpy as np

from models.superposition.states import classify
from theorylab import measure
from theorylab.drawing import COLOURS, PAGE, style, words
from theorylab.drawing.style import GREY

needs = ("superposition_census",)
PAINT = {"none": GREY, "gaussian": COLOURS[0], "stable": COLOURS[1], "differenced gaussian": COLOURS[2]}


def label(c: Any) -> str:
    """The noise of a cell with its numbers."""
    numbers = {"none": "", "stable": rf", $\alpha$ = {c.alpha:g}, $\gamma$ = {c.gamma:g}"}
    return c.noise + numbers.get(c.noise, rf", $\sigma$ = {c.sigma:g}")


def shares(data: Any) -> dict[str, Any]:
    """State -> estimate of the share of networks in it; "late" are those that have not arrived."""
    found = classify(data["network"])
    events = {str(s): found.among(s) for s in found.states()} | {"late": ~found.arrived}
    return {name: measure.proportion(here) for name, here in events.items() if here.any()}


def order(name: str) -> tuple[Any, ...]:
    """Most directions first, then most dead-positive features; networks that are late last."""
    return (1,) if name == "late" else (0, -int(name.rstrip("*+")), name.count("*"), -name.count("+"))


def draw(evidence: Any) -> Any:
    from matplotlib.figure import Figure

    cells = evidence.cells(needs[0])
    sizes = sorted({c.n for c, _ in cells})
    with style():
        picture = Figure(figsize=(PAGE, 2.1 * len(sizes) + 0.6), layout="constrained")
        panels = picture.subplots(len(sizes), 1, squeeze=False)[:, 0]
        for axes, n in zip(panels, sizes, strict=True):
            mine = [(c, shares(data)) for c, data in cells if c.n == n]
            names = sorted({name for _, share in mine for name in share}, key=order)
            width = 0.84 / len(mine)
            for number, (c, share) in enumerate(mine):
                found = [(i, share[name]) for i, name in enumerate(names) if name in share]
                place = [i + (number - (len(mine) - 1) / 2) * width for i, _ in found]
                value = np.array([float(e.value) for _, e in found])
                low, high = np.array([e.interval(0.025) for _, e in found]).T
                faint = c.noise == "differenced gaussian" and c.sigma == min(k.sigma for k, _ in mine)
                axes.bar(place, value, 0.9 * width, color=PAINT[c.noise], alpha=0.45 if faint else 0.9, label=label(c))
                error = [value - low, high - value]
                axes.errorbar(place, value, error, fmt="none", ecolor="black", elinewidth=0.7, capsize=1.2)
            axes.set_xticks(range(len(names)), names)
            axes.set_xlim(-0.6, len(names) - 0.4)
            axes.set_ylabel("share of networks")
            axes.set_title(f"{n} features in 2 dimensions, {len(cells[0][1]['network']):,} networks per noise")
        panels[-1].set_xlabel("state: distinct directions alive, * a shared one, + a dead feature with positive bias")
        handles, texts = panels[-1].get_legend_handles_labels()
        picture.legend(handles, texts, loc="outside lower center", ncols=3)
        level = [r for r in evidence.rows(needs[0]) if r.claim == "superposition.level"]
        said = f"level law {words(level)}; record {evidence.stored(needs[0]).id}"
        picture.text(0.99, 0.998, said, ha="right", va="top", fontsize=5, color=GREY)
    return picture
