"""Does label noise make a diagonal linear network forget its start, and does heavier noise do the opposite?"""

import itertools
from dataclasses import dataclass

import numpy as np

from models.diagonal_linear import model
from models.diagonal_linear.model import log_memory, sampled, thrown
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    y: tuple[float, ...]
    noise: str
    alpha: float = vary(2.0, 1.8, 1.5, 1.2, 1.0, 0.8)
    X: tuple[tuple[float, ...], ...] = vary(((1.0, -0.4, 0.7), (-0.5, 0.8, 1.0)))
    beta: tuple[float, ...] = vary((0.5, -0.3, 0.1))  # the interpolator from which it starts
    start: float = 0.3
    eta: float = 0.004
    gamma: float = 4.0
    reach: float = 0.2
    steps: int = 128
    dtype: str = "float64"  # the change of a logarithm


def cells(s):
    """One stability index each; labels without noise are those of beta."""
    for X, beta, alpha in itertools.product(s.X, s.beta, s.alpha):
        task = {"X": X, "beta": beta, "y": tuple((np.array(X) @ np.array(beta)).tolist())}
        yield {**task, "alpha": alpha, "noise": "label gaussian" if alpha == 2 else "label stable"}


def rate(data, c: Settings):
    """All change over all steps: a network that is thrown out stops with that step, which is counted (Wald)."""
    change = data["after"].values - np.log(c.start)
    steps = np.where(data["thrown"].values < 0, c.steps, data["thrown"].values)[:, None]
    return measure.ratio(change, steps)


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.within_reach,
        batch=sampled,
        observe={"after": observe.final(log_memory), "thrown": observe.first(thrown)},
        every=lambda c: c.steps,
    ),
    cells=cells,
    tests=[
        Test(
            "diagonal_linear.memory_rate",
            rate,
            inputs=lambda c: {"eta": c.eta, "gamma": c.gamma, "alpha": c.alpha, "X": np.array(c.X)},
        )
    ],
    replicates=65536,
    chunk=8192,
    tiers={"standard": {"alpha": vary(2.0, 1.9, 1.8, 1.5, 1.3, 1.2, 1.1, 1.0, 0.9, 0.8, 0.7), "replicates": 262144}},
)

if __name__ == "__main__":
    main(__file__)
