"""Does one law, from the impulse response, cover momentum, colour and heavy tails together?"""

from dataclasses import dataclass

import jax.numpy as jnp
import optax

from models.quadratic.model import relaxed, scalar, spaced, stable_scale
from theorylab import Ensemble, Picture, Protocol, Test, main, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str = vary("stable", "differenced stable", "ar1 stable")
    mu: float = vary(0.0, 0.9)
    alpha: float = vary(1.0, 1.5, 2.0)
    eta: float = 0.2
    lam: float = 1.0
    gamma: float = 0.3
    rho: float = 0.6


def inputs(c: Settings):
    colour = {"stable": "white", "differenced stable": "differenced", "ar1 stable": f"ar1:{c.rho}"}[c.noise]
    return {"eta": c.eta, "lam": c.lam, "gamma": c.gamma, "alpha": c.alpha, "mu": c.mu, "colour": colour}


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        scalar,
        rule=lambda c: optax.sgd(c.eta, momentum=c.mu),
        observe={"log": observe.mean(lambda p, c: jnp.log(jnp.abs(p["theta"])))},
        burn=lambda c: 2 * relaxed(c),
        every=spaced,
        snapshots=64,
    ),
    tests=[Test("quadratic.filter_scale", lambda data, c: stable_scale(data["log"], c), inputs=inputs)],
    pictures=[
        Picture(
            "quadratic.filter_scale",
            x="alpha",
            split="noise",
            where={"mu": mu},
            log="y",
            title=f"momentum {mu:g}",
            y_label="stationary scale",
        )
        for mu in (0.0, 0.9)
    ],
    replicates=32768,
    chunk=4096,
    tiers={"standard": {"alpha": vary(0.7, 1.0, 1.3, 1.5, 1.8, 2.0), "mu": vary(0.0, 0.5, 0.9)}},
)

if __name__ == "__main__":
    main(__file__)
