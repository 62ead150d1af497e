"""Every step of SGD multiplies the imbalance of two factors by 1 - (eta g)^2, whatever drew the label."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_balance_product",)
CONTROLS = ("conserved", "one kick", "kick and half")


def parabola(coefficients: dict, g: np.ndarray) -> np.ndarray:
    """The ratio of consecutive imbalances with these coefficients."""
    return coefficients["constant"] + coefficients["linear"] * g + coefficients["quadratic"] * g**2


def steps(data: Any, c: Any, count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Gradients g and ratios of one step in each of `count` networks, spread evenly over the gradients."""
    u, w = (data[name].values for name in "uw")
    g = (u[:, 0] - u[:, 1]) / (c.eta * w[:, 0])
    ratio = (u[:, 1] ** 2 - w[:, 1] ** 2) / (u[:, 0] ** 2 - w[:, 0] ** 2)
    near = np.flatnonzero(np.abs(g) * c.eta < 0.8)
    order = near[np.argsort(g[near])]
    places = np.searchsorted(g[order], np.linspace(g[order[0]], g[order[-1]], count))
    chosen = order[np.unique(np.minimum(places, len(order) - 1))]
    return g[chosen], ratio[chosen]


def draw(evidence: Any) -> Any:
    cells, rows = evidence.cells(needs[0]), evidence.rows(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.balance_product"), []
    for eta in sorted({c.eta for c, _ in cells})[-1:]:
        series = []
        for c, data in cells:
            if c.eta != eta:
                continue
            g, ratio = steps(data, c)
            reach = np.abs(g).max() if not series else max(np.abs(g).max(), np.abs(series[0].line[0]).max())
            grid = np.linspace(-reach, reach, 60)
            line = (grid, parabola(claim.predict(eta=eta), grid))
            wrong = {k: (grid, parabola(claim.predict_control(k, eta=eta), grid)) for k in CONTROLS}
            series.append(Series(c.noise, g, ratio, 0 * g, line, wrong))
        mine = [r for r in rows if r.inputs["eta"] == eta]
        name = f"one step at $\\eta$ = {eta:g}"
        label = "imbalance after / before"
        panels.append(Panel(name, "gradient $g$ by the product", label, series, words(mine), CONTROLS, strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
