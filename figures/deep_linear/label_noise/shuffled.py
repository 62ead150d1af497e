"""Labels shuffled by epoch: the spread of the product of two factors at the starts of epochs."""

from typing import Any

from theorylab.drawing import picture

needs = ("deep_linear_shuffled",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "deep_linear.shuffled_label_variance",
            "x": "M",
            "split": "eta",
            "log": "xy",
            "title": "labels shuffled by epoch",
            "x_label": "labels $M$",
            "y_label": "variance of the product",
            "controls": ("with replacement", "random bridge"),
        },
    )
