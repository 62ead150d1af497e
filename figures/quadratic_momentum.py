"""Stationary variance with heavy-ball momentum."""

from typing import Any


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return evidence.picture(
        "quadratic_momentum",
        {
            "claim": "quadratic.momentum_variance",
            "x": "eta",
            "split": "mu",
            "log": "xy",
            "title": "heavy-ball momentum",
            "y_label": "stationary variance",
        },
    )
