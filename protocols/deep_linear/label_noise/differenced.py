"""How far does the product of two factors spread under anti-correlated label noise, and where is its mean?"""

import math
from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.scalars.network import labels, product
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    sigma: float
    B: int
    eta: float = vary(0.001, 0.004)
    shift: float = vary(0.05, 0.2, 0.4, 0.6)  # eta*sigma^2, of the mean
    v: float = 1.0
    tilt: float = 0.0
    burn: float = 2.4  # in units of 1/(v - shift): near collapse the product is slow
    horizon: float = 7.2
    noise: str = "label differenced"


def cells(s):
    """sigma for each shift."""
    for eta in s.eta:
        for shift in s.shift:
            sigma, slow = math.sqrt(shift / eta), 1 / (s.v - shift)
            time = {"burn": s.burn * slow, "horizon": s.horizon * slow}
            yield {"eta": eta, "shift": shift, "sigma": sigma, "B": 1, **time}


simulate = Ensemble[Settings](
    model.noisy,
    batch=labels,
    observe={
        "first": observe.mean(lambda p, c: product(p, c) - c.v + c.shift),
        "second": observe.mean(lambda p, c: (product(p, c) - c.v + c.shift) ** 2),
    },
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, every=1),
)


def variance(data, c: Settings):
    return measure.variance_about_all(data["first"], data["second"])


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test("deep_linear.anticorrelated_variance", variance),
        Test(
            "deep_linear.label_noise_mean",
            lambda data, c: measure.mean(data["first"].values + c.v - c.shift),
            inputs=lambda c: {"v": c.v, "eta": c.eta, "B": 1, "gamma": c.sigma, "alpha": 2.0},  # variance 2 sigma^2
            controls=("marcus", "half"),
        ),
    ],
    replicates=16384,
    chunk=512,
    tiers={"standard": {"eta": vary(0.0005, 0.001, 0.002, 0.004), "shift": vary(0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)}},
)

if __name__ == "__main__":
    main(__file__)
