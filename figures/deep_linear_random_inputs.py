"""The mean product of two factors under label noise with random inputs: a heavy tail feels them by their own moment."""

import math
from typing import Any

import numpy as np

from theorylab.figure import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_random_inputs",)
CONTROLS = ("fixed input", "power of the mean")
ETA = "learning rate $\\eta$"


def series(claim: Any, rows: list, x: str, grid: list, name: str) -> Series:
    """Cells along `x`, with the claim and its controls at the inputs of `grid`."""
    at = lambda f: ([own[x] for own in grid], [f(**own) for own in grid])
    wrong = {control: at(lambda control=control, **i: claim.predict_control(control, **i)) for control in CONTROLS}
    points = ([r["inputs"][x] for r in rows], [r["measured"] for r in rows], [r["standard_error"] for r in rows])
    return Series(name, *points, at(claim.predict), wrong)


def indices(c: Any, eta: float) -> list:
    """Inputs along alpha, gamma being what shifts the mean with input 1 by the same at the largest learning rate."""
    own = []
    for alpha in np.linspace(1.35, 2.0, 40).tolist():
        rate = c.shift / (math.gamma(alpha) * abs(math.cos(math.pi * alpha / 2)) * eta ** (alpha - 1))
        own.append({"v": c.v, "eta": eta, "B": 1, "gamma": rate ** (1 / alpha), "alpha": alpha})
    return own


def survival(cells: list) -> Panel:
    """Share of networks that are thrown out of reach before the horizon."""
    several = []
    for alpha in sorted({c.alpha for c, _ in cells}, reverse=True):
        own = [(c, data["lost"].values >= 0) for c, data in cells if (c.alpha, c.B) == (alpha, 1)]
        share, error = ([f(lost) for _, lost in own] for f in (np.mean, lambda x: np.std(x) / len(x) ** 0.5))
        several.append(Series(f"$\\alpha$ = {alpha:g}", [c.eta for c, _ in own], share, error))
    horizon = f"share lost before t = {cells[0][0].horizon:g}"
    return Panel("survival", ETA, horizon, several, "", (), "x", strip=False)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    rows, cells = evidence.rows(needs[0]), evidence.cells(needs[0])
    if not rows:
        return None
    claim, top = evidence.lab.claim("deep_linear.random_input_mean"), max(r["inputs"]["eta"] for r in rows)
    across = [r for r in rows if (r["inputs"]["eta"], r["inputs"]["B"]) == (top, 1)]
    line = series(claim, across, "alpha", indices(cells[0][0], top), f"$\\eta$ = {top:g}")
    panels = [Panel("one input a step", "stability index $\\alpha$", "mean product", [line], words(across), CONTROLS)]
    several, along = [], []
    for alpha, B in sorted({(r["inputs"]["alpha"], r["inputs"]["B"]) for r in rows}, reverse=True):
        mine = [r for r in rows if (r["inputs"]["alpha"], r["inputs"]["B"]) == (alpha, B)]
        if alpha == 1.5:  # where the controls are told
            grid = [{**mine[0]["inputs"], "eta": eta} for eta in np.geomspace(0.0004, 1.3 * top, 40).tolist()]
            several.append(series(claim, mine, "eta", grid, f"B = {B}"))
            along += mine
    panels.append(Panel("$\\alpha$ = 1.5", ETA, "mean product", several, words(along), CONTROLS, "x"))
    panels.append(survival(cells))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
