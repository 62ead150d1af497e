"""Losses of the trained networks and the levels that geometry predicts; bars of one level stand side by side."""

from typing import Any

import numpy as np

from figures.superposition.census import PAINT, label
from models.superposition.states import classify, population_loss
from theorylab.drawing import PAGE, style
from theorylab.drawing.style import GREY, INK

needs = ("superposition_census",)
WIDTH = 2e-4  # of a bin: a little over the margin of the level law
BAR = 8e-4  # distance of the bars of two noises on one level


def draw(evidence: Any) -> Any:
    from matplotlib.figure import Figure

    cells, level = evidence.cells(needs[0]), evidence.lab.claim("superposition.level")
    sizes = sorted({c.n for c, _ in cells})
    with style():
        picture = Figure(figsize=(PAGE, 2.3 * len(sizes) + 0.6), layout="constrained")
        panels = picture.subplots(len(sizes), 1, squeeze=False)[:, 0]
        for axes, n in zip(panels, sizes, strict=True):
            mine = [(c, population_loss(data["network"]), classify(data["network"])) for c, data in cells if c.n == n]
            seen = {
                (s.k, s.plus)
                for _, _, found in mine
                for s in found.states()
                if not s.shared and (s.k >= 4 or not s.plus)
            }
            top = max(level.predict(n=n, k=k, plus=plus) for k, plus in seen)
            for k, plus in sorted(seen):
                value = level.predict(n=n, k=k, plus=plus)
                axes.axvline(value, color=INK, lw=0.6, zorder=0)
                axes.annotate(
                    f"{k}{'+' * plus}",
                    (value, 1),
                    xycoords=("data", "axes fraction"),
                    ha="center",
                    va="bottom",
                    fontsize=6.5,
                    annotation_clip=False,
                )
            for number, (c, loss, found) in enumerate(mine):
                faint = c.noise == "differenced gaussian" and c.sigma == min(k.sigma for k, _, _ in mine)
                place, counts = np.unique(np.round(loss[found.arrived] / WIDTH), return_counts=True)
                shift = (number - (len(mine) - 1) / 2) * BAR
                axes.vlines(
                    place * WIDTH + shift,
                    0.5,
                    counts,
                    color=PAINT[c.noise],
                    alpha=0.45 if faint else 1.0,
                    lw=1.8,
                    label=label(c),
                )
            axes.set_yscale("log")
            axes.set_ylim(0.5, None)
            axes.set_xlim(0, 1.06 * top)
            axes.set_ylabel("networks")
            axes.set_title(f"{n} features", pad=14)
        panels[-1].set_xlabel("population loss after training and quench; lines are the level law")
        handles, texts = panels[-1].get_legend_handles_labels()
        picture.legend(handles, texts, loc="outside lower center", ncols=3)
        picture.text(
            0.99, 0.995, f"record {evidence.stored(needs[0]).id}", ha="right", va="top", fontsize=5, color=GREY
        )
    return picture
