"""How heavy are the tails of two factors, and of their product, under stable gradient noise and weight decay?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.scalars.tails import overshot, product_beyond, weights_beyond
from theorylab import Ensemble, Protocol, Test, main, measure
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    alpha: float
    rate: float
    v: float
    gamma: float
    law: tuple[tuple[float, float, float], ...] = (  # alpha, the noise's rate S, the target v
        (1.5, 0.4, 0.5),
        (1.3, 0.15, 0.5),
    )
    x: tuple[float, ...] = (2.0, 3.0, 6.0, 12.0)  # the weights are judged at the two in the middle
    z: tuple[float, ...] = (1.5, 3.0, 6.0, 12.0)  # and so is the product
    g: float = 0.3
    h: int = 1
    eta: float = 0.001
    burn: float = 10.0
    horizon: float = 30.0
    noise: str = "stable"


def cells(s):
    for alpha, rate, v in s.law:
        gamma = (rate / s.eta ** (alpha - 1)) ** (1 / alpha)
        yield {"alpha": alpha, "rate": rate, "v": v, "gamma": gamma}


simulate = Ensemble[Settings](
    model.vectors,
    observe={
        "weights": observe.mean(weights_beyond),
        "product": observe.mean(product_beyond),
        "lost": observe.first(overshot),
    },
    clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, every=4),
)


def judged(data, name):
    """Shares beyond the two marks in the middle, in the networks that have not been beyond the edge."""
    return measure.mean(measure.survivors(data[name].values, data["lost"].values)[:, 1:3])


def inputs(c: Settings):
    return {"v": c.v, "g": c.g, "eta": c.eta, "gamma": c.gamma, "alpha": c.alpha}


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test(
            "deep_linear.langevin_weight_tail",
            lambda data, c: judged(data, "weights"),
            inputs=lambda c: {**inputs(c), "x": c.x[1:3]},
            diverged=1.0,  # the laws are those of networks within the edge
        ),
        Test(
            "deep_linear.langevin_product_tail",
            lambda data, c: judged(data, "product"),
            inputs=lambda c: {**inputs(c), "z": c.z[1:3]},
            diverged=1.0,
        ),
    ],
    replicates=16384,
    chunk=2048,
    tiers={
        "standard": {
            "law": ((1.6, 0.4, 0.1), (1.5, 0.4, 0.5), (1.5, 0.4, 0.1), (1.3, 0.15, 0.5), (1.2, 0.1, 0.5)),
            "x": (3.0, 6.0, 12.0, 24.0),
            "z": (2.0, 4.0, 8.0, 16.0),
            "eta": 0.00025,
            "replicates": 65536,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
