"""When does heavy-tailed gradient noise take a two-layer network off the saddle at zero, mode by mode?"""

from dataclasses import dataclass

import numpy as np
import optax

from models.deep_linear.matrices import two_rates
from models.deep_linear.matrices.network import generic, loss, strengths, teacher
from theorylab import Ensemble, Protocol, Test, main, measure, noise
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: tuple = (("stable", 1.5), ("stable", 1.0), ("differenced stable", 1.5))  # with the stability index
    throws: float = 5e-6  # gamma^alpha: in proportion noise throws networks out
    eta: float = 0.02
    s: tuple = ((3.0, 1.2),)
    hidden: int = 3
    spread: float = 0.0  # of the weights at the start
    horizon: float = 22.0
    looks: int = 100
    inputs: int = 2
    outputs: int = 2
    depth: int = 2
    replicates: int = 32768
    chunk: int = 1024


def inputs(c):
    colour = "differenced" if c.noise.startswith("differenced") else "white"
    own = {"eta": c.eta, "gamma": c.gamma, "alpha": c.alpha, "h": c.hidden, "colour": colour}
    return {"s": list(c.s), "index": list(range(1, 1 + len(c.s))), **own}


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=Ensemble(
        loss=loss,
        data=teacher,
        init=generic,
        noise=lambda c: noise.named(c, "isotropic"),
        rule=lambda c: optax.sgd(c.eta),
        observe={"u": observe.trace(strengths)},
        every=two_rates.every,
        records=lambda c: c.looks,
    ),
    cells=lambda s: [{"noise": kind, "alpha": a, "gamma": s.throws ** (1 / a), "s": s.s[0]} for kind, a in s.noise],
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
    tiers={
        "standard": {
            "noise": tuple((n, a) for n in ("stable", "differenced stable") for a in (1.8, 1.5, 1.2, 1.0)),
            "eta": 0.01,
            "horizon": 26.0,
            "replicates": 65536,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
