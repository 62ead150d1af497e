"""Test loss that white and differenced noise add, step by step, for three ratios d/N."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

needs = ("linear_estimator_noise",)
STYLE = {"gaussian": ("white_noise_loss", "tab:red"), "differenced gaussian": ("anticorrelated_noise_loss", "tab:blue")}


def draw(evidence: Any) -> Figure | None:
    """Points are trained networks, lines the claims, dashes rejected controls; all per coordinate, over sigma^2."""
    cells = evidence.cells(needs[0])
    rows, stored = evidence.rows(needs[0]), evidence.stored(needs[0])
    ratios = sorted({c.ratio for c, _ in cells})
    figure = Figure(figsize=(3.4 * len(ratios) + 0.6, 3.6), layout="constrained")
    axes = figure.subplots(1, len(ratios), sharey=True, squeeze=False)[0]
    for axis, ratio in zip(axes, ratios, strict=True):
        here = [(c, data) for c, data in cells if c.ratio == ratio]
        steps = np.unique(np.geomspace(1, max(c.steps for c, _ in here), 14).round()).astype(int)
        for kind, (name, colour) in STYLE.items():
            chosen = [(c, data) for c, data in here if c.noise == kind]
            if not chosen:
                continue
            c = chosen[0][0]
            claim = evidence.lab.claim(f"linear_estimator.{name}")
            inputs = {"ratio": ratio, "eta": c.eta, "steps": steps, "sigma": c.sigma}
            axis.plot(steps, claim.predict(**inputs) / c.sigma**2, color=colour, lw=1.2, label=f"{kind}: claim")
            control = "sde" if kind == "gaussian" else "telescoped"
            wrong = claim.predict_control(control, **inputs) / c.sigma**2
            axis.plot(steps, wrong, "--", color=colour, lw=1, alpha=0.7, label=f"control: {control}")
            for c, data in chosen:
                values = data["test_loss"].values / (c.dim * c.sigma**2)
                when = c.steps * np.arange(1, values.shape[1] + 1) / values.shape[1]
                errors = 2 * values.std(axis=0, ddof=1) / len(values) ** 0.5
                axis.errorbar(when, values.mean(axis=0), yerr=errors, fmt=".", ms=5, color=colour)
        words = sorted({r.outcome for r in rows if abs(r.inputs["ratio"] - ratio) < 1e-9})
        axis.set_title(f"d/N = {ratio:g}: {', '.join(words)}", fontsize=10)
        axis.set(xscale="log", yscale="log", xlabel="steps")
    axes[0].set_ylabel("added test loss / (d sigma$^2$)")
    axes[0].legend(fontsize=7, frameon=False)
    figure.suptitle(f"Noise on the weights of a linear student   (record {stored.id}, points: networks)", fontsize=9)
    return figure
