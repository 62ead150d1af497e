"""Label noise balances two factors above alpha = 1 and unbalances them below."""

from typing import Any

import numpy as np

from theorylab.figure import Panel, Series, panel, prediction_against_measurement

needs = ("deep_linear_imbalance",)


def draw(evidence: Any) -> Any:
    """A pure function of records: the rate against alpha, and how many networks the noise throws out of reach."""
    cells, rows = evidence.cells(needs[0]), evidence.rows(needs[0])
    if not cells:
        return None
    claim = evidence.lab.claim("deep_linear.imbalance_rate")
    rate = panel(claim, rows, "alpha", title="two factors under label noise", y_label="change of ln|u$^2$ - w$^2$| per step",
                 controls=("sine", "variance", "always balances"))  # fmt: skip
    alpha = [c.alpha for c, _ in cells]
    out = [float((data["thrown"].values >= 0).mean()) for _, data in cells]
    error = [np.sqrt(p * (1 - p) / data.sizes["replicate"]) for p, (_, data) in zip(out, cells, strict=True)]
    thrown = Panel("survival", "stability index $\\alpha$", f"thrown out of reach in {cells[0][0].steps} steps",
                   [Series("networks", alpha, out, error)], strip=False)  # fmt: skip
    return prediction_against_measurement([rate, thrown], evidence.stored(needs[0]).id)
