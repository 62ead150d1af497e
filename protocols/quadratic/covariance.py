"""Which covariance does SGD reach when Hessian and noise covariance do not commute?"""

from dataclasses import dataclass

from models.quadratic.model import bowl, relaxed, spaced
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, noise, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    eta: float = vary(0.1, 0.8)
    H: tuple[tuple[float, ...], ...] = vary(((1.0, 0.3), (0.3, 0.4)))
    C: tuple[tuple[float, ...], ...] = vary(((0.5, -0.3), (-0.3, 0.3)))
    noise: str = "gaussian"


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        bowl,
        noise=lambda c: noise.covariance(noise.gaussian(1.0), c.C),
        observe={"outer": observe.mean(lambda p, c: p["theta"][:, None] * p["theta"][None, :])},
        burn=relaxed,
        every=spaced,
        snapshots=64,
    ),
    tests=[Test("quadratic.covariance", lambda data, c: measure.mean(data["outer"]))],
    pictures=[
        Picture("quadratic.covariance", x="eta", component=i, title=f"entry {name}", y_label=f"covariance {name}")
        for i, name in ((0, "11"), (1, "12"), (3, "22"))
    ],
    replicates=65536,
    chunk=4096,
    tiers={"standard": {"eta": vary(0.05, 0.2, 0.8, 1.4)}},
)

if __name__ == "__main__":
    main(__file__)
