"""Modes of the product of balanced layers that start without alignment: the flow without the layers."""

from typing import Any

import numpy as np

from figures.deep_linear.learning.riccati import modes
from models.deep_linear.matrices import two_rates
from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_end_to_end",)
CONTROLS = ("one side", "modes apart")


def draw(evidence: Any) -> Any:
    cells, rows = evidence.cells(needs[0]), evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.end_to_end"), []
    for c, data in cells:
        if c.noise not in ("none", "stable"):
            continue
        mine = [r for r in rows if r.cell["noise"] == c.noise and r.inputs["depth"] == c.depth]
        grid = np.linspace(0.01, c.horizon, 24)
        given = {**mine[0].inputs, "t": grid.tolist()}
        line = modes(c, claim.predict(**given))
        wrong = {name: modes(c, claim.predict_control(name, **given)) for name in CONTROLS}
        values = modes(c, two_rates.strength(data, c))
        value, error = np.median(values, 0), 1.25 * values.std(0) / np.sqrt(len(values)) * (c.noise != "none")
        series = [
            Series(
                f"mode s = {s:g}",
                two_rates.times(c),
                value[:, i],
                error[:, i],
                (grid, line[:, i]),
                {name: (grid, curve[:, i]) for name, curve in wrong.items()},
            )
            for i, s in enumerate(c.s)
        ]
        name = f"depth {c.depth}" + ("" if c.noise == "none" else f", {c.noise} noise")
        panels.append(Panel(name, "time $t = k\\eta$", "mode strength", series, words(mine), CONTROLS, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
