"""Gaussian or Levy: which stochastic equation predicts the mean of SGD for a given pool of residuals, and where?"""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import optax

from models.deep_linear.scalars import mirrored, residual_pool
from models.deep_linear.scalars.survivors import mean_of_survivors
from theorylab import Ensemble, Protocol, Test, main, noise
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    pool: tuple = (  # law, its scale, number of residuals
        ("gaussian", 7.0, 32768),
        ("student:3", 6.0, 32768),
        ("truncated:1.5:40", 3.7, 32768),
        ("tempered:1.5:100", 3.7, 32768),
        ("stable:1.5", 3.7, 2048),
        ("stable:1.5", 3.7, 32768),
        ("student:1.5", 2.5, 32768),
    )
    eta: tuple = (0.001, 0.002, 0.004)
    v: float = 1.0
    tilt: float = 0.0
    burn: float = 6.0
    horizon: float = 20.0
    reach: float = 2.0
    B: int = 1
    noise: str = "minibatch with"
    dtype: str = "float32"
    replicates: int = 16384
    chunk: int = 512


def cells(s):
    """Each pool at each learning rate, smaller pools first: one program for each size."""
    for law, scale, n in s.pool:
        for eta in s.eta:
            c = SimpleNamespace(pool=law, scale=scale, n=n, eta=eta)
            slow = max(0.0, 1.5 / left(c, s.v) ** 2 - s.burn)  # near collapse ln x wanders far before it returns
            yield {**vars(c), "burn": s.burn + slow, "horizon": s.horizon + 3 * slow}


def left(c, v):
    """Share of the target that the mean kick leaves."""
    return 1 + np.log(np.abs(1 + c.eta * values(c))).mean() / (c.eta * v)


def values(c):
    """The residuals of a cell."""
    return c.scale * residual_pool.pool(c.pool, c.n)


train = Ensemble(
    loss=mirrored.loss,
    init=mirrored.mirrored,
    stream=lambda c: noise.minibatch(c.n, c.B, "with"),
    rule=lambda c: optax.sgd(c.eta),
    observe={"mean": observe.mean(mirrored.flow_average), "lost": observe.first(mirrored.thrown)},
    burn=lambda c: round(c.burn / c.eta),
    every=1,
    records=lambda c: round((c.horizon - c.burn) / c.eta),
)


def simulate(c, seed, start, count):
    """One program for all pools of a size: their residuals are numbers to it, not text."""
    numbers = {k: v for k, v in vars(c).items() if k != "pool"}
    return train(SimpleNamespace(**numbers, residuals=values(c)), seed, start, count)


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=simulate,
    cells=lambda s: list(cells(s)),
    tests=[
        Test(
            "deep_linear.pool_shift",
            mean_of_survivors,
            inputs=lambda c: {"v": c.v, "eta": c.eta, "residuals": values(c)},
            diverged=0.01,  # two large kicks in a row throw a network out; the law is the survivors'
        )
    ],
    tiers={"standard": {"eta": (0.0005, 0.001, 0.002, 0.003, 0.004), "chunk": 4096}},
)

if __name__ == "__main__":
    main(__file__)
