"""Gaussian or Levy: which stochastic equation predicts the mean of SGD for a given pool of residuals, and where?"""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from models.deep_linear import model
from models.deep_linear.scalars import mirrored, residual_pool
from models.deep_linear.scalars.survivors import mean_of_survivors
from theorylab import Ensemble, Protocol, Test, main, noise, vary
from theorylab.lab.protocol import changed
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    pool: str
    scale: float
    n: int
    pools: tuple[tuple[str, float, int], ...] = (  # law, its scale, number of residuals
        ("gaussian", 7.0, 32768),
        ("student:3", 6.0, 32768),
        ("truncated:1.5:40", 3.7, 32768),
        ("tempered:1.5:100", 3.7, 32768),
        ("stable:1.5", 3.7, 2048),
        ("stable:1.5", 3.7, 32768),
        ("student:1.5", 2.5, 32768),
    )
    eta: float = vary(0.001, 0.002, 0.004)
    v: float = 1.0
    tilt: float = 0.0
    burn: float = 6.0
    horizon: float = 20.0
    reach: float = 2.0
    B: int = 1
    noise: str = "minibatch with"
    dtype: str = "float32"


def cells(s):
    """Each pool at each learning rate, smaller pools first: one program for each size."""
    for law, scale, n in s.pools:
        for eta in s.eta:
            own = {"pool": law, "scale": scale, "n": n, "eta": eta}
            slow = max(
                0.0, 1.5 / left(changed(s, **own)) ** 2 - s.burn
            )  # near collapse ln x wanders far before it returns
            yield {**own, "burn": s.burn + slow, "horizon": s.horizon + 3 * slow}


def left(c: Settings):
    """Share of the target that the mean kick leaves."""
    return 1 + np.log(np.abs(1 + c.eta * values(c))).mean() / (c.eta * c.v)


def values(c: Settings):
    """The residuals of a cell."""
    return c.scale * residual_pool.pool(c.pool, c.n)


train = Ensemble[Settings](
    model.pool,
    stream=lambda c: noise.minibatch(c.n, c.B, "with"),
    observe={"mean": observe.mean(mirrored.flow_average), "lost": observe.first(mirrored.thrown)},
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, every=1),
)


def simulate(c: Settings, seed, start, count):
    """One program for all pools of a size: their residuals are numbers to it, not text."""
    numbers = {k: v for k, v in vars(c).items() if k != "pool"}
    cell: Any = SimpleNamespace(**numbers, residuals=values(c))
    return train(cell, seed, start, count)


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test(
            "deep_linear.pool_shift",
            mean_of_survivors,
            inputs=lambda c: {"v": c.v, "eta": c.eta, "residuals": values(c)},
            diverged=0.01,  # two large kicks in a row throw a network out; the law is the survivors'
        )
    ],
    replicates=16384,
    chunk=512,
    tiers={"standard": {"eta": vary(0.0005, 0.001, 0.002, 0.003, 0.004), "chunk": 4096}},
)

if __name__ == "__main__":
    main(__file__)
