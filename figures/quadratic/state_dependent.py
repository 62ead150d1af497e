"""State-dependent noise tells Ito from Stratonovich, anti-Ito and the note's equation 29."""

from typing import Any

from theorylab.drawing import picture

needs = ("quadratic_state_dependent",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "quadratic.state_dependent_variance",
            "x": "eta",
            "split": "s1",
            "title": "noise variance s0^2 + s1^2 theta^2",
            "y_label": "stationary variance",
        },
    )
