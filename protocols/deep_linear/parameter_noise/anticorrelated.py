"""Does anti-correlated noise on the weights act as a soft threshold on the product of two factors?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.matrices.two_rates import halving
from models.deep_linear.scalars.network import product
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, noise, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    s: float = vary(0.2, 0.5, 0.8, 1.2)
    v: float = 1.0
    eta: float = 0.04
    tilt: float = 0.3
    burn: float = 16.0
    horizon: float = 48.0
    noise: str = "differenced gaussian"


simulate = Ensemble[Settings](
    model.smooth_twice,
    noise=lambda c: noise.differenced(noise.gaussian(c.s)),
    units="parameter",
    rule=halving,
    observe={
        "coarse": observe.mean(lambda p, c: product(p["coarse"], c)),
        "fine": observe.mean(lambda p, c: product(p["fine"], c)),
    },
    clock=Clock(
        burn=lambda c: c.burn,
        end=lambda c: c.horizon,
        every=1,
        step=lambda c: c.eta / 2,  # the slower one
    ),
)


def limit(data, c: Settings):
    return measure.richardson(data["coarse"], data["fine"], 1)


protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[Test("deep_linear.anticorrelated_product", limit)],
    pictures=[
        Picture(
            "deep_linear.anticorrelated_product",
            x="s",
            title="anti-correlated parameter noise",
            x_label="standard deviation $s$ of the innovations [param]",
            y_label="mean product",
            controls=("no shift", "both factors", "half"),
            strip=False,
        )
    ],
    replicates=16384,
    chunk=512,
    tiers={"standard": {"s": vary(0.1, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 1.1, 1.2), "eta": 0.01}},
)

if __name__ == "__main__":
    main(__file__)
