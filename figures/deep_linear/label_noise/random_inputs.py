"""The mean product of two factors under label noise with random inputs: a heavy tail feels them by their own moment."""

from typing import Any

import numpy as np

from models.deep_linear.scalars.survivors import scale_of_shift
from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_random_inputs",)
CONTROLS = ("fixed input", "power of the mean")


def series(claim: Any, rows: list, x: str, grid: list, name: str) -> Series:
    """Cells along `x`, with the claim and its controls at the inputs of `grid`."""
    at = lambda f: ([own[x] for own in grid], [f(**own) for own in grid])
    wrong = {control: at(lambda control=control, **i: claim.predict_control(control, **i)) for control in CONTROLS}
    points = ([r.inputs[x] for r in rows], [r.measured for r in rows], [r.standard_error for r in rows])
    return Series(name, *points, at(claim.predict), wrong)


def indices(c: Any, eta: float) -> list:
    """Inputs along alpha, gamma being what shifts the mean with input 1 by the same at the largest learning rate."""
    own = []
    for alpha in np.linspace(1.35, 2.0, 40).tolist():
        own.append({"v": c.v, "eta": eta, "B": 1, "gamma": scale_of_shift(c.shift, alpha, eta), "alpha": alpha})
    return own


def lost(cells: list) -> str:
    """Share of networks that were thrown out of reach before the horizon, from the least to the most of these cells."""
    shares = [(data["lost"].values >= 0).mean() for _, data in cells]
    return f"{min(shares):.1%} to {max(shares):.1%} lost by $t$ = {cells[0][0].horizon:g}"


def draw(evidence: Any) -> Any:
    """Against alpha at the largest learning rate, against eta at one alpha."""
    rows, cells = evidence.rows(needs[0]), evidence.cells(needs[0])
    claim, top = evidence.lab.claim("deep_linear.random_input_mean"), max(r.inputs["eta"] for r in rows)
    across = [r for r in rows if (r.inputs["eta"], r.inputs["B"]) == (top, 1)]
    line = series(claim, across, "alpha", indices(cells[0][0], top), "SGD")
    label = f"stability index $\\alpha$\n{lost([(c, d) for c, d in cells if (c.eta, c.B) == (top, 1)])}"
    title = f"one input a step, $\\eta$ = {top:g}"
    panels = [Panel(title, label, "mean product", [line], words(across), CONTROLS, strip=False)]
    mine, several = [r for r in rows if r.inputs["alpha"] == 1.5], []
    for B in sorted({r.inputs["B"] for r in mine}):
        own = [r for r in mine if r.inputs["B"] == B]
        least = min(r.inputs["eta"] for r in own)
        grid = [{**own[0].inputs, "eta": e} for e in np.geomspace(least / 1.15, 1.15 * top, 40).tolist()]
        several.append(series(claim, own, "eta", grid, f"B = {B}"))
    label = f"learning rate $\\eta$\n{lost([(c, d) for c, d in cells if c.alpha == 1.5])}"
    panels.append(Panel("$\\alpha$ = 1.5", label, "mean product", several, words(mine), CONTROLS, "x", strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
