"""Do heavy tails favour degenerate minima? Shares of ends by learning coefficient, under each noise at matched dose.

Doses are matched by quartiles, which every law has: of one step's noise ("step"), or of the fluctuation that it keeps
up along a direction of the curvature h ("fluctuation"), which is about the loss that the networks are seen at.
"""

from dataclasses import dataclass

import optax

from models.deep_linear.strata import degenerate, equal_fluctuation, gradient_noise, labels, loss, scale, start
from theorylab import Ensemble, Protocol, Test, measure, observe


@dataclass(frozen=True)
class Settings:
    widths: tuple = ((2, 3, 6),)  # of the networks without noise
    alpha: float = 1.5
    dose: float = 0.5  # upper quartile of one step's gradient noise
    label_dose: float = 1.0  # and of the label noise
    h: float = 2.0
    eta: float = 0.02
    steps: int = 1000
    dtype: str = "float32"
    replicates: int = 16384
    chunk: int = 4096


def cells(s):
    """Without noise at each width; with noise at width 2, at the same quartile of a step, and of the fluctuation."""
    for width in s.widths[0]:
        yield {"width": width, "noise": "none", "matched": "step", "alpha": 2.0, "gamma": 0.0}
    for law in ("gaussian", "stable", "differenced gaussian", "label gaussian", "label stable", "label differenced"):
        alpha = s.alpha if "stable" in law else 2.0
        doses = {"step": s.label_dose if "label" in law else s.dose}
        if law in ("stable", "differenced gaussian"):
            doses["fluctuation"] = equal_fluctuation(law, alpha, s.dose, s.eta, s.h)
        for matched, dose in doses.items():
            yield {"width": 2, "noise": law, "matched": matched, "alpha": alpha, "gamma": scale(law, alpha, dose)}


simulate = Ensemble(
    loss=loss,
    init=start,
    batch=labels,
    rule=lambda c: optax.sgd(c.eta),
    noise=gradient_noise,
    observe={
        "degenerate": observe.trace(degenerate),
        "loss": observe.final(lambda params, c: loss(params, c, 0.0)),
    },
    every=lambda c: c.steps // 8,
    records=8,
)


def share(data, c):
    """The share among the networks that the noise has not thrown out."""
    return measure.proportion(data["degenerate"].values[:, -1])


indifferent = lambda c: c.noise in ("gaussian", "label stable")
protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=simulate,
    cells=lambda s: list(cells(s)),
    tests=[
        Test("deep_linear.degenerate_share", share, when=lambda c: not indifferent(c), diverged=1.0),
        Test("deep_linear.indifferent_noise", share, when=indifferent, diverged=1.0),
    ],
    tiers={"standard": {"steps": 4000, "replicates": 65536}},
)

if __name__ == "__main__":
    protocol.main()
