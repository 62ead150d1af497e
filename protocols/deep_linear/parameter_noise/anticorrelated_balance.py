"""Does anti-correlated noise on the weights balance two factors, also where their product collapses?"""

import math
from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.matrices import two_rates
from theorylab import Ensemble, Protocol, Test, main, measure, noise, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    s: float = vary(0.4, 0.8, 1.2)
    v: float = 1.0
    eta: float = 0.01
    tilt: float = 1.25
    horizon: float = 2.0
    looks: int = 8
    noise: str = "differenced gaussian"


def imbalance(network):
    """u^2 - w^2 of one of the two networks: (lanes,)."""
    return lambda p, c: p[network]["u"] ** 2 - p[network]["w"] ** 2


simulate = Ensemble[Settings](
    model.smooth_twice,
    noise=lambda c: noise.differenced(noise.gaussian(c.s)),
    units="parameter",
    rule=two_rates.halving,
    observe={name: observe.trace(imbalance(name)) for name in ("coarse", "fine")},
    clock=two_rates.clock,
)
JUDGED = slice(1, None, 2)  # looks that are judged


def ratio(data, c: Settings):
    """Extrapolated to eta = 0, relative to the start."""
    return measure.mean(two_rates.strength(data, c)[:, JUDGED] / (2 * c.v * math.sinh(2 * c.tilt)))


protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[
        Test(
            "deep_linear.anticorrelated_balance",
            ratio,
            inputs=lambda c: {"s": c.s, "t": two_rates.times(c)[JUDGED]},
        )
    ],
    replicates=65536,
    chunk=4096,
    tiers={"standard": {"s": vary(0.2, 0.4, 0.6, 0.8, 1.0, 1.2), "eta": 0.005, "replicates": 262144}},
)

if __name__ == "__main__":
    main(__file__)
