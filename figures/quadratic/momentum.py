"""Stationary variance with heavy-ball momentum."""

from typing import Any

from theorylab.drawing import picture

needs = ("quadratic_momentum",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "quadratic.momentum_variance",
            "x": "eta",
            "split": "mu",
            "log": "xy",
            "title": "heavy-ball momentum",
            "y_label": "stationary variance",
        },
    )
