"""The value of the stochastic differential equation as the limit of SGD's at learning rate zero."""

from typing import Any


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return evidence.picture(
        "quadratic_limit",
        {
            "claim": "quadratic.sde_variance",
            "x": "eta",
            "title": "limit at learning rate zero",
            "y_label": "extrapolated variance",
        },
    )
