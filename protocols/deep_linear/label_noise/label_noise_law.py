"""What law does the product of two factors follow under stable label noise: its moments, its left and right edges?"""

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
    eta: float
    is_hot: bool
    law: tuple[tuple[float, float, float], ...] = (  # alpha, the noise's rate S/v, eta
        (2.0, 0.3, 0.004),
        (1.7, 0.3, 0.001),
        (1.5, 0.25, 0.0005),
    )
    hot: tuple[tuple[float, float, float], ...] = ((1.5, 0.6, 0.002),)  # near collapse, for the left edge
    v: float = 1.0
    B: int = 1
    tilt: float = 0.0
    z: tuple[float, ...] = (-0.1, 0.1, 0.2)
    near: tuple[float, ...] = (  # the left edge is judged between the first and the fourth
        0.00001,
        0.0001,
        0.001,
        0.01,
        0.1,
    )
    far: tuple[float, ...] = (5.0, 10.0, 20.0, 40.0)  # the right tail is judged at the third
    burn: float = 6.0
    burn_hot: float = 24.0
    window: float = 8.0
    reach: float = 2.0  # eta*abs(product - v) from where gradient descent does not return


def cells(s):
    for hot, rows in ((False, s.law), (True, s.hot)):
        for alpha, rate, eta in rows:
            law = "gaussian" if alpha == 2 else "stable"
            gamma = (rate * s.v / eta ** (alpha - 1)) ** (1 / alpha)
            own = {"alpha": alpha, "gamma": gamma, "rate": rate, "eta": eta, "is_hot": hot}
            yield {"noise": f"label {law}", **own}


def start(c: Settings):
    """Time of burn-in: near collapse the law is slow."""
    return c.burn_hot if c.is_hot else c.burn


simulate = Ensemble[Settings](
    model.noisy,
    batch=labels,
    observe={
        "powers": observe.mean(flow.powers),
        "half": observe.mean(flow.half_index),
        "above": observe.mean(flow.above),
        "below": observe.mean(flow.below),
        "lost": observe.first(thrown),
    },
    clock=Clock(burn=start, end=lambda c: start(c) + (1 + c.is_hot) * c.window, snapshots=1000),
)


def kept(data, c: Settings, name):
    """Values of the networks that stay within reach of their target to the horizon."""
    return measure.survivors(data[name].values, data["lost"].values)


def ratios(data, c: Settings):
    found = kept(data, c, "powers")
    return measure.ratio(found[:, 1], found[:, 0])


def tail(data, c: Settings):
    return measure.ratio(kept(data, c, "above")[:, 2] * c.far[2] ** (1 + c.alpha / 2), kept(data, c, "half"))


def edge(data, c: Settings):
    return measure.log_slope(kept(data, c, "below")[:, [0, 3]], (c.near[0], c.near[3]))


def inputs(c: Settings):
    return {"v": c.v, "eta": c.eta, "B": c.B, "gamma": c.gamma, "alpha": c.alpha}


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test(
            "deep_linear.label_noise_moment",
            ratios,
            inputs=lambda c: {**inputs(c), "z": np.array(c.z)},
            when=lambda c: not c.is_hot,
            diverged=1.0,  # the law is the survivors'
        ),
        Test(
            "deep_linear.label_noise_edge",
            edge,
            inputs=inputs,
            when=lambda c: c.is_hot,
            diverged=1.0,
        ),
        Test(
            "deep_linear.label_noise_tail",
            tail,
            inputs=inputs,
            when=lambda c: c.alpha < 2 and not c.is_hot,
            diverged=1.0,
        ),
    ],
    replicates=16384,
    chunk=2048,
    tiers={
        "standard": {
            "law": ((2.0, 0.3, 0.001), (1.7, 0.3, 0.0005), (1.5, 0.25, 0.00025), (1.4, 0.25, 0.00025)),
            "hot": ((1.5, 0.6, 0.001), (1.8, 0.6, 0.001)),
            "replicates": 65536,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
