"""What does gradient descent on two balanced factors do beyond the edge of stability?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.scalars.network import product
from models.deep_linear.scalars.starts import equal
from theorylab import Ensemble, Protocol, Test, main, measure
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str
    eta: float
    cycle: tuple[float, ...] = (1.02, 1.05, 1.1, 1.15, 1.2, 1.23)  # eta*v
    chaos: tuple[float, ...] = (1.25, 1.28, 1.3, 1.35, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0)
    noisy: tuple[float, ...] = (1.05, 1.1, 1.15, 1.2)  # under Gaussian noise; the first two under the others too
    v: float = 1.0
    sigma: float = 0.002
    alpha: float = 1.5
    gamma: float = 0.0005
    settle: int = 500
    looks: int = 512
    dtype: str = "float64"


def cells(s):
    """Every learning rate without noise, some on the cycle under each noise."""
    noisy = {"gaussian": s.noisy, "stable": s.noisy[:2], "differenced gaussian": s.noisy[:2]}
    pairs = [("none", edge) for edge in s.cycle + s.chaos] + [(k, edge) for k, row in noisy.items() for edge in row]
    return [{"noise": k, "eta": edge / s.v} for k, edge in pairs]


def on_cycle(c: Settings):
    return c.eta * c.v < 5**0.5 - 1


def in_chaos(c: Settings):
    return c.eta * c.v == 2


def sides(data):
    """Products at the looks, by side of the cycle: (replicate, side, look)."""
    x = data["product"].values
    return np.sort(np.stack([x[:, ::2], x[:, 1::2]], 1), axis=1)


def cycle(data, c: Settings):
    found = np.median(sides(data), -1)
    return measure.mean(found, deterministic=True) if c.noise == "none" else measure.quantile(found, 0.5)


def multiplier(data, c: Settings):
    """Regression of the deviation on the one two steps before, about the ensemble's mean."""
    x = sides(data)
    x = x - x.mean((0, 2), keepdims=True)
    top, bottom = (x[..., 1:] * x[..., :-1]).mean((1, 2)), (x[..., :-1] ** 2).mean((1, 2))
    return measure.ratio(top, bottom)


LEVELS = np.array([0.05, 0.3, 0.7, 1.2, 1.7, 1.95])  # of the product, in units of 1/eta at eta*v = 2

protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.smooth,
        init=equal,
        observe={"product": observe.trace(product)},
        burn=lambda c: c.settle,
        snapshots=lambda c: c.looks,
    ),
    cells=cells,
    tests=[
        Test("deep_linear.edge_cycle", cycle, when=on_cycle, diverged=0.1),
        Test("deep_linear.edge_multiplier", multiplier, when=lambda c: c.noise == "gaussian"),
        Test(
            "deep_linear.edge_reach",
            lambda data, c: measure.quantile(data["product"].values.max(1), 0.5),
            when=lambda c: not on_cycle(c),
        ),
        Test(
            "deep_linear.edge_chaos",
            lambda data, c: measure.mean((data["product"].values[:, :, None] < 2 * LEVELS / c.eta).mean(1)),
            inputs=lambda c: {"eta": c.eta, "x": 2 * LEVELS / c.eta},
            when=in_chaos,
        ),
    ],
    replicates=4096,
    chunk=64,
    tiers={
        "standard": {
            "cycle": tuple(1.01 + 0.02 * i for i in range(12)),
            "chaos": tuple(round(1.24 + 0.01 * i, 2) for i in range(77)),
            "looks": 2048,
            "replicates": 1024,
        },
        "full": {"replicates": 2048},
    },
)

if __name__ == "__main__":
    main(__file__)
