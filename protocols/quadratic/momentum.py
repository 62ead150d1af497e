"""What does heavy-ball momentum do to the stationary variance?"""

from dataclasses import dataclass

import optax

from models.quadratic.model import relaxed, scalar, spaced
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    eta: float = vary(0.1, 1.5)
    mu: float = vary(0.5, 0.9)
    lam: float = 1.0
    sigma: float = 0.5
    noise: str = "gaussian"


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        scalar,
        rule=lambda c: optax.sgd(c.eta, momentum=c.mu),
        observe={"square": observe.mean(lambda p, c: p["theta"] ** 2)},
        burn=relaxed,
        every=spaced,
        snapshots=64,
    ),
    tests=[Test("quadratic.momentum_variance", lambda data, c: measure.mean(data["square"]))],
    pictures=[
        Picture(
            "quadratic.momentum_variance",
            x="eta",
            split="mu",
            log="xy",
            title="heavy-ball momentum",
            y_label="stationary variance",
        )
    ],
    replicates=32768,
    chunk=4096,
    tiers={"standard": {"eta": vary(0.02, 0.1, 0.5, 1.5), "mu": vary(0.5, 0.9, 0.99)}},
)

if __name__ == "__main__":
    main(__file__)
