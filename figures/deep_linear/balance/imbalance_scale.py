"""The imbalance of two layers against the scale of label noise: fainter Gaussian noise balances, stable does not."""

from typing import Any

import numpy as np

from protocols.deep_linear.balance.imbalance_scale import scales
from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_imbalance_scale",)
SIZE = "imbalance |C|"


def called(c: Any) -> str:
    """The law of the labels."""
    return c.noise.removeprefix("label ") + (f", $\\alpha$ = {c.alpha:g}" if c.noise == "label stable" else "")


def logs(data: Any) -> np.ndarray:
    """ln |C| of the networks that survive: (replicate, look, scale)."""
    return data["log"].values[data["diverged"].values < 0]


def medians(claim: Any, cells: list, rows: list) -> Panel:
    """Against gamma; lines of the predicted power through the middle of the marks."""
    series = []
    for c, data in cells:
        typical, gamma = logs(data).mean(1), scales(c)
        middle, error = np.median(typical, 0), 1.25 * typical.std(0) / len(typical) ** 0.5
        line = lambda power, middle=middle, gamma=gamma: (
            gamma, np.exp(middle.mean() + power * (np.log(gamma) - np.log(gamma).mean()))
        )  # fmt: skip
        wrong = {"gaussian": line(claim.predict_control("gaussian", alpha=c.alpha))} if c.alpha < 2 else {}
        value = np.exp(middle)
        series.append(Series(called(c), gamma, value, value * error, line(claim.predict(alpha=c.alpha)), wrong))
    label = "noise $\\gamma$ [output]"
    return Panel("median", label, SIZE, series, words(rows), ("gaussian",), "xy", strip=False)


def tails(c: Any, data: Any) -> Panel:
    """P(|C| > x) at each scale of the noise."""
    low, high = np.quantile(logs(data), (0.01, 0.999))
    grid = np.exp(np.linspace(low, high, 14))
    series = []
    for i, gamma in enumerate(scales(c)):
        above = (logs(data)[..., i, None] > np.log(grid)).mean(1)
        value, error = above.mean(0), above.std(0) / len(above) ** 0.5
        seen = value > 0
        name = f"{c.noise.removeprefix('label ')}, $\\gamma$ = {gamma:.2g}"
        series.append(Series(name, grid[seen], value[seen], error[seen]))
    return Panel(called(c), SIZE, "P(|C| > x)", series, log="xy", strip=False)


def draw(evidence: Any) -> Any:
    rows, cells = evidence.rows(needs[0]), evidence.cells(needs[0])
    claim = evidence.lab.claim("deep_linear.imbalance_exponent")
    shown = [next(cell for cell in cells if cell[0].noise == f"label {law}") for law in ("stable", "gaussian")]
    panels = [medians(claim, cells, rows), *(tails(*cell) for cell in shown)]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, height=2.9)
