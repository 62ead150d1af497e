"""Modes of two layers from rich to lazy starts: the matrix Riccati solution, and where it does not hold."""

from typing import Any

import numpy as np

from models.deep_linear.matrices import starts, two_rates
from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_riccati",)
CONTROLS = ("no lambda", "frozen kernel")


def modes(c: Any, products: np.ndarray) -> np.ndarray:
    """Strengths of the target's modes in products (..., outputs, inputs): (..., mode)."""
    *_, left, right = starts.frames(c.inputs, c.hidden, c.outputs)
    count = len(c.s)
    return np.einsum("oi,...op,pi->...i", left[:, :count], products, right[:, :count])


def overlay(lab: Any, c: Any, data: Any, rows: list) -> Panel:
    """The modes of one cell with the claim as lines and its controls as dashes."""
    fixed = {k: v for k, v in vars(c).items() if isinstance(v, int | float | str)}
    own = [r for r in rows if all(r.cell.get(k, v) == v for k, v in fixed.items())]
    claim, looks = lab.claim(own[0].claim), two_rates.times(c)
    grid = np.linspace(0.01, c.horizon, 60)
    given = {**own[0].inputs, "t": grid.tolist()}
    line = modes(c, claim.predict(**given))
    wrong = {name: modes(c, claim.predict_control(name, **given)) for name in CONTROLS}
    values = modes(c, two_rates.strength(data, c))
    value, error = np.median(values, 0), 1.25 * values.std(0) / np.sqrt(len(values)) * (c.noise != "none")
    series = [
        Series(
            f"mode s = {s:g}",
            looks,
            value[:, i],
            error[:, i],
            (grid, line[:, i]),
            {name: (grid, curve[:, i]) for name, curve in wrong.items()},
        )
        for i, s in enumerate(c.s)
    ]
    what = "off balance" if c.start == "generic" else f"$\\lambda$ = {c.balance:g}"
    noise = "" if c.noise == "none" else f", {c.noise}"
    return Panel(
        f"{c.inputs}-{c.hidden}-{c.outputs}, {what}{noise}",
        "time $t = k\\eta$",
        "mode strength",
        series,
        words(own),
        CONTROLS,
        strip=False,
    )


def draw(evidence: Any) -> Any:
    cells, rows = evidence.cells(needs[0]), evidence.rows(needs[0])
    bare = [(c, d) for c, d in cells if c.noise == "none" and c.start == "balanced"]
    wide = [(c, d) for c, d in bare if c.balance >= 0 and c.inputs == cells[0][0].inputs]
    kept = [wide[0], *[x for x in cells if x[0].noise == "stable"], *wide[-2:]]
    kept += [x for x in bare if x[0].balance < 0][:1] + [x for x in cells if x[0].start == "generic"]
    panels = [overlay(evidence.lab, c, data, rows) for c, data in kept]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, columns=3)
