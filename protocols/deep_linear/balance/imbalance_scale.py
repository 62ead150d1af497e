"""How far from balance are two layers under label noise, and does fainter noise bring them closer?"""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from models.deep_linear import model
from models.deep_linear.matrices import labels
from models.deep_linear.matrices.network import imbalance, teacher
from models.deep_linear.matrices.noisy_labels import equilibrium, layers
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    eta: float
    noise: str
    alpha: float = vary(1.5)
    strengths: tuple[float, ...] = (0.04, 0.014, 0.005)  # gamma^alpha eta^(alpha-1), stable labels
    faint: tuple[float, ...] = (0.02, 0.007, 0.0025)  # the same, Gaussian labels
    s: tuple[float, ...] = vary((1.5, 1.0))
    inputs: int = 2
    hidden: int = 2
    outputs: int = 2
    B: int = 1
    fine: float = 0.004  # learning rate under stable labels: a network is lost with chance eta^(alpha/2)
    coarse: float = 0.01  # under Gaussian ones
    burn: float = 1.5  # in units of (eta gamma)^-alpha steps
    horizon: float = 4.0
    looks: int = 16
    dtype: str = "float32"


def cells(s):
    """Stable labels of each index; Gaussian and differenced ones."""
    for values in s.s:
        yield from ({"s": values, "alpha": a, "eta": s.fine, "noise": "label stable"} for a in s.alpha)
        for noise in ("label gaussian", "label differenced"):
            yield {"s": values, "alpha": 2.0, "eta": s.coarse, "noise": noise, "strengths": s.faint}


def scales(c: Settings):
    """gamma, one for each strength."""
    return (np.array(c.strengths) * c.eta ** (1 - c.alpha)) ** (1 / c.alpha)


trained = Ensemble[Any](
    model.batches,
    data=teacher,
    init=lambda draw, c: layers(equilibrium(draw, c)),
    batch=labels.batch,
    observe={"log": observe.trace(lambda params, c: jnp.log(imbalance(params, c)))},
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, snapshots=lambda c: c.looks, step=lambda c: c.rate),
)


def simulate(c: Settings, seed, start, count):
    """Logarithms of the imbalance at the looks, a column for each scale of the noise."""
    found, alone = [], {k: v for k, v in vars(c).items() if k != "strengths"}
    for gamma in scales(c).tolist():
        own = {"gamma": gamma, "rate": (c.eta * gamma) ** c.alpha}
        found.append(trained(type(c)(**alone, **own), seed, start, count))
    broken = np.stack([f["diverged"] for f in found], -1)
    return {"log": np.stack([f["log"] for f in found], -1), "diverged": broken.max(-1)}


def exponent(data, c: Settings):
    """Slope of the logarithm of the median imbalance, averaged over the looks, against that of gamma."""
    typical = np.exp(data["log"].values.mean(1))
    return measure.exponent(scales(c), [measure.quantile(column, 0.5) for column in typical.T])


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test(
            "deep_linear.imbalance_exponent",
            exponent,
            diverged=0.6,  # labels throw out three in ten networks of a column in time: the law is the survivors'
        )
    ],
    replicates=3072,
    chunk=256,
    tiers={
        "standard": {
            "alpha": vary(1.8, 1.5, 1.3),
            "strengths": (0.03, 0.01, 0.0035),
            "replicates": 8192,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
