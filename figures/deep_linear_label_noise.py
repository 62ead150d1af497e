"""The mean product of two factors under label noise, against the learning rate: Ito's kicks, not Marcus's."""

from typing import Any


def draw(evidence: Any) -> Any:
    """A pure function of records."""
    shared = {"claim": "deep_linear.label_noise_mean", "x": "eta", "log": "x", "y_label": "mean product",
              "controls": ("marcus", "gaussian")}  # fmt: skip
    return evidence.picture(
        "deep_linear_label_noise",
        *({**shared, "split": ("noise", "B"), "where": {"alpha": alpha}, "title": f"label noise, alpha = {alpha:g}"}
          for alpha in (2.0, 1.5)),
        {**shared, "split": "alpha", "where": {"noise": "label stable", "B": 1}, "title": "stable, B = 1"},
    )  # fmt: skip
