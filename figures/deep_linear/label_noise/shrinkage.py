"""Label noise shrinks every singular value of a two-layer network by the same amount, set by the shape."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_shrinkage",)
CONTROLS = ("balanced",)


def draw(evidence: Any) -> Any:
    """Shifts per eta*sigma^2/2 against the singular value, a panel for each shape."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.shrinkage"), []
    for shape in dict.fromkeys((r.inputs["d_in"], r.inputs["d_out"]) for r in rows):
        mine = [r for r in rows if (r.inputs["d_in"], r.inputs["d_out"]) == shape]
        inputs = {"eta": 2.0, "sigma": 1.0, "d_in": shape[0], "d_out": shape[1]}
        longest = mine[0].cell["s"]
        ends = np.array([min(longest) - 0.1, max(longest) + 0.1])
        level = lambda value, ends=ends: (ends, np.full(2, value))
        wrong = {name: level(claim.predict_control(name, **inputs)) for name in CONTROLS}
        series = []
        for i, r in enumerate(mine):
            eta = r.inputs["eta"][0]
            unit = eta * r.inputs["sigma"] ** 2 / 2
            at = np.array(r.cell["s"]) + 0.015 * (i - (len(mine) - 1) / 2)
            value, error = r.measured / unit, r.standard_error / unit
            line = level(claim.predict(**inputs))
            series.append(Series(f"{r.cell['noise']}, $\\eta$ = {eta:g}", at, value, error, line, wrong))
        title = f"{shape[0]} inputs, {shape[1]} outputs"
        y_label = "shift / ($\\eta\\sigma^2/2$)"
        panels.append(Panel(title, "singular value $s$", y_label, series, words(mine), CONTROLS, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
