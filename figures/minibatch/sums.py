"""Excess kurtosis of batch noise, and its accumulated variance, against the batch size."""

from typing import Any

from theorylab.drawing import picture

needs = ("minibatch_sums",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {"claim": "minibatch.kurtosis", "x": "B", "log": "xy", "title": "how Gaussian", "y_label": "excess kurtosis"},
        {
            "claim": "minibatch.accumulated_variance",
            "x": "B",
            "log": "xy",
            "title": "how it adds up",
            "y_label": "variance of the sum",
        },
    )
