"""Gaussian or Lévy? The mean of SGD for pools of residuals, what either equation predicts, and where the two cross."""

from typing import Any

import numpy as np

from models.deep_linear.claims.label_noise.pool import crossover
from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_pool",)
CONTROLS = ("gaussian sde", "levy sde")


LAWS = {
    "gaussian": "Gaussian",
    "student": "Student, $\\nu$ = {}",
    "stable": "stable, $\\alpha$ = {}",
    "truncated": "$\\alpha$ = {}, cut at {}",
    "tempered": "$\\alpha$ = {}, tempered at {}",
}


def draw(evidence: Any) -> Any:
    """A panel for each pool, the learning rate in units of 1/max|xi|."""
    rows = evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.pool_shift"), []
    usual = max(r.cell["n"] for r in rows)
    for name in dict.fromkeys((r.cell["pool"], r.cell["n"]) for r in rows):
        mine = [r for r in rows if (r.cell["pool"], r.cell["n"]) == name]
        own, (law, *numbers) = mine[0].inputs, name[0].split(":")
        largest = np.abs(own["residuals"]).max()
        eta = np.array([r.inputs["eta"] for r in mine])
        grid = np.geomspace(eta.min() / 2, eta.max() * 1.1, 41)
        at = lambda f, own=own, grid=grid, big=largest: (grid * big, [f(**{**own, "eta": g}) for g in grid.tolist()])
        wrong = {k: at(lambda k=k, **i: claim.predict_control(k, **i)) for k in CONTROLS}
        value, error = measured(mine)
        cross = crossover(own["residuals"]) * largest
        said = f"two equations, crossing at {cross:.2g}" if cross == cross else "both equations are one"
        places = [float(f"{x:.3g}") for x in eta * largest]  # the axis is marked there
        series = [Series("SGD", places, value, error, at(claim.predict), wrong)]
        title = LAWS[law].format(*numbers) + (f", n = {name[1]}" if name[1] < usual else "")
        label = f"$\\eta$ max|$\\xi$|\n{said}"
        panels.append(Panel(title, label, "mean product", series, words(mine), CONTROLS, "x", strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, columns=3)
