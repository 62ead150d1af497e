"""With which power of the noise does the time to leave the saddle at zero grow, at each depth and for each tail?"""

from dataclasses import dataclass

import numpy as np
import optax

from models.deep_linear.scalars.saddle import at_zero, escaped, loss
from theorylab import Ensemble, Protocol, Test, main, measure, noise
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    depth: tuple = (3, 4, 5)
    alpha: tuple = (2.0, 1.5, 1.0)
    v: float = 1.0
    eta: float = 0.2
    times: tuple = (6.0, 12.0, 24.0, 48.0)  # the noise's own time scale: it sets gamma
    patience: float = 8.0  # horizon, in units of it
    undone: tuple = (3,)  # depths under anti-correlated noise, which takes longer
    large: float = 0.3  # learning rate there
    long: tuple = (24.0, 48.0, 96.0, 192.0)
    dtype: str = "float32"
    replicates: int = 16384
    chunk: int = 1024


def cells(s):
    """Depth by stability index; the scales are chosen so that every cell takes about as long."""
    kept = {"long": s.long, "undone": s.undone}
    white = [
        {"depth": d, "alpha": a, "times": s.times, "noise": "gaussian" if a == 2 else "stable", **kept}
        for d in s.depth
        for a in s.alpha
    ]
    slow = {"alpha": 2.0, "times": s.long, "eta": s.large, "noise": "differenced gaussian", **kept}
    return white + [{"depth": d, **slow} for d in s.undone]


def scales(c):
    """gamma: at each of `times` the noise per step gathers what the drift needs."""
    power = (c.alpha + c.depth - 2) / (c.alpha * (c.depth - 2))
    rate = np.array(c.times) ** -power
    if c.noise == "differenced gaussian":  # the other layers' jitters, multiplied
        return (rate / c.eta ** (c.depth - 0.5)) ** (1 / (c.depth - 1)) / 2**0.5
    return rate / c.eta ** (1 - 1 / c.alpha)


trained = Ensemble(
    loss=loss,
    init=at_zero,
    noise=noise.named,
    rule=lambda c: optax.sgd(c.eta),
    observe={"escaped": observe.first(escaped)},
    every=lambda c: round(c.patience * c.time / c.eta),
)


def simulate(c, seed, start, count):
    """Steps to half of the target, one column for each scale of the noise."""
    columns, alone = [], {k: v for k, v in vars(c).items() if k not in ("times", "long")}
    for time, gamma in zip(c.times, scales(c).tolist(), strict=True):
        one = type(c)(**{**alone, "time": time, "gamma": gamma})
        columns.append(trained(one, seed, start, count))
    steps = np.stack([f["escaped"] for f in columns], -1)
    broken = np.stack([f["diverged"] for f in columns], -1)
    return {"steps": steps, "diverged": np.where(steps < 0, broken, -1).max(-1)}


def exponent(data, c):
    """Slope of the logarithm of the median time against that of 1/gamma."""
    steps = data["steps"].values.astype(float)
    horizons = np.round(c.patience * np.array(c.times) / c.eta)
    medians = [measure.median_time(steps[:, i], horizon=h) for i, h in enumerate(horizons)]
    return measure.exponent(1 / scales(c), medians)


def undone(c):
    return c.noise == "differenced gaussian"


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=simulate,
    cells=cells,
    tests=[
        Test("deep_linear.escape_exponent", exponent, diverged=0.05, when=lambda c: not undone(c)),
        Test("deep_linear.escape_exponent_anticorrelated", exponent, diverged=0.05, when=undone),
    ],
    tiers={"standard": {"eta": 0.1, "times": (12.0, 24.0, 48.0, 96.0), "alpha": (2.0, 1.8, 1.5, 1.2, 1.0)}},
)

if __name__ == "__main__":
    main(__file__)
