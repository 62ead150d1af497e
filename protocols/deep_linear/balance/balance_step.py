"""What does one step of SGD on noisy labels change about the imbalance of adjacent layers?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.matrices import labels
from models.deep_linear.matrices.network import teacher
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str = vary("label gaussian", "label stable", "label differenced")
    eta: float = vary(0.01, 0.04)
    depth: int = 3
    inputs: int = 3
    hidden: int = 4
    outputs: int = 2
    s: tuple[float, ...] = vary((2.0, 1.0))
    spread: float = 0.3
    sigma: float = 0.5
    alpha: float = 1.5
    gamma: float = 0.05
    B: int = 2
    burn: int = 40
    looks: int = 9  # consecutive steps, at the end
    dtype: str = "float64"


def weight(name):
    return observe.trace(lambda params, c: params[name])


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.batches,
        data=teacher,
        batch=labels.batch,
        observe={f"W{i}": weight(f"W{i}") for i in (1, 2, 3)},
        burn=lambda c: c.burn,
        snapshots=lambda c: c.looks,
    ),
    tests=[
        Test(
            "deep_linear.balance_step",
            lambda data, c: measure.quantile(labels.fitted(*labels.steps(data, c)), 0.5),
        )
    ],
    replicates=128,
    chunk=64,
    tiers={"standard": {"eta": vary(0.003, 0.01, 0.02, 0.04)}},
)

if __name__ == "__main__":
    main(__file__)
