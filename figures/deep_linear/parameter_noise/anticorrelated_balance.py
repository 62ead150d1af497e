"""Anti-correlated noise on the weights balances two factors at the rate of its hidden weight decay."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_anticorrelated_balance",)
CONTROLS = ("conserved", "rate s^2", "both factors")


def draw(evidence: Any) -> Any:
    """A panel for each size of the innovations."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.anticorrelated_balance"), []
    for row in rows:
        s, at = row.inputs["s"], np.asarray(row.inputs["t"])
        grid = np.linspace(0, at.max() * 1.05, 60)
        line = (grid, claim.predict(s=s, t=grid))
        wrong = {k: (grid, claim.predict_control(k, s=s, t=grid)) for k in CONTROLS}
        series = [Series("measured", at, row.measured, row.standard_error, line, wrong)]
        title = f"$s$ = {s:g}"
        y_label = "($u^2 - w^2$) / its start"
        panels.append(Panel(title, "time $t = k\\,\\eta$", y_label, series, words([row]), CONTROLS, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
