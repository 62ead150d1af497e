"""Label noise makes a diagonal linear network forget its start above alpha = 1, and the opposite below."""

from typing import Any

import numpy as np

from models.diagonal_linear.claims.memory import unit
from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("diagonal_linear_memory",)
CONTROLS = ("sine", "both weights", "always sparser")


def draw(evidence: Any) -> Any:
    """Rates in units of Gamma(alpha) (2 eta gamma)^alpha E|x_j|^alpha."""
    rows, cells = evidence.rows(needs[0]), evidence.cells(needs[0])
    claim, own = evidence.lab.claim("diagonal_linear.memory_rate"), rows[0].inputs
    alphas = [r.inputs["alpha"] for r in rows]
    grid, series = np.linspace(min(alphas), 2, 49), []
    at = lambda a: {**own, "alpha": float(a), "X": np.array(own["X"])}
    scaled = lambda f, a: np.array(f(**at(a))) / unit(**at(a))
    line = [scaled(claim.predict, a)[0] for a in grid]
    wrong = {n: (grid, [scaled(lambda n=n, **i: claim.predict_control(n, **i), a)[0] for a in grid]) for n in CONTROLS}
    for j in range(len(rows[0].measured)):
        value, error = (part[:, j] / [unit(**at(a))[j] for a in alphas] for part in measured(rows))
        series.append(Series(f"coordinate {j + 1}", alphas, value, error, (grid, line), wrong))
    label = "rate / $\\Gamma(\\alpha)(2\\eta\\gamma)^\\alpha\\,\\mathrm{E}|x_j|^\\alpha$"
    rate = Panel("remembered start", "stability index $\\alpha$", label, series, words(rows), CONTROLS, strip=False)
    out = [float((data["thrown"].values >= 0).mean()) for _, data in cells]
    spread = [(p * (1 - p) / data.sizes["replicate"]) ** 0.5 for p, (_, data) in zip(out, cells, strict=True)]
    lost = Panel(
        "survival",
        "stability index $\\alpha$",
        f"share thrown out in {cells[0][0].steps} steps",
        [Series("thrown out", [c.alpha for c, _ in cells], out, spread)],
        strip=False,
    )
    return prediction_against_measurement([rate, lost], evidence.stored(needs[0]).id, height=3.0)
