"""Random numbers with an address (seed, stream, replicate, step, element), and the laws made of them."""

from theorylab.random.address import (
    BATCH,
    DATA,
    INIT,
    NOISE,
    Draw,
    Key,
    lane_key,
    seed_words,
    threefry,
    words,
)
from theorylab.random.distributions import exponential, normal, positive_stable, stable, uniform

__all__ = [
    "BATCH", "DATA", "INIT", "NOISE", "Draw", "Key", "exponential", "lane_key", "normal", "positive_stable",
    "seed_words", "stable", "threefry", "uniform", "words",
]  # fmt: skip
