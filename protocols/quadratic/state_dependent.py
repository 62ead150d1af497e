"""Which calculus is SGD? Noise whose variance grows with the parameter tells Ito from the others."""

from dataclasses import dataclass

import jax.numpy as jnp

from models.quadratic.model import relaxed, scalar, spaced
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, noise, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    s1: float = vary(0.6, 1.1)
    eta: float = vary(0.05, 0.4)
    lam: float = 1.0
    s0: float = 0.5
    noise: str = "gaussian"


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        scalar,
        noise=lambda c: noise.state_dependent(
            noise.gaussian(1.0), by=lambda p: {"theta": jnp.sqrt(c.s0**2 + c.s1**2 * p["theta"] ** 2)}
        ),
        observe={"square": observe.mean(lambda p, c: p["theta"] ** 2)},
        burn=relaxed,
        every=spaced,
        snapshots=256,
    ),
    tests=[
        Test(f"quadratic.{name}", lambda data, c: measure.mean(data["square"]))
        for name in ("state_dependent_variance", "stratonovich_variance", "note_24", "note_29")
    ],
    pictures=[
        Picture(
            "quadratic.state_dependent_variance",
            x="eta",
            split="s1",
            title="noise variance s0^2 + s1^2 theta^2",
            y_label="stationary variance",
        )
    ],
    replicates=262144,
    chunk=8192,
    tiers={"standard": {"eta": vary(0.02, 0.05, 0.2, 0.4)}},
)

if __name__ == "__main__":
    main(__file__)
