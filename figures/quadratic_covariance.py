"""Stationary covariance where Hessian and noise covariance do not commute, entry by entry."""

from typing import Any


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return evidence.picture(
        "quadratic_covariance",
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
