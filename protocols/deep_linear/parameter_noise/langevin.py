"""What is the law of a two-layer network's product under Langevin dynamics with weight decay?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.scalars.two_vectors import product
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, noise, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    h: int = vary(1, 3)
    T: float = vary(0.2, 0.4)
    g: float = 0.3
    v: float = 1.0
    eta: float = 0.005
    burn: float = 30.0
    horizon: float = 120.0
    noise: str = "gaussian"


simulate = Ensemble[Settings](
    model.vectors,
    noise=lambda c: noise.gaussian((2 * c.T / c.eta) ** 0.5),
    observe={
        "first": observe.mean(product),
        "second": observe.mean(lambda p, c: product(p, c) ** 2),
        "below": observe.mean(lambda p, c: (product(p, c) < 0).astype("float32")),
    },
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, every=4),
)


def law(data, c: Settings):
    """Mean, variance about the mean of all replicates, share below zero."""
    variance = measure.variance_about_all(data["first"], data["second"])
    return measure.joint(measure.mean(data["first"]), variance, measure.mean(data["below"]))


protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[Test("deep_linear.langevin_product", law)],
    pictures=[
        Picture(
            "deep_linear.langevin_product",
            x="T",
            split="h",
            component=i,
            title="Langevin, weight decay",
            x_label="temperature $T$",
            y_label=name,
            controls=("well", "threshold"),
            points=9,
            strip=False,
        )
        for i, name in enumerate(("mean product", "variance of the product", "share of products below zero"))
    ],
    replicates=16384,
    chunk=1024,
    tiers={"standard": {"h": vary(1, 2, 3, 5), "T": vary(0.1, 0.2, 0.4), "eta": 0.002}},
)

if __name__ == "__main__":
    main(__file__)
