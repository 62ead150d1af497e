"""One law for momentum, colour and heavy tails, from the impulse response."""

from typing import Any

from theorylab.drawing import picture

needs = ("quadratic_filter",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        *(
            {
                "claim": "quadratic.filter_scale",
                "x": "alpha",
                "split": "noise",
                "where": {"mu": mu},
                "log": "y",
                "title": f"momentum {mu:g}",
                "y_label": "stationary scale",
            }
            for mu in (0.0, 0.9)
        ),
    )
