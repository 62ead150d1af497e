"""Anti-correlated noise on the weights of two factors is a soft threshold on their product."""

from typing import Any

from theorylab.drawing import picture

needs = ("deep_linear_anticorrelated",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "deep_linear.anticorrelated_product",
            "x": "s",
            "title": "anti-correlated parameter noise",
            "x_label": "standard deviation $s$ of the innovations [param]",
            "y_label": "mean product",
            "controls": ("no shift", "both factors", "half"),
            "strip": False,
        },
    )
