"""Label noise balances two factors above alpha = 1 and unbalances them below."""

import math
from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_imbalance",)
CONTROLS = ("sine", "variance", "always balances")


def draw(evidence: Any) -> Any:
    """Rates per 2 Gamma(alpha) (eta gamma)^alpha, and how many networks are thrown out."""
    cells, rows = evidence.cells(needs[0]), evidence.rows(needs[0])
    claim, c = evidence.lab.claim("deep_linear.imbalance_rate"), cells[0][0]
    unit = lambda alpha: 2 * math.gamma(alpha) * (c.eta * c.gamma) ** alpha
    alpha = [r.inputs["alpha"] for r in rows]
    grid = np.linspace(min(alpha), max(alpha), 61)
    per_unit = lambda f: (grid, [f(a) / unit(a) for a in grid])
    inputs = {"eta": c.eta, "gamma": c.gamma}
    value, error = (part / np.array([unit(a) for a in alpha]) for part in measured(rows))
    line = per_unit(lambda a: claim.predict(alpha=a, **inputs))
    wrong = {name: per_unit(lambda a, name=name: claim.predict_control(name, alpha=a, **inputs)) for name in CONTROLS}
    rate = Panel(
        "two factors under label noise",
        "stability index $\\alpha$",
        "rate / 2 $\\Gamma(\\alpha)(\\eta\\gamma)^\\alpha$",
        [Series("measured", alpha, value, error, line, wrong)],
        words(rows),
        CONTROLS,
        strip=False,
    )
    out = [float((data["thrown"].values >= 0).mean()) for _, data in cells]
    spread = [math.sqrt(p * (1 - p) / data.sizes["replicate"]) for p, (_, data) in zip(out, cells, strict=True)]
    lost = Panel(
        "survival",
        "stability index $\\alpha$",
        f"share thrown out in {c.steps} steps",
        [Series("thrown out", [c.alpha for c, _ in cells], out, spread)],
        strip=False,
    )
    return prediction_against_measurement([rate, lost], evidence.stored(needs[0]).id)
