"""Hessian eigenvalues of trained deep linear networks against the law of balanced minima."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_hessian",)
CONTROLS = ("learned modes only", "two layers", "layer by layer")


def draw(evidence: Any) -> Any:
    """Eigenvalues by rank, one panel for each depth."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.hessian_spectrum"), []
    for depth in sorted({r.inputs["depth"] for r in rows}):
        mine, series = [r for r in rows if r.inputs["depth"] == depth], []
        for row in mine:
            rank = np.arange(1, 1 + len(row.predicted))
            wrong = {name: (rank, claim.predict_control(name, **row.inputs)) for name in CONTROLS}
            line = (rank, row.predicted)
            noise = "no noise" if row.cell["noise"] == "none" else row.cell["noise"]
            series.append(Series(noise, rank, row.measured, row.standard_error, line, wrong))
        title = f"{depth} layers"
        panels.append(
            Panel(title, "number of the eigenvalue", "Hessian eigenvalue", series, words(mine), CONTROLS, strip=False)
        )
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
