"""The exponent with which noise leaves the saddle at zero, against depth: deeper than two, tails change it."""

from dataclasses import replace
from typing import Any

import numpy as np

from protocols.deep_linear.escape.escape_depth import scales
from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_escape_depth",)


def exponents(claim: Any, rows: list) -> Panel:
    """Fitted exponents against depth, one line for each stability index."""
    series = []
    grid = list(range(2, 1 + max(r.inputs["depth"] for r in rows)))
    for alpha in sorted({r.inputs["alpha"] for r in rows}, reverse=True):
        mine = [r for r in rows if r.inputs["alpha"] == alpha]
        at = lambda f, alpha=alpha: (grid, [f(depth=d, alpha=alpha) for d in grid])
        wrong = {"start of the noise's scale": at(lambda **i: claim.predict_control("start of the noise's scale", **i))}
        depth, value, error = [r.inputs["depth"] for r in mine], *columns(mine)
        series.append(Series(f"$\\alpha$ = {alpha:g}", depth, value, error, at(claim.predict), wrong))
    return Panel(
        "leaving a saddle", "layers", "exponent of 1/$\\gamma$", series, words(rows),
        ("start of the noise's scale",), strip=False,
    )  # fmt: skip


def undone_series(claim: Any, rows: list) -> Series:
    """The exponents of anti-correlated noise."""
    grid = list(range(3, 2 + max(r.inputs["depth"] for r in rows)))
    line = (grid, [claim.predict(depth=d) for d in grid])
    return Series("differenced, $\\alpha$ = 2", [r.inputs["depth"] for r in rows], *columns(rows), line)


def columns(rows: list) -> tuple[list, list]:
    """Measured values and their errors."""
    return [r.measured for r in rows], [r.standard_error for r in rows]


def medians(claims: list, cells: list, depth: int) -> Panel:
    """Median times against the scale of the noise at one depth; lines of the predicted slope through their mean."""
    series = []
    for c, data in cells:
        if c.depth == depth:
            undone = c.noise == "differenced gaussian"
            gamma = scales(c)
            power = 1 / (claims[undone].predict(**({} if undone else {"alpha": c.alpha}), depth=depth))
            steps = np.where(data["steps"].values < 0, np.inf, data["steps"].values) * c.eta
            middle, n = np.median(steps, 0), len(steps)
            low, high = (np.quantile(steps, 0.5 + side * 0.5 / n**0.5, axis=0) for side in (-1, 1))
            line = np.exp(np.log(middle).mean() - (np.log(gamma) - np.log(gamma).mean()) / power)
            name = f"differenced, $\\alpha$ = {c.alpha:g}" if undone else f"$\\alpha$ = {c.alpha:g}"
            series.append(Series(name, gamma, middle, (high - low) / 2, (gamma, line)))
    title = f"{depth} layers: lines of the predicted slope"
    return Panel(title, "noise $\\gamma$ [loss/param]", "median time [param$^2$/loss]", series, log="xy", strip=False)


def draw(evidence: Any) -> Any:
    rows, cells = evidence.rows(needs[0]), evidence.cells(needs[0])
    both = [evidence.lab.claim(f"deep_linear.escape_exponent{name}") for name in ("", "_anticorrelated")]
    white, undone = ([r for r in rows if r.claim == claim.id] for claim in both)
    deepest, first = max(c.depth for c, _ in cells), exponents(both[0], white)
    extra = undone_series(both[1], undone)
    first = replace(first, series=[*first.series, extra], verdict=words(rows))
    panels = [first, medians(both, cells, 3), medians(both, cells, deepest)]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, height=2.9)
