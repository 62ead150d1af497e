"""Modes of the whitened digits, learned by a two-layer linear network: on all images, and on batches of them."""

from typing import Any

import numpy as np

from models.deep_linear.matrices import two_rates
from models.deep_linear.matrices.digits import modes
from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_digits",)
SHOWN = (0, 4, 6, 8)


def draw(evidence: Any) -> Any:
    cells, rows = evidence.cells(needs[0]), evidence.rows(needs[0])
    claim, panels, one = evidence.lab.claim("deep_linear.mode_strength"), [], "one layer learns"
    for c, data in cells:
        looks, values, grid = two_rates.times(c), two_rates.strength(data, c), np.linspace(0.05, c.horizon, 100)
        value, error = np.median(values, 0), 1.25 * values.std(0) / len(values) ** 0.5 * (c.noise != "none")
        series = []
        for i in SHOWN:
            inputs = {"depth": 2, "s": float(modes(c.inputs, c.modes)[1][i]), "u0": c.u0, "t": grid}
            wrong = {one: (grid, claim.predict_control(one, **inputs))}
            line = (grid, claim.predict(**inputs))
            series.append(Series(f"mode {i + 1}", looks[::2], value[::2, i], error[::2, i], line, wrong))
        mine = [r for r in rows if r.claim == claim.id and r.cell["noise"] == c.noise]
        title = "digits, all images" if c.noise == "none" else f"digits, batches of {c.B}"
        panels.append(Panel(title, "time t = k eta", "mode strength u", series, words(mine), [one], strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
