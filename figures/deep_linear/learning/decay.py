"""A deep linear network under weight decay, from both sides: the learned mode jumps, and has its hysteresis."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_decay",)


def draw(evidence: Any) -> Any:
    """Strength against decay, for networks that start large and small."""
    rows, cells = evidence.rows(needs[0]), evidence.cells(needs[0])
    claim, panels = evidence.lab.claim("deep_linear.decay_transition"), []
    for row, (c, data) in zip(rows, cells, strict=True):
        s, g = c.s[0], data["g"].values
        found = claim.predict(depth=c.depth, s=s)
        x = np.linspace((c.depth - 2) / (2 * (c.depth - 1)) * s, s, 200)  # the learned branch, up from the spinodal
        branch = x ** (1 - 2 / c.depth) * (s - x)
        seen = branch > c.range[0]
        grid = np.array(c.range)
        wrong = {"soft threshold": (grid, s - grid)}
        order = np.argsort(g)[:: max(1, len(g) // 40)]
        series = []
        for name in ("large", "small"):
            line = (branch[seen], x[seen]) if name == "large" else (grid, np.zeros(2))
            value = data[name].values[order]
            series.append(Series(f"starts {name}", g[order], value, np.zeros(len(order)), line, wrong))
        said = f"binodal {found['binodal']:.3g}, spinodal {found['spinodal']:.3g}"
        label = f"weight decay $g$\n{said}"
        panels.append(
            Panel(f"depth {c.depth}", label, "strength", series, words([row]), ["soft threshold"], strip=False)
        )
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
