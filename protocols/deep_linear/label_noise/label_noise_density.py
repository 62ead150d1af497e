"""Is the law of the product of two factors under stable label noise the inverse Mellin transform of its moments?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.scalars import flow
from models.deep_linear.scalars.network import labels, thrown
from theorylab import Ensemble, Protocol, Test, main, measure
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    noise: str
    alpha: float
    gamma: float
    rate: float
    B: int
    eta: float
    law: tuple[tuple[float, float, int, float], ...] = (
        (2.0, 0.3, 1, 0.01),
        (1.7, 0.3, 1, 0.005),
        (1.5, 0.25, 4, 0.005),
        (1.4, 0.4, 1, 0.005),
    )
    # each: alpha, the noise's rate S/v, B, eta
    v: float = 1.0
    tilt: float = 0.0
    marks: tuple[float, ...] = tuple(float(x) for x in np.geomspace(0.003, 5.2, 33).round(5))
    judged: tuple[int, ...] = (14, 18, 22, 26, 29)  # of the marks
    burn: float = 6.0
    horizon: float = 18.0
    reach: float = 2.0  # eta*abs(product - v) from where gradient descent does not return


def cells(s):
    for alpha, rate, B, eta in s.law:
        gamma = (rate * s.v * (B / eta) ** (alpha - 1)) ** (1 / alpha)
        own = {"alpha": alpha, "gamma": gamma, "rate": rate, "B": B, "eta": eta}
        yield {"noise": "label gaussian" if alpha == 2 else "label stable", **own}


def shares(data, c: Settings):
    """P(x < X) of the networks that stay within reach of their target to the horizon."""
    return measure.mean(measure.survivors(data["under"].values, data["lost"].values)[:, list(c.judged)])


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.noisy,
        batch=labels,
        observe={"under": observe.mean(flow.under), "lost": observe.first(thrown)},
        clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, every=20),
    ),
    cells=cells,
    tests=[
        Test(
            "deep_linear.label_noise_density",
            shares,
            inputs=lambda c: {
                "v": c.v,
                "eta": c.eta,
                "B": c.B,
                "gamma": c.gamma,
                "alpha": c.alpha,
                "X": [c.marks[i] for i in c.judged],
            },
            diverged=1.0,  # the law is the survivors'
        )
    ],
    replicates=16384,
    chunk=1024,
    tiers={
        "standard": {
            "law": tuple((a, s, B, 0.001) for a, s, B in ((2.0, 0.3, 1), (1.7, 0.3, 1), (1.5, 0.25, 4), (1.4, 0.4, 1))),
            "replicates": 65536,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
