"""Does a linear model, trained by stochastic gradient descent, keep m features and lose the variance of the others?"""

from dataclasses import dataclass

import optax

from models.superposition.model import independent, init, linear_loss, sampled_linear_loss
from theorylab import Ensemble, Picture, Protocol, Test, main, measure
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    shape: tuple = ((5, 2), (6, 3))  # features, hidden dimensions
    density: tuple = (0.1, 0.5, 1.0)
    batch: int = 16
    eta: float = 0.05
    spread: float = 0.5
    steps: int = 6000
    noise: str = "minibatch with"
    replicates: int = 2048
    chunk: int = 256


simulate = Ensemble(
    loss=sampled_linear_loss,
    init=init,
    batch=independent,
    rule=lambda c: optax.sgd(optax.cosine_decay_schedule(c.eta, c.steps)),
    burn=lambda c: c.steps,
    records=0,
    observe={"loss": observe.final(linear_loss)},
    block=32,
)
protocol = Protocol(
    question=__doc__,
    settings=Settings(),
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
    tiers={"standard": {"shape": ((5, 2), (6, 3), (8, 2)), "density": (0.03, 0.1, 0.3, 0.5, 1.0), "replicates": 8192}},
)

if __name__ == "__main__":
    main(__file__)
