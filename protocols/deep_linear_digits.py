"""Does a two-layer linear network learn the modes of real images, the whitened digits, when the theory says?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear.digits import batch_loss, full_loss, modes, teacher
from models.deep_linear.model import aligned, both, halving, strengths, summed
from theorylab import Ensemble, Protocol, Test, measure, noise, observe


@dataclass(frozen=True)
class Settings:
    noise: tuple = ("none", "minibatch with")
    depth: int = 2
    inputs: int = 12
    hidden: int = 10
    outputs: int = 10
    modes: int = 9
    u0: float = 0.004
    eta: float = 0.2
    horizon: float = 24.0
    looks: int = 24
    n: int = 1797
    B: int = 32
    replicates: int = 1024
    chunk: int = 64


common = dict(
    data=teacher,
    init=both(aligned),
    rule=halving,
    observe={
        "coarse": observe.trace(lambda p, c: strengths(p["coarse"], c)),
        "fine": observe.trace(lambda p, c: strengths(p["fine"], c)),
    },
    every=lambda c: round(c.horizon / c.eta / c.looks),
    records=lambda c: 2 * c.looks,
)
descent = Ensemble(loss=summed(full_loss), **common)
sgd = Ensemble(loss=summed(batch_loss), stream=lambda c: noise.minibatch(c.n, c.B, "with"), **common)


def simulate(c, seed, start, count):
    """Gradient descent on all images, or batches of them."""
    return (descent if c.noise == "none" else sgd)(c, seed, start, count)


def middle(values, c):
    """The noise-free network, or the median one."""
    return measure.mean(values, deterministic=True) if c.noise == "none" else measure.quantile(values, 0.5)


def strength(data, c):
    """Mode strengths (replicate, look, mode), free of the error of order eta: twice the fine ones minus the coarse."""
    return 2 * data["fine"].values[:, 1::2] - data["coarse"].values[:, : c.looks]


def looks(c):
    return (1 + np.arange(c.looks)) * c.horizon / c.looks


def half_time(data, c):
    """Times of half strength: between two looks ln(u/(s-u)) is close to a straight line."""
    s = modes(c.inputs, c.modes)[1]
    u = np.clip(strength(data, c), 1e-6 * s, (1 - 1e-6) * s)
    odds = np.log(u / (s - u))
    after = np.maximum(np.argmax(odds > 0, axis=1), 1)[:, None]
    low, high = (np.take_along_axis(odds, k, 1)[:, 0] for k in (after - 1, after))
    times = looks(c)[after[:, 0]] - high / (high - low) * c.horizon / c.looks
    return middle(np.where((low < 0) & (high > 0), times, np.nan), c)


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=simulate,
    tests=[
        Test("deep_linear.mode_strength", lambda data, c: middle(strength(data, c)[:, 3::4], c), inputs=lambda c: {
            "depth": 2, "s": modes(c.inputs, c.modes)[1], "u0": c.u0, "t": looks(c)[3::4, None]}),
        Test("deep_linear.learning_time", half_time, controls=("one layer learns", "exponent 2-1/L"), inputs=lambda c: {
            "depth": 2, "s": modes(c.inputs, c.modes)[1], "u0": c.u0, "u": modes(c.inputs, c.modes)[1] / 2}),
    ],
    tiers={"standard": {"replicates": 4096}, "full": {"inputs": 24, "replicates": 4096}},
)

if __name__ == "__main__":
    protocol.main()
