"""How large is the covariance of a batch gradient on real data, for each way of drawing batches?"""

from dataclasses import dataclass
from functools import cache

import jax
import numpy as np

from models.minibatch.model import batch_gradients, gradients
from theorylab import Picture, Protocol, Test, main, measure, random, vary


@dataclass(frozen=True)
class Settings:
    noise: str = vary("minibatch with", "minibatch without", "minibatch shuffled")
    n: int = 240
    B: int = vary(24, 80)


@cache
def program(n, B, scheme):
    g = gradients(n)
    total = ((g - g.mean(0)) ** 2).sum(1).mean()  # trace of the empirical covariance
    share = jax.jit(lambda seed, ids: batch_gradients(g, B, scheme, n // B, seed, ids, lambda e: (e**2).sum() / total))
    return lambda seed, ids: np.asarray(share(random.seed_words(seed), ids))


def simulate(c: Settings, seed, start, count):
    ids = start + np.arange(count, dtype=np.uint32)
    return {"share": program(c.n, c.B, c.noise.split()[1])(seed, ids)}


def share(data, c: Settings):
    return measure.mean(data["share"])


def inputs(c: Settings):
    return {"n": c.n, "B": c.B, "scheme": "with" if c.noise.endswith("with") else "without"}


protocol = Protocol(
    Settings,
    simulate=simulate,
    untrained="batches of given gradients at a fixed parameter",
    tests=[
        Test("minibatch.covariance_factor", share, inputs=inputs),
        *(
            Test(f"minibatch.{name}", share, when=lambda c: c.noise.endswith(" with"))
            for name in ("note_17", "note_last_page")
        ),
    ],
    pictures=[
        Picture(
            "minibatch.covariance_factor",
            x="noise",
            split="B",
            log="y",
            title="batch gradients on the digits images",
            y_label="covariance / Sigma",
        )
    ],
    replicates=16384,
    chunk=1024,
    tiers={"standard": {"B": vary(6, 24, 80, 120)}},
)

if __name__ == "__main__":
    main(__file__)
