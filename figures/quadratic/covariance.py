"""Stationary covariance where Hessian and noise covariance do not commute, entry by entry."""

from typing import Any

from theorylab.drawing import picture

needs = ("quadratic_covariance",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        *(
            {
                "claim": "quadratic.covariance",
                "x": "eta",
                "component": i,
                "title": f"entry {name}",
                "y_label": f"covariance {name}",
            }
            for i, name in ((0, "11"), (1, "12"), (3, "22"))
        ),
    )
