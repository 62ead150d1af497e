"""Stationary variance of SGD against the learning rate: exact, and what the differential equation says."""

from typing import Any


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return evidence.picture(
        "quadratic_variance",
        {
            "claim": "quadratic.variance",
            "x": "eta",
            "log": "xy",
            "title": "SGD on a quadratic, Gaussian noise",
            "y_label": "stationary variance",
        },
    )
