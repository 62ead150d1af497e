"""Gradient noise scale and diversity of real data."""

from typing import Any


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    return evidence.picture(
        "minibatch_noise_scale",
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
