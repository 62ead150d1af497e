"""Variance at the start of an epoch when examples are shuffled: far below that of independent batches."""

from typing import Any

from theorylab.drawing import picture

needs = ("quadratic_shuffled",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "quadratic.shuffled_variance",
            "x": "eta",
            "split": "M",
            "log": "xy",
            "title": "shuffled by epoch of M batches",
            "y_label": "epoch-start variance",
        },
    )
