"""Gradient noise scale and diversity of real data."""

from typing import Any

from theorylab.drawing import picture

needs = ("minibatch_noise_scale",)


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return picture(evidence, needs[0],
        {
            "claim": "minibatch.noise_scale",
            "x": "n",
            "component": 0,
            "title": "noise scale",
            "x_label": "examples",
            "y_label": "tr Sigma / |g|^2",
        },
        {
            "claim": "minibatch.noise_scale",
            "x": "n",
            "component": 1,
            "title": "diversity",
            "x_label": "examples",
            "y_label": "E |g_i|^2 / |g|^2",
        },
    )
