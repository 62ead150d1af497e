"""Covariance of a batch gradient on real data under three ways of drawing batches."""

from typing import Any


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return evidence.picture(
        "minibatch_covariance",
        {
            "claim": "minibatch.covariance_factor",
            "x": "noise",
            "split": "B",
            "log": "y",
            "title": "batch gradients on the digits images",
            "y_label": "covariance / Sigma",
        },
    )
