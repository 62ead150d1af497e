"""At which learning rate does the minimum of two factors lose its stability, for any imbalance?"""

import math
from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.scalars.network import product
from models.deep_linear.scalars.starts import displaced
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    eta: float
    noise: str = vary("none", "gaussian")
    tilt: float = vary(0.0, 0.3, 0.6)  # half the logarithm of the factors' ratio
    edge: float = vary(0.4, 0.8, 0.95, 1.1)  # learning rate, in units of 2/(u^2 + w^2)
    v: float = 1.0
    away: float = 1e-6
    sigma: float = 1e-5
    settle: int = 200
    looks: int = 256
    dtype: str = "float64"


def cells(s):
    """Every learning rate without noise, the stable ones with it."""
    triples = [(k, t, e) for k in s.noise for t in s.tilt for e in s.edge if k == "none" or e < 1]
    eta = lambda tilt, edge: edge / (s.v * math.cosh(2 * tilt))
    return [{"noise": k, "tilt": t, "edge": e, "eta": eta(t, e)} for k, t, e in triples]


def factor(data, c: Settings):
    """The second deviation by the first; under noise, the regression of each on the one before."""
    x = data["product"].values - c.v
    if c.noise == "none":
        return measure.quantile(x[:, 1] / x[:, 0], 0.5)
    top, bottom = (x[:, 1:] * x[:, :-1]).mean(1), (x[:, :-1] ** 2).mean(1)
    return measure.ratio(top, bottom)


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.smooth,
        init=displaced,
        observe={"product": observe.trace(product)},
        burn=lambda c: 0 if c.noise == "none" else c.settle,
        snapshots=lambda c: 2 if c.noise == "none" else c.looks,
    ),
    cells=cells,
    tests=[
        Test(
            "deep_linear.edge_rate",
            factor,
            inputs=lambda c: {"eta": c.eta, "v": c.v, "gap": 2 * c.v * math.sinh(2 * c.tilt)},
        )
    ],
    replicates=4096,
    chunk=64,
    tiers={"standard": {"tilt": vary(0.0, 0.2, 0.4, 0.6, 0.8), "edge": vary(0.2, 0.4, 0.6, 0.8, 0.95, 1.1, 1.3)}},
)

if __name__ == "__main__":
    main(__file__)
