"""Test accuracy of a linear student under stable noise against the stability index."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

needs = ("linear_estimator_stable",)


def draw(evidence: Any) -> Figure | None:
    """Points are trained networks, lines the claim, dashes its control: Gaussian noise of variance 2 gamma^2."""
    cells = evidence.cells(needs[0])
    rows, stored = evidence.rows(needs[0]), evidence.stored(needs[0])
    claim = evidence.lab.claim("linear_estimator.stable_accuracy")
    figure = Figure(figsize=(5.4, 3.8), layout="constrained")
    axis = figure.subplots()
    lengths = sorted({c.steps for c, _ in cells})
    for index, steps in enumerate(lengths):
        colour = f"C{index}"
        chosen = sorted(((c, data) for c, data in cells if c.steps == steps), key=lambda pair: pair[0].alpha)
        c = chosen[0][0]
        alphas = np.linspace(min(c.alpha for c, _ in chosen), 2.0, 13)
        inputs = {name: getattr(c, name) for name in ("gamma", "eta", "steps", "spectrum", "threshold")}
        axis.plot(
            alphas,
            [claim.predict(alpha=a, **inputs) for a in alphas],
            color=colour,
            lw=1.2,
            label=f"claim, {steps:g} steps",
        )
        gauss = claim.predict_control("gaussian", alpha=1.0, **inputs)
        axis.axhline(gauss, ls="--", color=colour, lw=1, alpha=0.7, label=f"control: gaussian, {steps:g} steps")
        values = [data["test_accuracy"].values[:, -1] for _, data in chosen]
        errors = [2 * v.std(ddof=1) / len(v) ** 0.5 for v in values]
        axis.errorbar(
            [c.alpha for c, _ in chosen], [v.mean() for v in values], yerr=errors, fmt=".", ms=7, color=colour
        )
    words = ", ".join(sorted({r.outcome for r in rows}))
    axis.set(xlabel="stability index alpha", ylabel="test accuracy", ylim=(0, 1))
    axis.legend(fontsize=8, frameon=False)
    axis.set_title(
        f"Under stable noise the loss is infinite, the accuracy is not: {words}\n(record {stored.id})", fontsize=9
    )
    return figure
