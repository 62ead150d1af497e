"""Stationary variance of SGD against the learning rate: exact, and what the differential equation says."""

from typing import Any

from theorylab.drawing import picture

needs = ("quadratic_variance",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(
        evidence,
        needs[0],
        {
            "claim": "quadratic.variance",
            "x": "eta",
            "log": "xy",
            "title": "SGD on a quadratic, Gaussian noise",
            "y_label": "stationary variance",
        },
    )
