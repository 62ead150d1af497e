"""When does gradient noise take a two-layer network off the saddle at zero, and does the colour of the noise matter?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.matrices import two_rates
from models.deep_linear.matrices.network import generic, strengths, teacher
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    noise: str = vary("gaussian", "differenced gaussian")
    eta: float = vary(0.005, 0.01)
    sigma: float = 0.03
    s: tuple[float, ...] = vary((3.0, 1.2))
    hidden: int = 3
    spread: float = 0.0  # of the weights at the start
    horizon: float = 18.0
    looks: int = 100
    inputs: int = 2
    outputs: int = 2
    depth: int = 2


def cells(settings):
    """Both colours at the largest learning rate, the differenced one at all."""
    for name in settings.noise:
        for eta in settings.eta if name.startswith("differenced") else (max(settings.eta),):
            yield from ({"noise": name, "eta": eta, "s": s} for s in settings.s)


def inputs(c: Settings):
    colour = "differenced" if c.noise.startswith("differenced") else "white"
    order = list(range(1, 1 + len(c.s)))
    return {"s": list(c.s), "eta": c.eta, "sigma": c.sigma, "h": c.hidden, "index": order, "colour": colour}


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.taught,
        data=teacher,
        init=generic,
        observe={"u": observe.trace(strengths)},
        clock=Clock(end=lambda c: c.horizon, snapshots=lambda c: c.looks),
    ),
    cells=cells,
    tests=[
        Test(
            "deep_linear.seeded_time",
            lambda data, c: measure.mean_and_sd(
                two_rates.crossings(data["u"].values, np.array(c.s), two_rates.times(c))
            ),
            inputs=inputs,
        )
    ],
    replicates=32768,
    chunk=512,
    tiers={"standard": {"eta": vary(0.0025, 0.005, 0.01, 0.02), "horizon": 20.0, "replicates": 65536}},
)

if __name__ == "__main__":
    main(__file__)
