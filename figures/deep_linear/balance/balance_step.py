"""The change of the imbalance of adjacent layers in one step, entry by entry, against eta^2 (G2' G2 - G1 G1')."""

from typing import Any

import numpy as np

from models.deep_linear.matrices import labels
from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_balance_step",)
CONTROLS = ("conserved", "other layer")


def draw(evidence: Any) -> Any:
    cells, rows = evidence.cells(needs[0]), evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.balance_step"), []
    top = max(c.eta for c, _ in cells)
    for c, data in cells:
        if c.eta != top:
            continue
        change, terms = (x.reshape(-1, *x.shape[2:]) for x in labels.steps(data, c))
        own = terms @ np.array(list(claim.predict(eta=c.eta).values()))
        spread = np.argsort(own)[(len(own) * np.linspace(0.005, 0.995, 15)).astype(int)]
        x = own[spread] / c.eta**2
        wrong = {}
        for name in CONTROLS:
            other = terms[spread] @ np.array(list(claim.predict_control(name, eta=c.eta).values()))
            wrong[name] = (x, other / c.eta**2)
        series = [Series("entries of W2' W2 - W1 W1'", x, change[spread] / c.eta**2, 0 * x, (x, x), wrong)]
        mine = [r for r in rows if r.cell["noise"] == c.noise]
        panels.append(
            Panel(c.noise, "G2' G2 - G1 G1'", "change / $\\eta^2$", series, words(mine), CONTROLS, strip=False)
        )
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
