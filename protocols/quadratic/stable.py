"""What is the stationary law of SGD on a quadratic under heavy-tailed (stable) gradient noise?"""

from dataclasses import dataclass

import jax.numpy as jnp

from models.quadratic.model import relaxed, scalar, spaced, stable_scale
from theorylab import Ensemble, Picture, Protocol, Test, main, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    eta: float = vary(0.1, 1.5)
    alpha: float = vary(0.8, 1.0, 1.5, 1.9)
    lam: float = 1.0
    gamma: float = 0.3
    noise: str = "stable"


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        scalar,
        observe={"log": observe.mean(lambda p, c: jnp.log(jnp.abs(p["theta"])))},
        burn=relaxed,
        every=spaced,
        snapshots=64,
    ),
    tests=[Test("quadratic.stable_scale", lambda data, c: stable_scale(data["log"], c))],
    pictures=[
        Picture(
            "quadratic.stable_scale",
            x="eta",
            split="alpha",
            log="xy",
            title="SGD on a quadratic, stable noise",
            y_label="stationary scale",
        )
    ],
    replicates=32768,
    chunk=4096,
    tiers={
        "standard": {
            "eta": vary(0.02, 0.1, 0.5, 1.5),
            "alpha": vary(0.5, 0.8, 1.0, 1.2, 1.5, 1.9, 2.0),
            "replicates": 131072,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
