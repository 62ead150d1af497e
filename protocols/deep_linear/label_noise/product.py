"""Which law does the product of two factors follow under Gaussian label noise, from cold to the point of collapse?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.deep_linear import model
from models.deep_linear.scalars.network import product
from models.deep_linear.scalars.random_inputs import examples
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    sigma: float
    noise: str = "label gaussian"
    heat: float = vary(0.1, 0.3, 0.6, 1.0)  # eta*sigma^2/(B*v), with collapse at 2: sets sigma
    B: int = vary(1, 4)
    eta: float = 0.004
    v: float = 1.0
    depth: int = 2
    inputs: Literal["ones", "gaussian"] = "ones"
    level: tuple[float, ...] = (0.1, 0.3, 0.5, 0.7, 0.9)
    window: float = 8.0


def cells(s):
    """Each temperature with one label a step, the second also with batches."""
    for B in s.B:
        for heat in s.heat if B == 1 else s.heat[1:2]:
            yield {"heat": heat, "B": B, "sigma": (heat * s.v * B / s.eta) ** 0.5}


def burn(c: Settings):
    """Steps of five relaxation times: the spectral gap is at most (2 - heat)^2 v/(8 heat), and closes at collapse."""
    gap = min(2.0, (2 - c.heat) ** 2 / (8 * c.heat))
    return round(5 / (gap * c.v * c.eta))


def square(params, c: Settings):
    return product(params, c) ** 2


simulate = Ensemble[Settings](
    model.on_random_inputs,
    batch=examples,
    observe={"mean": observe.mean(product), "square": observe.mean(square), "last": observe.final(product)},
    burn=burn,
    snapshots=200,
    every=lambda c: round(c.window / c.eta / 200),
)


def moments(data, c: Settings):
    """Mean and variance, from averages over time in each network."""
    return measure.joint(measure.mean(data["mean"]), measure.variance_about_all(data["mean"], data["square"]))


def inputs(c: Settings):
    return {"v": c.v, "eta": c.eta, "B": c.B, "sigma": c.sigma}


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test("deep_linear.product_law", moments, inputs=inputs),
        Test(
            "deep_linear.product_quantile",
            lambda data, c: measure.quantile(data["last"].values, c.level),
            inputs=lambda c: {**inputs(c), "level": np.array(c.level)},
        ),
    ],
    replicates=16384,
    chunk=2048,
    tiers={
        "standard": {
            "heat": vary(0.05, 0.1, 0.2, 0.3, 0.6, 1.0, 1.3),
            "eta": 0.001,
            "B": vary(1, 4, 16),
            "replicates": 65536,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
