"""By what does one step of SGD on noisy labels multiply the imbalance of two factors, small steps or large?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.matrices import labels
from models.deep_linear.scalars import network
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str = vary("label gaussian", "label stable", "label differenced")
    eta: float = vary(0.01, 0.2)
    alpha: float = 1.5
    gamma: float = 0.2
    v: float = 1.0
    B: int = 1
    tilt: float = 0.5
    burn: int = 50
    looks: int = 17  # consecutive steps, at the end
    reach: float = 0.9
    dtype: str = "float64"


def coefficients(data, c: Settings):
    """Those of 1, g and g^2 in the ratio of consecutive imbalances; g from the step that the first factor took."""
    u, w = (data[name].values for name in "uw")
    kept = np.abs(u * w - c.v).max(1) * c.eta < c.reach  # a factor thrown far out leaves no digits of the imbalance
    u, w = u[kept], w[kept]
    ratio = (u[:, 1:] ** 2 - w[:, 1:] ** 2) / (u[:, :-1] ** 2 - w[:, :-1] ** 2)
    g = (u[:, :-1] - u[:, 1:]) / (c.eta * w[:, :-1])
    return measure.quantile(labels.fitted(ratio, np.stack([g**0, g, g**2], -1)), 0.5)


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.within_reach,
        batch=network.labels,
        observe={name: observe.trace(lambda params, c, name=name: params[name]) for name in "uw"},
        burn=lambda c: c.burn,
        snapshots=lambda c: c.looks,
    ),
    tests=[Test("deep_linear.balance_product", coefficients)],
    replicates=256,
    chunk=128,
    tiers={"standard": {"eta": vary(0.003, 0.01, 0.03, 0.1, 0.3, 0.5)}},
)

if __name__ == "__main__":
    main(__file__)
