"""The product of a two-layer network under Langevin dynamics with weight decay: mean, spread, share below zero."""

from typing import Any

from theorylab.drawing import picture

needs = ("deep_linear_langevin",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    names = ("mean product", "variance of the product", "share of products below zero")
    panels = [
        {
            "claim": "deep_linear.langevin_product",
            "x": "T",
            "split": "h",
            "component": component,
            "title": "Langevin, weight decay",
            "x_label": "temperature $T$",
            "y_label": name,
            "controls": ("well", "threshold"),
            "points": 9,
            "strip": False,
        }
        for component, name in enumerate(names)
    ]
    return picture(evidence, needs[0], *panels)
