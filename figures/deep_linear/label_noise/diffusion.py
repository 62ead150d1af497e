"""How much one sample moves a mode of a deep linear network: most before the mode is learned."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_diffusion",)
CONTROLS = ("second moment", "labels only")


def draw(evidence: Any) -> Any:
    """Variance per eta^2 against strength, a panel for each depth and mode."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.mode_diffusion"), []
    for depth in dict.fromkeys(r.cell["depth"] for r in rows):
        mine = [r for r in rows if r.cell["depth"] == depth]
        eta = mine[0].inputs["eta"]
        for mode, s in enumerate(mine[0].inputs["s"]):
            grid, series = np.linspace(0.02, 1.4 * s, 80), []
            for sigma in dict.fromkeys(r.inputs["sigma"] for r in mine):
                own = [r for r in mine if r.inputs["sigma"] == sigma and r.inputs["x"] < 1.4 * s]
                inputs = {"depth": depth, "eta": 1.0, "s": s, "sigma": sigma, "x": grid}
                line = (grid, claim.predict(**inputs))
                wrong = {k: (grid, claim.predict_control(k, **inputs)) for k in CONTROLS}
                value, error = (part[:, mode] / eta**2 for part in measured(own))
                series.append(Series(f"$\\sigma$ = {sigma:g}", [r.inputs["x"] for r in own], value, error, line, wrong))
            title = f"depth {depth}, mode $s$ = {s:g}"
            label = f"strength $x$\npeak without labels' noise: {s * (2 * depth - 2) / (3 * depth - 2):.2g}"
            panels.append(
                Panel(title, label, "variance of a step / $\\eta^2$", series, words(mine), CONTROLS, strip=False)
            )
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, columns=2)
