"""Anti-correlated noise: Gaussian variance, and the transition of the stable scale at alpha = 1."""

from typing import Any

from theorylab.drawing import picture

needs = ("quadratic_anticorrelated",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "quadratic.anticorrelated_variance",
            "x": "eta",
            "log": "xy",
            "title": "Gaussian innovations",
            "y_label": "stationary variance",
        },
        {
            "claim": "quadratic.anticorrelated_stable_scale",
            "x": "eta",
            "split": "alpha",
            "log": "xy",
            "title": "stable innovations",
            "y_label": "stationary scale",
        },
    )
