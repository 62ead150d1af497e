"""When does a diagonal linear network with a tiny start learn each coordinate, and does label noise change that?"""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from models.diagonal_linear import model
from models.diagonal_linear.claims.jumps import jump_times
from models.diagonal_linear.model import strength, tiny
from theorylab import Ensemble, Protocol, Test, main, measure, noise, vary
from theorylab.lab.protocol import changed
from theorylab.train import Clock, observe

DATA = (
    (-0.7, 0.1, 0.3, -0.9, 0.3), (-1.5, -0.1, 0.3, 0.7, -0.3), (0.9, -1.2, -0.3, -0.5, -1.4),
    (-1.5, -2.1, 0.9, 1.0, -0.7), (0.8, 1.0, -1.0, -0.3, -0.9), (-0.7, -2.2, -0.7, -0.3, -0.6),
    (0.7, 1.6, -1.5, 0.1, 0.4), (-0.3, -1.5, 0.9, 0.8, 1.1),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    noise: str = vary("none", "label gaussian", "label stable", "label differenced")
    X: tuple[tuple[float, ...], ...] = vary(DATA)
    y: tuple[float, ...] = vary((-1.0, -2.0, 2.4, 0.3, -0.3, 0.8, -1.3, 1.5))
    ell: float = 40.0  # ln(1/alpha) of the larger start; the smaller one has twice that
    eta: float = 0.01
    horizon: float = 3.5  # in units of ln(1/alpha)
    seen: float = 0.2  # a coordinate of this size has been learned
    gamma: float = 0.02
    alpha: float = 1.5  # of the labels' law
    dtype: str = "float64"


def sizes(p, c: Settings):
    return jnp.abs(strength(p, c))


common = {
    "init": tiny,
    "observe": {f"learned_{j}": observe.first(lambda p, c, j=j: sizes(p, c)[j] >= c.seen) for j in range(5)},
    "clock": Clock(end=lambda c: c.horizon * c.ell, snapshots=1),
}
descent = Ensemble[Settings](model.full, **common)
noisy = Ensemble[Settings](model.noisy, batch=lambda draw, c: noise.label_noise(c).draw(draw, (len(c.y),)), **common)


def simulate(c: Settings, seed, start, count):
    """Steps at which coordinates are learned, from exp(-ell) and from exp(-2 ell)."""
    trained = descent if c.noise == "none" else noisy
    found = [trained(changed(c, ell=ell), seed, start, count) for ell in (c.ell, 2 * c.ell)]
    lost = np.maximum(found[0]["diverged"], found[1]["diverged"])
    steps = [np.sort(np.stack([f[f"learned_{j}"] for j in range(5)], -1)) for f in found]
    return {"coarse": steps[0], "fine": steps[1], "diverged": lost}


def slope(data, c: Settings):
    """Time per unit of ln(1/alpha), from the two starts: free of the time that a jump itself takes."""
    count = len(jump_times.predict(X=np.array(c.X), y=np.array(c.y)))
    both = [np.where(data[k].values < 0, np.nan, data[k].values.astype(float))[:, -count:] for k in ("coarse", "fine")]
    times = (both[1] - both[0]) * c.eta / c.ell
    return measure.mean(times, deterministic=True) if c.noise == "none" else measure.quantile(times, 0.5)


protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[
        Test(
            "diagonal_linear.jump_times",
            slope,
            inputs=lambda c: {"X": np.array(c.X), "y": np.array(c.y)},
            diverged=0.3,
        )
    ],
    replicates=1024,
    chunk=64,
    tiers={"standard": {"ell": 150.0, "eta": 0.004}},
)

if __name__ == "__main__":
    main(__file__)
