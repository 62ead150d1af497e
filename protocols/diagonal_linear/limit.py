"""Which interpolator does gradient descent on a diagonal linear network find, depending on the size of its start?"""

from dataclasses import dataclass

import numpy as np
import optax

from models.diagonal_linear import model
from models.diagonal_linear.model import strength
from theorylab import Ensemble, Protocol, Test, main, measure, noise, vary
from theorylab.train import observe

DATA = ((2.0, -2.6, 0.4, -0.6, -0.5, -0.2), (-2.0, -0.2, -0.9, 3.3, 0.2, -0.4), (-0.3, -0.7, -1.1, -0.4, 0.5, -0.2))


@dataclass(frozen=True)
class Settings:
    noise: str = vary("none", "minibatch with")
    alpha: float = vary(0.01, 0.03, 0.1, 0.3, 1.0)
    X: tuple[tuple[float, ...], ...] = vary(DATA)
    y: tuple[float, ...] = vary((1.0, -0.2, 0.7))
    rate: float = 0.01  # learning rate at a small start; a large one is sharper
    fine: float = 0.25  # of it, for single samples
    horizon: float = 240.0
    B: int = 1
    dtype: str = "float64"


def eta(c: Settings):
    return c.rate / (1 + 4 * c.alpha**2) * (1.0 if c.noise == "none" else c.fine)


def steps(c: Settings):
    """The largest start moves fastest."""
    return round(c.horizon / (1 + 4 * c.alpha**2) / eta(c))


common = {
    "rule": lambda c: optax.sgd(eta(c)),
    "observe": {"beta": observe.final(strength)},
    "every": steps,
}
descent = Ensemble[Settings](model.full, **common)
sgd = Ensemble[Settings](model.batches, stream=lambda c: noise.minibatch(3, c.B, "with"), **common)


def simulate(c: Settings, seed, start, count):
    """Gradient descent on all samples, or SGD on single ones."""
    return (descent if c.noise == "none" else sgd)(c, seed, start, count)


protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[
        Test(
            "diagonal_linear.limit",
            lambda data, c: measure.mean(data["beta"].values, deterministic=c.noise == "none"),
            inputs=lambda c: {"X": np.array(c.X), "y": np.array(c.y), "alpha": c.alpha},
        )
    ],
    replicates=1024,
    chunk=64,
    tiers={"standard": {"alpha": vary(0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)}},
)

if __name__ == "__main__":
    main(__file__)
