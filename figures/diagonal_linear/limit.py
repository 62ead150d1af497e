"""The interpolator of a diagonal linear network against the size of its start: from sparse to least norm."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("diagonal_linear_limit",)
CONTROLS = ("least norm", "least sum")


def draw(evidence: Any) -> Any:
    """One line for each coordinate, one panel for each way of sampling."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("diagonal_linear.limit"), []
    own = rows[0].inputs
    alphas = sorted({r.inputs["alpha"] for r in rows})
    grid = np.geomspace(alphas[0] / 1.2, alphas[-1] * 1.2, 40)
    line = np.array([claim.predict(X=own["X"], y=own["y"], alpha=a) for a in grid])
    wrong = {n: np.array(claim.predict_control(n, **own)) for n in CONTROLS}
    for noise, title in (("none", "all samples"), ("minibatch with", "single samples")):
        mine, series = [r for r in rows if r.cell["noise"] == noise], []
        for j in range(line.shape[1]):
            value, error = (part[:, j] for part in measured(mine))
            flat = {n: (grid, np.full(len(grid), wrong[n][j])) for n in CONTROLS}
            series.append(
                Series(f"coordinate {j + 1}", [r.inputs["alpha"] for r in mine], value, error, (grid, line[:, j]), flat)
            )
        panels.append(
            Panel(
                title,
                "start $\\alpha$ [param]",
                "coordinate $\\beta_j$",
                series,
                words(mine),
                CONTROLS,
                "x",
                strip=False,
            )
        )
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, height=3.0)
