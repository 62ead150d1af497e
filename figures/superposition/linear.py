"""The linear model keeps m features and loses the variance of the others, at every density."""

from typing import Any

from theorylab.drawing import picture

needs = ("superposition_linear",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "superposition.linear_loss",
            "x": "density",
            "split": ("n", "m"),
            "title": "linear model, sampled batches",
            "x_label": "density: probability that a feature is active",
            "y_label": "loss",
        },
    )
