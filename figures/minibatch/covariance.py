"""Covariance of a batch gradient on real data under three ways of drawing batches."""

from typing import Any

from theorylab.drawing import picture

needs = ("minibatch_covariance",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "minibatch.covariance_factor",
            "x": "noise",
            "split": "B",
            "log": "y",
            "title": "batch gradients on the digits images",
            "y_label": "covariance / Sigma",
        },
    )
