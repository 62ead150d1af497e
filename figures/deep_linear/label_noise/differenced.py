"""Differenced label noise leaves the product of two factors a small spread, and the mean of white label noise."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_differenced",)
SPREAD, MEAN = "deep_linear.anticorrelated_variance", "deep_linear.label_noise_mean"
SHIFT = "shift of the mean $\\eta\\sigma^2$"


def series(claim: Any, rows: list, grid: np.ndarray, unit: Any, controls: tuple) -> list:
    """One for each learning rate, against the shift; `unit(eta)` divides."""
    found = []
    for number, eta in enumerate(dict.fromkeys(r.inputs["eta"] for r in rows)):
        mine = [r for r in rows if r.inputs["eta"] == eta]
        own = mine[0].inputs
        scale = "sigma" if "sigma" in own else "gamma"
        at = lambda f, own=own, eta=eta, scale=scale: (
            grid,
            [f(**{**own, scale: (g / eta) ** 0.5}) / unit(eta) for g in grid.tolist()],
        )
        wrong = {k: at(lambda k=k, **i: claim.predict_control(k, **i)) for k in controls}
        places = [r.cell["shift"] + 0.008 * (2 * number - 1) for r in mine]  # side by side
        value, error = (part / unit(eta) for part in measured(mine))
        found.append(Series(f"$\\eta$ = {eta:g}", places, value, error, at(claim.predict), wrong))
    return found


def draw(evidence: Any) -> Any:
    """Variance per learning rate, and mean."""
    rows = evidence.rows(needs[0])
    grid, panels = np.linspace(0.01, 0.97, 60), []
    for name, title, label, unit, controls in (
        (SPREAD, "spread", "variance of the product / $\\eta$", lambda eta: eta, ("last kick", "no shift")),
        (MEAN, "mean", "mean product", lambda eta: 1.0, ("marcus", "half")),
    ):
        mine = [r for r in rows if r.claim == name]
        several = series(evidence.lab.claim(name), mine, grid, unit, controls)
        panels.append(Panel(f"differenced labels: {title}", SHIFT, label, several, words(mine), controls, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
