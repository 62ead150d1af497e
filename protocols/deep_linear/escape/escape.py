"""How long does noise alone take to move two factors off the saddle at zero?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.scalars.saddle import escaped
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    noise: str = vary("gaussian", "stable", "differenced gaussian", "differenced stable")
    alpha: float = vary(1.5, 1.0)  # of the stable laws; a Gaussian one has alpha = 2
    depth: int = 2
    v: float = 1.0
    eta: float = 0.05
    gamma: float = 1e-4
    horizon: float = 33.0


def cells(s):
    """Each noise, and each stability index of the stable ones."""
    pairs = [(kind, a) for kind in s.noise for a in (s.alpha if kind.endswith("stable") else (2.0,))]
    return [{"noise": kind, "alpha": a} for kind, a in pairs]


def mean_and_sd(data, c: Settings):
    """Both in the middle of the step that passes half of the target."""
    steps = data["escaped"].values
    times = np.where(steps < 0, np.nan, (steps - 0.5) * c.eta)
    return measure.mean_and_sd(times)


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.at_saddle,
        observe={"escaped": observe.first(escaped)},
        clock=Clock(end=lambda c: c.horizon, snapshots=1),
    ),
    cells=cells,
    tests=[
        Test(
            "deep_linear.escape_time",
            mean_and_sd,
            inputs=lambda c: {
                "v": c.v,
                "eta": c.eta,
                "gamma": c.gamma,
                "alpha": c.alpha,
                "colour": "differenced" if c.noise.startswith("differenced") else "white",
            },
            diverged=0.01,  # a tail below alpha = 1 throws some out, most of them when they have escaped
        )
    ],
    replicates=131072,
    chunk=16384,
    tiers={"standard": {"alpha": vary(1.8, 1.5, 1.2, 1.0, 0.8), "eta": 0.02}},
)

if __name__ == "__main__":
    main(__file__)
