"""Stationary scale under stable noise: above alpha = 1 it falls with the learning rate, below it rises."""

from typing import Any

from theorylab.drawing import picture

needs = ("quadratic_stable",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "quadratic.stable_scale",
            "x": "eta",
            "split": "alpha",
            "log": "xy",
            "title": "SGD on a quadratic, stable noise",
            "y_label": "stationary scale",
        },
    )
