"""How far does SGD spread when examples are shuffled once per epoch, so that the noise of an epoch adds up to zero?"""

from dataclasses import dataclass

import jax.numpy as jnp

from models.quadratic.model import examples, relaxed, spaced
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, noise, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    M: int = vary(4, 16)
    eta: float = vary(0.05, 0.5)
    lam: float = 1.0
    sigma: float = 0.5
    noise: str = "minibatch shuffled"


def residuals(draw, c: Settings):
    """M examples with mean 0 and variance sigma^2 exactly: the noise of one batch."""
    e = draw.normal((c.M,))
    e = e - e.mean(0)
    return c.sigma * e / jnp.sqrt((e**2).mean(0))


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        examples,
        data=residuals,
        stream=lambda c: noise.minibatch(c.M, 1, "shuffled"),
        observe={"square": observe.mean(lambda p, c: p["theta"] ** 2)},
        burn=lambda c: c.M * -(-relaxed(c) // c.M),  # looks fall on starts of epochs
        every=lambda c: c.M * -(-spaced(c) // c.M),
        snapshots=64,
    ),
    tests=[Test("quadratic.shuffled_variance", lambda data, c: measure.mean(data["square"]))],
    pictures=[
        Picture(
            "quadratic.shuffled_variance",
            x="eta",
            split="M",
            log="xy",
            title="shuffled by epoch of M batches",
            y_label="epoch-start variance",
        )
    ],
    replicates=65536,
    chunk=4096,
    tiers={"standard": {"M": vary(2, 4, 16, 64), "eta": vary(0.01, 0.05, 0.5, 1.5)}},
)

if __name__ == "__main__":
    main(__file__)
