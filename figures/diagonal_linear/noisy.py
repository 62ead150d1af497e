"""The interpolator after label noise, against how long it acted: coordinates of small inputs gain."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("diagonal_linear_noisy",)
CONTROLS = ("start", "one rate")


def draw(evidence: Any) -> Any:
    """One line for each coordinate, one panel for each noise."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("diagonal_linear.noisy_limit"), []
    for noise, title in (("label gaussian", "white label noise"), ("label differenced", "differenced label noise")):
        mine, series = [r for r in rows if r.cell["noise"] == noise], []
        own, steps = mine[0].inputs, [r.inputs["k"] for r in mine]
        thousand = lambda k: np.asarray(k) / 1000
        grid = np.linspace(0, max(steps), 13).round().astype(int)
        lines = lambda f, own=own, grid=grid: np.array([f(**{**own, "k": int(k)}) for k in grid])
        right = lines(claim.predict)
        wrong = {n: lines(lambda n=n, **i: claim.predict_control(n, **i)) for n in CONTROLS}
        for j in range(right.shape[1]):
            value, error = (part[:, j] for part in measured(mine))
            away = {n: (thousand(grid), wrong[n][:, j]) for n in CONTROLS}
            series.append(
                Series(f"coordinate {j + 1}", thousand(steps), value, error, (thousand(grid), right[:, j]), away)
            )
        panels.append(
            Panel(
                title,
                "thousands of steps with noise",
                "coordinate $\\beta_j$",
                series,
                words(mine),
                CONTROLS,
                strip=False,
            )
        )
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, height=3.0)
