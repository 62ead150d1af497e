"""When does a deep linear network learn each of its modes, and does small gradient noise change that?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear.model import aligned, both, halving, loss, reached, strengths, summed, teacher
from theorylab import Ensemble, Protocol, Test, measure, noise, observe


@dataclass(frozen=True)
class Settings:
    noise: tuple = ("none", "gaussian", "stable", "differenced gaussian")
    depth: tuple = (2, 3, 4)
    noisy: tuple = (2,)  # depths that are also trained under the noises
    s: tuple = (3.0, 1.5, 0.7)
    u0: float = 0.02
    eta: float = 0.01
    horizon: float = 8.0
    looks: int = 16
    sigma: float = 0.1
    alpha: float = 1.5
    gamma: float = 0.01
    inputs: int = 4
    hidden: int = 4
    outputs: int = 3
    replicates: int = 2048
    chunk: int = 128


JUDGED = slice(1, None, 3)  # looks at which the curves are judged


def steps_between_looks(c):
    return round(c.horizon / c.eta / c.looks)


simulate = Ensemble(
    loss=summed(loss),
    data=teacher,
    init=both(aligned),
    noise=noise.named,
    rule=halving,
    observe={
        "coarse": observe.trace(lambda p, c: strengths(p["coarse"], c)),
        "fine": observe.trace(lambda p, c: strengths(p["fine"], c)),
        **{f"{size}_half_{i}": observe.first(reached(size, i, 0.5)) for size in ("coarse", "fine") for i in range(3)},
    },
    every=steps_between_looks,
    records=lambda c: 2 * c.looks,
)


def middle(values, c):
    """The noise-free network, or the median one: a stable noise leaves no mean."""
    return measure.mean(values, deterministic=True) if c.noise == "none" else measure.quantile(values, 0.5)


def curve(data, c):
    """Mode strengths at the looks, free of the error of order eta: twice the fine curve minus the coarse one."""
    values = 2 * data["fine"].values[:, 1::2] - data["coarse"].values[:, : c.looks]
    return middle(values[:, JUDGED], c)


def times(data, c):
    """Times of half strength, in the middle of the step, free of the error of order eta."""
    coarse, fine = (np.stack([data[f"{size}_half_{i}"].values for i in range(3)], -1) - 0.5 for size in ("coarse", "fine"))
    return middle(2 * fine * c.eta / 2 - coarse * c.eta, c)


def of_curve(c):
    t = (1 + np.arange(c.looks))[JUDGED, None] * steps_between_looks(c) * c.eta
    return {"depth": c.depth, "s": np.array(c.s), "u0": c.u0, "t": t}


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=simulate,
    cells=lambda s: [{"noise": kind, "depth": depth, "s": s.s, "noisy": s.noisy} for kind in s.noise for depth in s.depth
                     if kind == "none" or depth in s.noisy],
    tests=[
        Test("deep_linear.mode_strength", curve, inputs=of_curve),
        Test("deep_linear.learning_time", times,
             inputs=lambda c: {"depth": c.depth, "s": np.array(c.s), "u0": c.u0, "u": np.array(c.s) / 2}),
    ],
    tiers={"standard": {"noisy": (2, 3)}, "full": {"noisy": (2, 3, 4)}},
)

if __name__ == "__main__":
    protocol.main()
