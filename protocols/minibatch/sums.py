"""How Gaussian is the noise of a batch, and how does it add up over steps?"""

from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from models.minibatch.model import batch_gradients, gradients
from theorylab import Picture, Protocol, Test, main, measure, random, vary


@dataclass(frozen=True)
class Settings:
    B: int = vary(2, 8)
    n: int = 240
    steps: int = 32
    eta: float = 0.1
    noise: str = "minibatch with"


@cache
def coordinate(n):
    """The coordinate of the gradient whose examples have the largest variance, centred."""
    g = gradients(n)
    e = g[:, [g.var(0).argmax()]]
    return e - e.mean(0)


@cache
def program(n, B, steps):
    e = coordinate(n)
    size = np.sqrt(e.var() / B)
    powers = jax.jit(
        lambda seed, ids: batch_gradients(
            e, B, "with", steps, seed, ids, lambda x: jnp.stack([x[0], (x[0] / size) ** 4])
        )
    )
    return lambda seed, ids: np.asarray(powers(random.seed_words(seed), ids))


def simulate(c: Settings, seed, start, count):
    mean, fourth = program(c.n, c.B, c.steps)(seed, start + np.arange(count, dtype=np.uint32)).T
    return {"square": (c.eta * c.steps * mean) ** 2, "kurtosis": fourth - 3}


def shape(c: Settings):
    e = coordinate(c.n)
    return {"B": c.B, "kappa4": float((e**4).mean() / e.var() ** 2 - 3)}


def total(c: Settings):
    return {"eta": c.eta, "t": c.eta * c.steps, "B": c.B, "v": float(coordinate(c.n).var())}


protocol = Protocol(
    Settings,
    simulate=simulate,
    untrained="batches of given gradients at a fixed parameter",
    tests=[
        *(
            Test(f"minibatch.{name}", lambda data, c: measure.mean(data["kurtosis"]), inputs=shape)
            for name in ("kurtosis", "note_18")
        ),
        *(
            Test(f"minibatch.{name}", lambda data, c: measure.mean(data["square"]), inputs=total)
            for name in ("accumulated_variance", "note_19")
        ),
    ],
    pictures=[
        Picture("minibatch.kurtosis", x="B", log="xy", title="how Gaussian", y_label="excess kurtosis"),
        Picture(
            "minibatch.accumulated_variance",
            x="B",
            log="xy",
            title="how it adds up",
            y_label="variance of the sum",
        ),
    ],
    replicates=262144,
    chunk=16384,
    tiers={"standard": {"B": vary(2, 4, 8, 16)}},
)

if __name__ == "__main__":
    main(__file__)
