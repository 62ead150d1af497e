"""How far does the product of two factors spread when its noisy labels are shuffled by epoch?"""

from dataclasses import dataclass

import jax.numpy as jnp

from models.deep_linear import model
from models.deep_linear.scalars.network import product
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, noise, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    M: int = vary(8, 32)
    eta: float = vary(0.002, 0.004)
    sigma: float = 6.0
    v: float = 1.0
    tilt: float = 0.0
    burn: float = 4.0
    horizon: float = 12.0
    B: int = 1
    noise: str = "minibatch shuffled"


def residuals(draw, c: Settings):
    """M residuals with mean 0 and variance sigma^2 exactly."""
    e = draw.normal((c.M,))
    e = e - e.mean(0)
    return c.sigma * e / jnp.sqrt((e**2).mean(0))


def epochs(c: Settings, time):
    """Steps of the whole epochs in a time."""
    return c.M * round(time / c.eta / c.M)


simulate = Ensemble[Settings](
    model.on_residuals,
    data=residuals,
    stream=lambda c: noise.minibatch(c.M, c.B, "shuffled"),
    observe={
        "first": observe.mean(lambda p, c: product(p, c) - c.v),
        "second": observe.mean(lambda p, c: (product(p, c) - c.v) ** 2),
    },
    burn=lambda c: epochs(c, c.burn),
    every=lambda c: epochs(c, 0.25),
    snapshots=lambda c: round((c.horizon - c.burn) / 0.25),
)


def variance(data, c: Settings):
    return measure.variance_about_all(data["first"], data["second"])


protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[Test("deep_linear.shuffled_label_variance", variance)],
    pictures=[
        Picture(
            "deep_linear.shuffled_label_variance",
            x="M",
            split="eta",
            log="xy",
            title="labels shuffled by epoch",
            x_label="labels $M$",
            y_label="variance of the product",
            controls=("with replacement", "random bridge"),
        )
    ],
    replicates=16384,
    chunk=1024,
    tiers={"standard": {"M": vary(4, 8, 32, 128), "eta": vary(0.001, 0.002, 0.004), "replicates": 65536}},
)

if __name__ == "__main__":
    main(__file__)
