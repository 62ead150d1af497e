"""Two tied factors under Cauchy noise: the characteristic function of the weight, against its closed form."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_cauchy",)
CONTROLS = ("wells", "one factor")


def draw(evidence: Any) -> Any:
    """A panel for each scale of the noise, and how many networks were lost."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.tied_cauchy"), []
    for row, (c, data) in zip(rows, evidence.cells(needs[0]), strict=True):
        own = {"v": c.v, "gamma": c.gamma}
        grid = np.linspace(0.05, 1.1 * max(c.q), 60)
        line = (grid, claim.predict(**own, q=grid))
        wrong = {k: (grid, claim.predict_control(k, **own, q=grid)) for k in CONTROLS}
        series = [Series("SGD", c.q, row.measured, row.standard_error, line, wrong)]
        lost = float((data["diverged"].values >= 0).mean())
        label = f"frequency $q$\n{lost:.0%} lost by $t$ = {c.horizon:g}"
        title = f"Cauchy, $\\gamma$ = {c.gamma:g}"
        panels.append(Panel(title, label, "E cos($q\\,w$)", series, words([row]), CONTROLS, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
