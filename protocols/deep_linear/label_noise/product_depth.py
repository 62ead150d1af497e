"""Which law does the product of two or more factors follow under noisy labels of random inputs?"""

from dataclasses import dataclass

import jax.numpy as jnp
import optax

from models.deep_linear.scalars.network import product
from models.deep_linear.scalars.random_inputs import balanced, examples, loss, spreads
from theorylab import Ensemble, Protocol, Test, main, measure
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str = "label gaussian"
    depth: tuple = (2, 3, 4)
    heat: tuple = (0.1, 0.2)  # eta*sigma^2/(B*v): sets sigma
    eta: float = 0.003
    v: float = 1.0
    B: int = 1
    inputs: str = "gaussian"
    burn: float = 4.0
    window: float = 4.0
    reach: float = 1000.0  # a product this large does not return
    replicates: int = 16384
    chunk: int = 2048


def cells(s):
    return [{"depth": d, "heat": h, "sigma": (h * s.v * s.B / s.eta) ** 0.5} for d in s.depth for h in s.heat]


def thrown(params, c):
    return ~(jnp.abs(product(params, c)) < c.reach)


simulate = Ensemble(
    loss=loss,
    init=balanced,
    batch=examples,
    rule=lambda c: optax.sgd(c.eta),
    observe={"mean": observe.mean(product), "last": observe.final(product), "lost": observe.first(thrown)},
    burn=lambda c: round(c.burn / c.eta),
    records=100,
    every=lambda c: round(c.window / c.eta / 100),
)


def survivors(data, c):
    """Mean over time and networks, and quantiles at the end, of the networks within reach to the horizon."""
    mean, last = (measure.survivors(data[name].values, data["lost"].values) for name in ("mean", "last"))
    return measure.joint(measure.mean(mean), measure.quantile(last, (0.1, 0.5, 0.9)))


def inputs(c):
    own = {"depth": c.depth, "v": c.v, "eta": c.eta, "B": c.B, "sigma": c.sigma}
    return {**own, "spread": spreads[c.inputs]}


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=simulate,
    cells=cells,
    tests=[Test("deep_linear.product_density", survivors, inputs=inputs, diverged=1.0)],  # the law is the survivors'
    tiers={"standard": {"heat": (0.05, 0.1, 0.2, 0.3), "eta": 0.001, "replicates": 65536}},
)

if __name__ == "__main__":
    main(__file__)
