"""Does a linear model, trained by stochastic gradient descent, keep m features and lose the variance of the others?"""

from dataclasses import dataclass

import optax

from models.superposition import model
from models.superposition.model import independent, linear_loss
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    n: int
    m: int
    shape: tuple[tuple[int, int], ...] = ((5, 2), (6, 3))  # features, hidden dimensions
    density: float = vary(0.1, 0.5, 1.0)
    batch: int = 16
    eta: float = 0.05
    spread: float = 0.5
    steps: int = 6000
    noise: str = "minibatch with"


simulate = Ensemble[Settings](
    model.sampled_linear,
    batch=independent,
    rule=lambda c: optax.sgd(optax.cosine_decay_schedule(c.eta, c.steps)),
    burn=lambda c: c.steps,
    snapshots=0,
    observe={"loss": observe.final(linear_loss)},
    block=32,
)
protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=lambda s: [{"n": n, "m": m, "density": density} for n, m in s.shape for density in s.density],
    tests=[Test("superposition.linear_loss", lambda data, c: measure.mean(data["loss"]))],
    pictures=[
        Picture(
            "superposition.linear_loss",
            x="density",
            split=("n", "m"),
            title="linear model, sampled batches",
            x_label="density: probability that a feature is active",
            y_label="loss",
        )
    ],
    replicates=2048,
    chunk=256,
    tiers={
        "standard": {"shape": ((5, 2), (6, 3), (8, 2)), "density": vary(0.03, 0.1, 0.3, 0.5, 1.0), "replicates": 8192}
    },
)

if __name__ == "__main__":
    main(__file__)
