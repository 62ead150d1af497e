"""The value of the stochastic differential equation as the limit of SGD's at learning rate zero."""

from typing import Any

from theorylab.drawing import picture

needs = ("quadratic_limit",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "quadratic.sde_variance",
            "x": "eta",
            "title": "limit at learning rate zero",
            "y_label": "extrapolated variance",
        },
    )
