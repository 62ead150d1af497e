"""Which interpolator does a diagonal linear network find after label noise has acted on it for a while?"""

from dataclasses import dataclass

import numpy as np

from models.diagonal_linear import model
from models.diagonal_linear.model import quieted, strength
from theorylab import Ensemble, Protocol, Test, main, measure, noise, vary
from theorylab.train import observe

DATA = ((2.0, -2.6, 0.4, -0.6, -0.5, -0.2), (-2.0, -0.2, -0.9, 3.3, 0.2, -0.4), (-0.3, -0.7, -1.1, -0.4, 0.5, -0.2))


@dataclass(frozen=True)
class Settings:
    noise: str = vary("label gaussian", "label differenced")
    k: int = vary(4000, 12000)  # steps with noise
    X: tuple[tuple[float, ...], ...] = vary(DATA)
    y: tuple[float, ...] = vary((1.0, -0.2, 0.7))
    alpha: float = 0.3  # the start
    eta: float = 0.002
    gamma: float = 2.0
    quiet: int = 40000  # steps without noise
    dtype: str = "float64"


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        model.single,
        batch=quieted,
        observe={"beta": observe.final(strength)},
        every=lambda c: c.k + c.quiet,
    ),
    tests=[
        Test(
            "diagonal_linear.noisy_limit",
            lambda data, c: measure.mean(data["beta"].values),
            inputs=lambda c: {
                "X": np.array(c.X),
                "y": np.array(c.y),
                "start": c.alpha,
                "eta": c.eta,
                "gamma": c.gamma * noise.gain(c.noise),  # of one label
                "k": c.k,
            },
        )
    ],
    replicates=4096,
    chunk=64,
    tiers={"standard": {"k": vary(1000, 3000, 6000, 12000), "eta": 0.002}},
)

if __name__ == "__main__":
    main(__file__)
