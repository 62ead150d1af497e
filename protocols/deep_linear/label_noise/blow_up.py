"""After how many steps does stable label noise throw two factors out of reach of their target for good?"""

from dataclasses import dataclass

from models.deep_linear import model
from models.deep_linear.scalars.network import labels, thrown
from theorylab import Ensemble, Protocol, Test, main, measure
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str
    alpha: float
    eta: float
    gamma: float
    law: tuple[tuple[float, float], ...] = (  # alpha, eta
        (1.8, 0.05),
        (1.5, 0.1),
        (1.5, 0.05),
        (1.5, 0.025),
        (1.2, 0.05),
    )
    rate: float = 0.06  # of the noise, gamma^alpha eta^(alpha-1)/v: sets gamma
    v: float = 1.0
    B: int = 1
    tilt: float = 0.0
    reach: float = 3.0  # eta*abs(product - v) where a network counts as lost and stays as the throw left it
    horizon: float = 3.0  # in 1/(rate*(eta*v)^(1+alpha/2)) steps; who is still there then is censored


def cells(s):
    for alpha, eta in s.law:
        gamma = (s.rate * s.v / eta ** (alpha - 1)) ** (1 / alpha)
        yield {"noise": "label stable", "alpha": alpha, "eta": eta, "gamma": gamma}


def steps(c: Settings):
    return round(c.horizon / (c.rate * (c.eta * c.v) ** (1 + c.alpha / 2)))


simulate = Ensemble[Settings](
    model.within_reach,
    batch=labels,
    observe={"lost": observe.first(thrown)},
    every=steps,
)


def time(data, c: Settings):
    """Mean time of an exponential law, from networks that are lost and others that are not yet."""
    return measure.exit_time(data["lost"].values.astype(float), horizon=float(steps(c)))


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[Test("deep_linear.blow_up_time", time)],
    replicates=4096,
    chunk=1024,
    tiers={"standard": {"law": ((1.8, 0.025), (1.5, 0.05), (1.5, 0.025), (1.5, 0.0125), (1.2, 0.025)), "rate": 0.02}},
)

if __name__ == "__main__":
    main(__file__)
