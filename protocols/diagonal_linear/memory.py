"""Does label noise make a diagonal linear network forget its start, and does heavier noise do the opposite?"""

from dataclasses import dataclass

import numpy as np
import optax

from models.diagonal_linear.model import fitted, log_memory, sample_loss, sampled, thrown
from theorylab import Ensemble, Protocol, Test, main, measure
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    alpha: tuple = (2.0, 1.8, 1.5, 1.2, 1.0, 0.8)
    X: tuple = (((1.0, -0.4, 0.7), (-0.5, 0.8, 1.0)),)
    beta: tuple = ((0.5, -0.3, 0.1),)  # the interpolator from which it starts
    start: float = 0.3
    eta: float = 0.004
    gamma: float = 4.0
    reach: float = 0.2
    steps: int = 128
    dtype: str = "float64"  # the change of a logarithm
    replicates: int = 65536
    chunk: int = 8192


def cells(s):
    """One stability index each; labels without noise are those of beta."""
    data, beta = np.array(s.X[0]), np.array(s.beta[0])
    task = {"X": s.X[0], "beta": s.beta[0], "y": tuple((data @ beta).tolist())}
    return [{**task, "alpha": a, "noise": "label gaussian" if a == 2 else "label stable"} for a in s.alpha]


def rate(data, c):
    """All change over all steps: a network that is thrown out stops with that step, which is counted (Wald)."""
    change = data["after"].values - np.log(c.start)
    steps = np.where(data["thrown"].values < 0, c.steps, data["thrown"].values)[:, None]
    return measure.ratio(change, steps)


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=Ensemble(
        loss=sample_loss,
        init=fitted,
        batch=sampled,
        rule=lambda c: optax.sgd(c.eta),
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
    tiers={"standard": {"alpha": (2.0, 1.9, 1.8, 1.5, 1.3, 1.2, 1.1, 1.0, 0.9, 0.8, 0.7), "replicates": 262144}},
)

if __name__ == "__main__":
    main(__file__)
