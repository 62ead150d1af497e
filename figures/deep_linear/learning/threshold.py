"""What a step does to a deviation from the minimum of two factors, and where it stops to be stable."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_threshold",)
CONTROLS = ("balanced", "exponential")


def draw(evidence: Any) -> Any:
    """Factors against the learning rate, one line for each imbalance."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.edge_rate"), []
    for noise, title in (("none", "no noise"), ("gaussian", "autocorrelation under Gaussian noise")):
        mine, series = [r for r in rows if r.cell["noise"] == noise], []
        for gap in sorted({r.inputs["gap"] for r in mine}):
            own = [r for r in mine if r.inputs["gap"] == gap]
            etas = [r.inputs["eta"] for r in own]
            grid = np.linspace(0.05, max(r.inputs["eta"] for r in rows), 40)
            at = lambda f, gap=gap, own=own, grid=grid: (
                grid, [f(eta=float(e), v=own[0].inputs["v"], gap=gap) for e in grid]
            )  # fmt: skip
            wrong = {n: at(lambda n=n, **i: claim.predict_control(n, **i)) for n in CONTROLS}
            value, error = measured(own)
            name = f"$u^2 - w^2$ = {gap:.2g}"
            series.append(Series(name, etas, value, error, at(claim.predict), wrong))
        label = "factor of a deviation per step"
        panels.append(Panel(title, "learning rate $\\eta$", label, series, words(mine), CONTROLS, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, height=2.9)
