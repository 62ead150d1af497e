"""The law of the product of two factors under stable label noise: moments, and both tails as power laws."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_label_noise_law",)
X = "product $X/v$"


def kept(c: Any, data: Any, name: str) -> np.ndarray:
    """Values of the networks that stay within reach."""
    return data[name].values[data["lost"].values < 0]


def called(c: Any, data: Any) -> str:
    """The law of a cell, with how many networks were thrown out."""
    lost = float((data["lost"].values >= 0).mean())
    return f"$\\alpha$ = {c.alpha:g}" + (f", {100 * lost:.2g} % lost" if lost else "")


def inputs(c: Any) -> dict[str, float]:
    """Of a cell, for the claims."""
    return {"v": c.v, "eta": c.eta, "B": c.B, "gamma": c.gamma, "alpha": c.alpha}


def moments(lab: Any, cells: list, rows: list) -> Panel:
    """E x^(z+1)/E x^z over z."""
    claim, series = lab.claim("deep_linear.label_noise_moment"), []
    own = [r for r in rows if r.claim == claim.id]
    for c, data in cells:
        found = [r for r in own if r.inputs["alpha"] == c.alpha]
        if c.is_hot or not found:
            continue
        grid = np.linspace(-0.201, 0.301, 40)
        wrong = {"mean": (grid, claim.predict_control("mean", z=grid, **inputs(c)))}
        value, error = found[0].measured, found[0].standard_error
        series.append(Series(called(c, data), c.z, value, error, (grid, claim.predict(z=grid, **inputs(c))), wrong))
    title = "moments"
    return Panel(title, "power z", "E x$^{z+1}$ / E x$^z$", series, words(own), ("mean",), strip=False)


def right(lab: Any, cells: list, rows: list) -> Panel:
    """P(x > X): the claim's constant times the measured E x^(alpha/2)."""
    claim, series = lab.claim("deep_linear.label_noise_tail"), []
    for c, data in cells:
        if c.is_hot:
            continue
        shares, half = kept(c, data, "above"), kept(c, data, "half").mean()
        error = shares.std(0) / len(shares) ** 0.5
        if c.alpha == 2:  # an exponential tail, without this law
            series.append(Series(called(c, data), c.far, shares.mean(0), error))
            continue
        grid = np.geomspace(c.far[0], c.far[-1], 20)
        at = lambda a, half=half, grid=grid, c=c: (grid, a * half * grid ** (-1 - c.alpha / 2))
        wrong = {"no flow": at(claim.predict_control("no flow", **inputs(c)))}
        series.append(Series(called(c, data), c.far, shares.mean(0), error, at(claim.predict(**inputs(c))), wrong))
    own = [r for r in rows if r.claim == claim.id]
    return Panel("right tail", X, "P(x > X)", series, words(own), ("no flow",), "xy", strip=False)


def left(lab: Any, cells: list, rows: list) -> Panel:
    """P(x < X) near collapse, lines through the first mark."""
    claim, series = lab.claim("deep_linear.label_noise_edge"), []
    for c, data in cells:
        if not c.is_hot:
            continue
        shares = kept(c, data, "below")
        value, grid = shares.mean(0), np.geomspace(c.near[0], 0.03, 20)
        at = lambda k, value=value, grid=grid: (grid, value[0] * (grid / grid[0]) ** k)
        wrong = {"one reset": at(claim.predict_control("one reset", **inputs(c)))}
        error = shares.std(0) / len(shares) ** 0.5
        name = f"{called(c, data)}, near collapse"
        series.append(Series(name, c.near, value, error, at(claim.predict(**inputs(c))), wrong))
    own = [r for r in rows if r.claim == claim.id]
    return Panel("left edge", X, "P(x < X)", series, words(own), ("one reset",), "xy", strip=False)


def draw(evidence: Any) -> Any:
    rows, cells = evidence.rows(needs[0]), evidence.cells(needs[0])
    panels = [part(evidence.lab, cells, rows) for part in (moments, right, left)]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
