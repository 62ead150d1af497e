"""Modes whose two layers start with unequal parts: sigmoids turn into exponentials."""

from typing import Any

import numpy as np

from models.deep_linear.matrices import two_rates
from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_unbalanced",)
CONTROLS = ("balanced", "lazy")


def draw(evidence: Any) -> Any:
    cells, rows = evidence.cells(needs[0]), evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.unbalanced_mode"), []
    kept = [(c, data) for c, data in cells if c.noise in ("none", "stable") and c.gap == cells[0][0].gap]
    for c, data in kept:
        values, looks, series = two_rates.strength(data, c), two_rates.times(c), []
        value, error = np.median(values, 0), 1.25 * values.std(0) / np.sqrt(len(values)) * (c.noise != "none")
        grid = np.linspace(0.01, c.horizon, 80)
        for i, (s, gap) in enumerate(zip(c.s, c.gap, strict=True)):
            inputs = {"s": s, "c": gap, "u0": c.u0, "t": grid}
            wrong = {name: (grid, claim.predict_control(name, **inputs)) for name in CONTROLS}
            name = f"s = {s:g}, $a^2-b^2$ = {gap:g}"
            series.append(Series(name, looks, value[:, i], error[:, i], (grid, claim.predict(**inputs)), wrong))
        mine = [r for r in rows if r.cell["noise"] == c.noise]
        name = "gradient flow" if c.noise == "none" else f"{c.noise} noise, median"
        panels.append(Panel(name, "time $t = k\\eta$", "mode strength", series, words(mine), CONTROLS, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
