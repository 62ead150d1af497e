"""How long two factors survive stable label noise: a power 3 alpha/2 of the learning rate."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_blow_up",)
CONTROLS = ("unit kick", "additive kick")


def draw(evidence: Any) -> Any:
    """Mean steps times gamma^alpha, which is a function of the learning rate alone."""
    rows, claim = evidence.rows(needs[0]), evidence.lab.claim("deep_linear.blow_up_time")
    series = []
    for alpha in sorted({r.inputs["alpha"] for r in rows}):
        own = [r for r in rows if r.inputs["alpha"] == alpha]
        eta = [r.inputs["eta"] for r in own]
        part = lambda k, own=own: [getattr(r, k) * r.inputs["gamma"] ** r.inputs["alpha"] for r in own]
        grid = np.geomspace(min(eta) / 1.3, max(eta) * 1.3, 30)
        unit = {"v": own[0].inputs["v"], "gamma": 1.0, "alpha": alpha, "eta": grid}
        wrong = {k: (grid, claim.predict_control(k, **unit)) for k in CONTROLS}
        lines = (grid, claim.predict(**unit)), wrong, part("predicted"), part("margin")
        series.append(Series(f"$\\alpha$ = {alpha:g}", eta, part("measured"), part("standard_error"), *lines))
    title, y = "two factors, stable label noise", "mean steps $\\times\\ \\gamma^\\alpha$"
    panel = Panel(title, "learning rate $\\eta$", y, series, words(rows), CONTROLS, "xy", strip=False)
    return prediction_against_measurement([panel], evidence.stored(needs[0]).id)
