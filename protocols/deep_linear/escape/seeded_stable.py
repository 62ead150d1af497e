"""When does heavy-tailed gradient noise take a two-layer network off the saddle at zero, mode by mode?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.matrices import two_rates
from models.deep_linear.matrices.network import generic, strengths, teacher
from theorylab import Ensemble, Protocol, Test, main, measure, noise, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    noise: str
    alpha: float
    gamma: float
    laws: tuple[tuple[str, float], ...] = (("stable", 1.5), ("stable", 1.0), ("differenced stable", 1.5))
    # each: noise, alpha
    intensity: float = 5e-6  # gamma^alpha: in proportion noise throws networks out
    eta: float = 0.02
    s: tuple[float, ...] = vary((3.0, 1.2))
    hidden: int = 3
    spread: float = 0.0  # of the weights at the start
    horizon: float = 22.0
    looks: int = 100
    inputs: int = 2
    outputs: int = 2
    depth: int = 2


def cells(s):
    """Each noise with its stability index."""
    rows = [{"noise": kind, "alpha": alpha, "gamma": s.intensity ** (1 / alpha)} for kind, alpha in s.laws]
    return [{**row, "s": values} for values in s.s for row in rows]


def inputs(c: Settings):
    colour = "differenced" if c.noise.startswith("differenced") else "white"
    own = {"eta": c.eta, "gamma": c.gamma, "alpha": c.alpha, "h": c.hidden, "colour": colour}
    return {"s": list(c.s), "index": list(range(1, 1 + len(c.s))), **own}


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.taught,
        data=teacher,
        init=generic,
        noise=lambda c: noise.named(c, "isotropic"),
        observe={"u": observe.trace(strengths)},
        clock=Clock(end=lambda c: c.horizon, snapshots=lambda c: c.looks),
    ),
    cells=cells,
    tests=[
        Test(
            "deep_linear.seeded_time_stable",
            lambda data, c: measure.mean_and_sd(
                two_rates.crossings(data["u"].values, np.array(c.s), two_rates.times(c))
            ),
            inputs=inputs,
            diverged=0.001,  # the law is the survivors'
        )
    ],
    replicates=32768,
    chunk=1024,
    tiers={
        "standard": {
            "laws": tuple((n, a) for n in ("stable", "differenced stable") for a in (1.8, 1.5, 1.2, 1.0)),
            "eta": 0.01,
            "horizon": 26.0,
            "replicates": 65536,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
