"""Modes of deep linear networks, learned one after the other: strengths in time, and the staircase they make."""

from typing import Any

import numpy as np

from models.deep_linear.matrices import two_rates
from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_modes",)


def measured(c: Any, data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Median strengths (look, mode) and their standard errors."""
    values = two_rates.strength(data, c)
    return np.median(values, 0), 1.25 * values.std(0) / np.sqrt(len(values)) * (c.noise != "none")


def strengths(claim: Any, c: Any, data: Any, rows: list, kept: slice) -> Panel:
    """Strengths of all modes in one cell."""
    looks = two_rates.times(c)
    grid = np.linspace(0.01, c.horizon, 80)
    value, error = measured(c, data)
    series, one = [], "one layer learns"
    for i, s in enumerate(c.s):
        inputs = {"depth": c.depth, "s": s, "u0": c.u0}
        wrong = {one: (grid, claim.predict_control(one, t=grid, **inputs))}
        line = (grid, claim.predict(t=grid, **inputs))
        series.append(Series(f"s = {s:g}", looks[kept], value[kept, i], error[kept, i], line, wrong))
    mine = [r for r in rows if r.claim == claim.id and r.inputs["depth"] == c.depth and r.cell["noise"] == c.noise]
    noise = "" if c.noise == "none" else f", {c.noise}"
    return Panel(
        f"depth {c.depth}{noise}", "time t = k eta", "mode strength u", series, words(mine), [one], strip=False
    )


def staircase(claim: Any, cells: list) -> Panel:
    """How many modes the noise-free networks know, sum u/s: one step up for each."""
    series = []
    for c, data in cells:
        s, looks = np.array(c.s), two_rates.times(c)
        grid = np.linspace(0.01, c.horizon, 100)
        flow = claim.predict(depth=c.depth, s=s, u0=c.u0, t=grid[:, None])
        value = (measured(c, data)[0] / s).sum(-1)
        series.append(Series(f"depth {c.depth}", looks, value, 0 * value, (grid, (flow / s).sum(-1))))
    return Panel("one step per mode", "time t = k eta", "modes known, sum of u/s", series, strip=False)


def draw(evidence: Any) -> Any:
    cells = evidence.cells(needs[0])
    claim, rows = evidence.lab.claim("deep_linear.mode_strength"), evidence.rows(needs[0])
    bare = [pair for pair in cells if pair[0].noise == "none"]
    noisy = [pair for pair in cells if pair[0].noise != "none" and pair[0].depth == bare[0][0].depth]
    panels = [strengths(claim, c, data, rows, slice(None)) for c, data in bare + noisy[:2]]
    return prediction_against_measurement([*panels, staircase(claim, bare)], evidence.stored(needs[0]).id, columns=3)
