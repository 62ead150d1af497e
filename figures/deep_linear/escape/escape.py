"""Two factors leave the saddle at zero: mean time and spread, for white and for anti-correlated noise."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_escape",)
CONTROLS = ("gaussian", "one weight's noise", "random start")
LABELS = {"mean": "mean time to v/2 [param$^2$/loss]", "sd": "its standard deviation [param$^2$/loss]"}


def draw(evidence: Any) -> Any:
    """Both moments against the stability index."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.escape_time"), []
    for index, (key, label) in enumerate(LABELS.items()):
        series, names = [], CONTROLS if key == "mean" else CONTROLS[:1]
        for colour, title in (("white", "white noise"), ("differenced", "differenced noise")):
            mine = sorted((r for r in rows if r.inputs["colour"] == colour), key=lambda r: r.inputs["alpha"])
            alphas = [r.inputs["alpha"] for r in mine]
            grid, own = np.linspace(min(alphas), 2, 30), mine[0].inputs
            at = lambda f, own=own, grid=grid, key=key: (grid, [f(**{**own, "alpha": float(a)})[key] for a in grid])
            wrong = {n: at(lambda n=n, **i: claim.predict_control(n, **i)) for n in names}
            value, error = (part[:, index] for part in measured(mine))
            series.append(Series(title, alphas, value, error, at(claim.predict), wrong))
        title = "escape of two factors" if key == "mean" else "its spread"
        panels.append(Panel(title, "stability index $\\alpha$", label, series, words(rows), names, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, height=2.9)
