"""With which power of the noise does the time to leave the saddle at zero grow, at each depth and for each tail?"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.deep_linear import model
from models.deep_linear.scalars.saddle import escaped
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    noise: str
    depth: int = vary(3, 4, 5)
    alpha: float = vary(2.0, 1.5, 1.0)
    v: float = 1.0
    eta: float = 0.2
    times: tuple[float, ...] = (6.0, 12.0, 24.0, 48.0)  # the noise's own time scale: it sets gamma
    horizon: float = 8.0  # in units of it
    differenced: tuple[int, ...] = (3,)  # depths under anti-correlated noise, which takes longer
    large: float = 0.3  # learning rate there
    differenced_times: tuple[float, ...] = (24.0, 48.0, 96.0, 192.0)
    dtype: str = "float32"


def cells(s):
    """Depth by stability index; the scales are chosen so that every cell takes about as long."""
    white = [{"depth": d, "alpha": a, "noise": "gaussian" if a == 2 else "stable"} for d in s.depth for a in s.alpha]
    slow = {"alpha": 2.0, "times": s.differenced_times, "eta": s.large, "noise": "differenced gaussian"}
    return white + [{"depth": d, **slow} for d in s.differenced]


def scales(c: Settings):
    """gamma: at each of `times` the noise per step gathers what the drift needs."""
    power = (c.alpha + c.depth - 2) / (c.alpha * (c.depth - 2))
    rate = np.array(c.times) ** -power
    if c.noise == "differenced gaussian":  # the other layers' jitters, multiplied
        return (rate / c.eta ** (c.depth - 0.5)) ** (1 / (c.depth - 1)) / 2**0.5
    return rate / c.eta ** (1 - 1 / c.alpha)


trained = Ensemble[Any](
    model.at_saddle,
    observe={"escaped": observe.first(escaped)},
    clock=Clock(end=lambda c: c.horizon * c.time, snapshots=1),
)


def simulate(c: Settings, seed, start, count):
    """Steps to half of the target, one column for each scale of the noise."""
    columns, alone = [], {k: v for k, v in vars(c).items() if k not in ("times", "differenced_times")}
    for time, gamma in zip(c.times, scales(c).tolist(), strict=True):
        one = type(c)(**{**alone, "time": time, "gamma": gamma})
        columns.append(trained(one, seed, start, count))
    steps = np.stack([f["escaped"] for f in columns], -1)
    broken = np.stack([f["diverged"] for f in columns], -1)
    return {"steps": steps, "diverged": np.where(steps < 0, broken, -1).max(-1)}


def exponent(data, c: Settings):
    """Slope of the logarithm of the median time against that of 1/gamma."""
    steps = data["steps"].values.astype(float)
    horizons = np.round(c.horizon * np.array(c.times) / c.eta)
    medians = [measure.median_time(steps[:, i], horizon=h) for i, h in enumerate(horizons)]
    return measure.exponent(1 / scales(c), medians)


def anticorrelated(c: Settings):
    return c.noise == "differenced gaussian"


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test("deep_linear.escape_exponent", exponent, diverged=0.05, when=lambda c: not anticorrelated(c)),
        Test("deep_linear.escape_exponent_anticorrelated", exponent, diverged=0.05, when=anticorrelated),
    ],
    replicates=16384,
    chunk=1024,
    tiers={"standard": {"eta": 0.1, "times": (12.0, 24.0, 48.0, 96.0), "alpha": vary(2.0, 1.8, 1.5, 1.2, 1.0)}},
)

if __name__ == "__main__":
    main(__file__)
