"""Does label noise balance two factors, and does heavier noise unbalance them, with the change at alpha = 1?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.scalars.network import labels, log_imbalance, thrown
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str
    alpha: float = vary(2.0, 1.8, 1.5, 1.2, 1.0, 0.8)
    eta: float = 0.01
    gamma: float = 3.0
    v: float = 1.0
    B: int = 1
    tilt: float = 0.2
    reach: float = 0.2
    steps: int = 128
    dtype: str = "float64"  # the difference of two squares cancels in float32


simulate = Ensemble[Settings](
    model.within_reach,
    batch=labels,
    observe={"after": observe.final(log_imbalance), "thrown": observe.first(thrown)},
    every=lambda c: c.steps,
)


def rate(data, c: Settings):
    """All change over all steps: a network that is thrown out stops with that step, which is counted (Wald)."""
    change = data["after"].values - np.log(2 * c.v * np.sinh(2 * c.tilt))
    steps = np.where(data["thrown"].values < 0, c.steps, data["thrown"].values)
    return measure.ratio(change, steps)


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=lambda s: [{"alpha": a, "noise": "label gaussian" if a == 2 else "label stable"} for a in s.alpha],
    tests=[Test("deep_linear.imbalance_rate", rate)],
    replicates=65536,
    chunk=8192,
    tiers={"standard": {"alpha": vary(2.0, 1.9, 1.8, 1.5, 1.3, 1.2, 1.1, 1.0, 0.9, 0.8, 0.7)}},
)

if __name__ == "__main__":
    main(__file__)
