"""Which law does the product of two or more factors follow under noisy labels of random inputs?"""

from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp

from models.deep_linear import model
from models.deep_linear.scalars.network import product
from models.deep_linear.scalars.random_inputs import examples, spreads
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    sigma: float
    noise: str = "label gaussian"
    depth: int = vary(2, 3, 4)
    heat: float = vary(0.1, 0.2)  # eta*sigma^2/(B*v): sets sigma
    eta: float = 0.003
    v: float = 1.0
    B: int = 1
    inputs: Literal["ones", "gaussian"] = "gaussian"
    burn: float = 4.0
    window: float = 4.0
    reach: float = 1000.0  # a product this large does not return


def cells(s):
    return [{"depth": d, "heat": h, "sigma": (h * s.v * s.B / s.eta) ** 0.5} for d in s.depth for h in s.heat]


def thrown(params, c: Settings):
    return ~(jnp.abs(product(params, c)) < c.reach)


simulate = Ensemble[Settings](
    model.on_random_inputs,
    batch=examples,
    observe={"mean": observe.mean(product), "last": observe.final(product), "lost": observe.first(thrown)},
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.burn + c.window, snapshots=100),
)


def survivors(data, c: Settings):
    """Mean over time and networks, and quantiles at the end, of the networks within reach to the horizon."""
    mean, last = (measure.survivors(data[name].values, data["lost"].values) for name in ("mean", "last"))
    return measure.joint(measure.mean(mean), measure.quantile(last, (0.1, 0.5, 0.9)))


def inputs(c: Settings):
    own = {"depth": c.depth, "v": c.v, "eta": c.eta, "B": c.B, "sigma": c.sigma}
    return {**own, "spread": spreads[c.inputs]}


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[Test("deep_linear.product_density", survivors, inputs=inputs, diverged=1.0)],  # the law is the survivors'
    replicates=16384,
    chunk=2048,
    tiers={"standard": {"heat": vary(0.05, 0.1, 0.2, 0.3), "eta": 0.001, "replicates": 65536}},
)

if __name__ == "__main__":
    main(__file__)
