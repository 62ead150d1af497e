"""Are the fluctuations of a network about its minimum the same in every mode, as a temperature would have them?"""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from models.deep_linear import model
from models.deep_linear.matrices.minima import balanced, fluctuation
from models.deep_linear.matrices.network import teacher
from theorylab import Ensemble, Protocol, Test, main, measure, noise, vary
from theorylab.lab.protocol import changed
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    gamma: float
    noise: str = vary("gaussian", "stable", "differenced gaussian", "differenced stable")
    alpha: float = vary(1.5, 1.0)  # of the stable laws
    eta: float = 0.02
    coarse: float = 0.25  # a learning rate at which steps are felt
    s: tuple[float, ...] = (3.0, 1.0, 0.4)
    depth: int = 2
    inputs: int = 3
    hidden: int = 3
    outputs: int = 3
    dose: float = 0.002  # drift along the flat directions over a run
    looks: int = 16


def cells(s):
    """Each noise and stability index at a small learning rate, white stable noise at a large one too."""
    kinds = [(kind, a, s.eta) for kind in s.noise for a in (s.alpha if kind.endswith("stable") else (2.0,))]
    kinds += [("stable", s.alpha[0], s.coarse)]
    return [{"noise": kind, "alpha": a, "eta": eta, **strength(s, a, eta)} for kind, a, eta in kinds]


def strength(s, alpha, eta):
    """gamma such that white noise moves a flat direction by `dose` in all steps."""
    c = changed(s, eta=eta)
    gamma = s.dose / eta * (burn(c) + c.looks * every(c)) ** (-1 / alpha)
    return {"gamma": gamma}


def every(c: Settings):
    """Steps between looks: half a relaxation time of the flattest mode."""
    return max(1, round(0.25 / (c.eta * min(c.s))))


def burn(c: Settings):
    return 12 * every(c)


def colour(c: Settings):
    return "differenced" if c.noise.startswith("differenced") else "white"


def slope(data, c: Settings):
    """Slope of each replicate's mean logarithms against those of s_i + s_j."""
    x = np.log(np.add.outer(np.array(c.s), np.array(c.s)))
    x = x - x.mean()
    return measure.mean((data["log"].values * x).sum((1, 2)) / (x**2).sum())


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.taught,
        data=teacher,
        init=balanced,
        noise=lambda c: noise.named(c, "isotropic"),
        observe={"log": observe.mean(lambda p, c: jnp.log(jnp.abs(fluctuation(p, c))))},
        burn=burn,
        every=every,
        snapshots=lambda c: c.looks,
    ),
    cells=cells,
    tests=[
        Test(
            "deep_linear.equipartition",
            lambda data, c: measure.log_scale(data["log"].values, c.alpha, logs=True),
            inputs=lambda c: {
                "eta": c.eta,
                "gamma": c.gamma,
                "alpha": c.alpha,
                "singular_values": np.array(c.s),
                "colour": colour(c),
            },
            diverged=0.01,
        ),
        Test(
            "deep_linear.equipartition_slope",
            slope,
            inputs=lambda c: {"alpha": c.alpha, "colour": colour(c)},
            when=lambda c: c.eta < 0.05 and c.noise != "differenced stable",
            diverged=0.01,
        ),
    ],
    replicates=16384,
    chunk=1024,
    tiers={
        "standard": {
            "alpha": vary(1.8, 1.5, 1.2, 1.0, 0.8),
            "eta": 0.01,
            "dose": 0.0004,  # a leap of order one along a flat direction has a chance of dose^alpha
            "dtype": "float64",
            "replicates": 131072,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
