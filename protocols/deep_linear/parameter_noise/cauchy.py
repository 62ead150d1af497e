"""What is the law of two tied factors under Cauchy noise, where a closed form is known?"""

from dataclasses import dataclass

import jax.numpy as jnp

from models.deep_linear import model
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    gamma: float = vary(0.1, 0.3, 1.0)
    q: tuple[float, ...] = (0.5, 1.0, 1.5, 2.5)
    v: float = 1.0
    alpha: float = 1.0
    eta: float = 0.002
    burn: float = 6.0
    horizon: float = 16.0
    noise: str = "stable"


def waves(params, c: Settings):
    """cos(q w) at each frequency: (frequencies, lanes)."""
    return jnp.cos(jnp.asarray(c.q)[:, None] * params["w"])


simulate = Ensemble[Settings](
    model.tied_factors,
    observe={"waves": observe.mean(waves)},
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, every=4),
)

protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[
        Test(
            "deep_linear.tied_cauchy",
            lambda data, c: measure.mean(data["waves"]),
            inputs=lambda c: {"v": c.v, "gamma": c.gamma, "q": list(c.q)},
            diverged=1.0,  # a leap beyond sqrt(1/eta) is lost: the law is the survivors'
        )
    ],
    replicates=16384,
    chunk=1024,
    tiers={"standard": {"eta": 0.001, "gamma": vary(0.03, 0.1, 0.3, 1.0, 2.0), "chunk": 4096}},
)

if __name__ == "__main__":
    main(__file__)
