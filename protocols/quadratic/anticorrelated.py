"""How does anti-correlated gradient noise spread, Gaussian and stable, and what happens at alpha = 1?"""

from dataclasses import dataclass

import jax.numpy as jnp

from models.quadratic.model import relaxed, scalar, spaced, stable_scale
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str = vary("differenced gaussian", "differenced stable")
    eta: float = vary(0.02, 0.2, 1.5)
    alpha: float = vary(0.7, 1.0, 1.3, 1.7)
    lam: float = 1.0
    sigma: float = 0.5
    gamma: float = 0.3


def gaussian(c: Settings):
    return c.noise == "differenced gaussian"


def cells(s):
    """The Gaussian noise once per eta, the stable one for each alpha."""
    pairs = [(kind, a) for kind in s.noise for a in ((2.0,) if kind.endswith("gaussian") else s.alpha)]
    return [{"noise": kind, "alpha": alpha, "eta": eta} for kind, alpha in pairs for eta in s.eta]


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        scalar,
        observe={
            "square": observe.mean(lambda p, c: p["theta"] ** 2),
            "log": observe.mean(lambda p, c: jnp.log(jnp.abs(p["theta"]))),
        },
        burn=relaxed,
        every=spaced,
        snapshots=64,
    ),
    cells=cells,
    tests=[
        Test("quadratic.anticorrelated_variance", lambda data, c: measure.mean(data["square"]), when=gaussian),
        Test(
            "quadratic.anticorrelated_stable_scale",
            lambda data, c: stable_scale(data["log"], c),
            when=lambda c: not gaussian(c),
        ),
    ],
    pictures=[
        Picture(
            "quadratic.anticorrelated_variance",
            x="eta",
            log="xy",
            title="Gaussian innovations",
            y_label="stationary variance",
        ),
        Picture(
            "quadratic.anticorrelated_stable_scale",
            x="eta",
            split="alpha",
            log="xy",
            title="stable innovations",
            y_label="stationary scale",
        ),
    ],
    replicates=32768,
    chunk=4096,
    tiers={"standard": {"eta": vary(0.005, 0.02, 0.1, 0.2, 0.8, 1.5)}},
)

if __name__ == "__main__":
    main(__file__)
