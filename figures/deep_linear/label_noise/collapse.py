"""Phase plane of collapse: the line of the SDE against the window of learning rates in which SGD collapses."""

from typing import Any

import numpy as np

from models.deep_linear.scalars.rate_ladder import scale, slopes
from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_collapse",)
RATE = "learning rate $\\eta v$"


def boundary(claim: Any, alpha: float, top: float) -> tuple[np.ndarray, np.ndarray]:
    """The window's edges (gamma/v, eta v) as one curve: down its lower edge to the tip and up the other."""
    low, high = 1.0, top
    for _ in range(40):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if len(claim.predict(v=1.0, gamma=middle, alpha=alpha)) else (middle, high)
    ratio = high * (1 + np.geomspace(1e-5, top / high - 1, 50))
    edges = np.array([claim.predict(v=1.0, gamma=g, alpha=alpha) for g in ratio.tolist()])
    return np.concatenate([ratio[::-1], ratio]), np.concatenate([edges[::-1, 0], edges[:, 1]])


def plane(lab: Any, rows: list, alpha: float) -> Panel:
    """Measured edges over gamma/v, the claim's curve and the SDE's line."""
    window, rate = (lab.claim(f"deep_linear.collapse_{k}") for k in ("window", "rate"))
    grid = np.geomspace(1.2, 12, 40)
    line = [rate.predict(v=1.0, gamma=g, alpha=alpha, B=1) for g in grid.tolist()]
    wrong, curve, series = {"sde": (grid, line)}, boundary(window, alpha, 12.0), []
    own = [r for r in rows if r.claim == window.id and r.inputs["alpha"] == alpha]
    for noise in dict.fromkeys(r.cell["noise"] for r in own):
        mine = [r for r in own if r.cell["noise"] == noise]
        x = [r.inputs["gamma"] / r.inputs["v"] for r in mine for _ in range(2)]
        value, error = (np.ravel(part * np.array([[r.inputs["v"]] for r in mine])) for part in measured(mine))
        series.append(Series(noise, x, value, error, curve, wrong))
    title = f"where the origin attracts, $\\alpha$ = {alpha:g}"
    return Panel(title, "scale of the noise $\\gamma/v$", RATE, series, words(own), ("sde",), "xy", strip=False)


def exponents(claim: Any, cells: list, rows: list) -> Panel:
    """Change of ln x per step over the learning rate, Gaussian labels: with a window and without one."""
    series = []
    for c, data in cells:
        if c.noise != "label gaussian" or c.kind == "wide" or c.ratio > 4:
            continue
        rates, each = np.array(c.ladder), slopes(data, c)
        own = {"v": c.v, "gamma": scale(c), "alpha": c.alpha}
        grid = np.geomspace(rates[0], rates[-3], 60)
        wrong = {"sde": (grid * c.v, claim.predict_control("sde", eta=grid, **own))}
        value, error = each.mean(0), each.std(0) / len(each) ** 0.5
        line = (grid * c.v, claim.predict(eta=grid, **own))
        few = slice(0, -2)
        name = f"$\\gamma/v$ = {c.ratio:g}"
        series.append(Series(name, rates[few] * c.v, value[few], error[few], line, wrong))
    mine = [r for r in rows if r.claim == claim.id]
    return Panel("Gaussian labels", RATE, "change of ln x per step", series, words(mine), ("sde",), "x", strip=False)


def draw(evidence: Any) -> Any:
    rows, cells = evidence.rows(needs[0]), evidence.cells(needs[0])
    claim = evidence.lab.claim("deep_linear.collapse_exponent")
    panels = [*(plane(evidence.lab, rows, alpha) for alpha in (2.0, 1.5)), exponents(claim, cells, rows)]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
