"""What is the gradient noise scale of real data, and is gradient diversity anything but the same number?"""

from dataclasses import dataclass
from functools import cache

import jax
import numpy as np

from models.minibatch.model import batch_gradients, gradients
from theorylab import Picture, Protocol, Test, main, measure, random, vary


@dataclass(frozen=True)
class Settings:
    n: int = vary(120, 480)
    small: int = 4
    large: int = 40
    noise: str = "minibatch with"


@cache
def program(n, B):
    g = gradients(n, trained=1)
    mean = g.mean(0)
    norm = jax.jit(lambda seed, ids: batch_gradients(g, B, "with", 16, seed, ids, lambda e: ((e + mean) ** 2).sum()))
    return lambda seed, ids: np.asarray(norm(random.seed_words(seed), ids))


def simulate(c: Settings, seed, start, count):
    ids = start + np.arange(count, dtype=np.uint32)
    sizes = {"single": 1, "small": c.small, "large": c.large}
    return {name: program(c.n, B)((seed + B * 2**40) % 2**64, ids) for name, B in sizes.items()}


def two_batches(data, c: Settings):
    """Noise scale from squared norms at two batch sizes, and diversity from single examples; numerators first."""
    small, large, single = (data[k].values.astype(float) for k in ("small", "large", "single"))
    signal = (c.large * large - c.small * small) / (c.large - c.small)
    spread = (small - large) / (1 / c.small - 1 / c.large)
    return measure.ratio(np.stack([spread, single], 1), signal[:, None])


def inputs(c: Settings):
    g = gradients(c.n, trained=1)
    return {"Sigma": np.cov(g.T, bias=True), "g": g.mean(0)}


protocol = Protocol(
    Settings,
    simulate=simulate,
    untrained="batches of given gradients at a fixed parameter",
    tests=[Test("minibatch.noise_scale", two_batches, inputs=inputs)],
    pictures=[
        Picture("minibatch.noise_scale", x="n", component=i, title=title, x_label="examples", y_label=label)
        for i, (title, label) in enumerate((("noise scale", "tr Sigma / |g|^2"), ("diversity", "E |g_i|^2 / |g|^2")))
    ],
    replicates=65536,
    chunk=4096,
    tiers={"standard": {"n": vary(120, 480, 1797)}},
)

if __name__ == "__main__":
    main(__file__)
