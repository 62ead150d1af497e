"""How does a mode grow whose two layers start with unequal parts, from the sigmoid to the exponential?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear.matrices import two_rates
from models.deep_linear.matrices.starts import uneven
from theorylab import Protocol, Test, main, vary


@dataclass(frozen=True)
class Settings:
    noise: str = vary("none", "gaussian", "stable", "differenced gaussian")
    gap: tuple[float, ...] = vary((0.3, 1.0, 3.0))  # a^2 - b^2 of each mode
    s: tuple[float, ...] = vary((1.5, 1.0, 0.7))
    u0: float = 0.05
    eta: float = 0.01
    horizon: float = 4.0
    looks: int = 16
    sigma: float = 0.05
    alpha: float = 1.5
    gamma: float = 0.005
    inputs: int = 4
    hidden: int = 4
    outputs: int = 3


JUDGED = slice(3, None, 4)  # looks at which the curves are judged


protocol = Protocol(
    Settings,
    simulate=two_rates.ensemble(uneven),
    tests=[
        Test(
            "deep_linear.unbalanced_mode",
            lambda data, c: two_rates.middle(two_rates.strength(data, c)[:, JUDGED], c),
            inputs=lambda c: {
                "s": np.array(c.s),
                "c": np.array(c.gap),
                "u0": c.u0,
                "t": two_rates.times(c)[JUDGED, None],
            },
        )
    ],
    replicates=2048,
    chunk=128,
    tiers={"standard": {"gap": vary((0.3, 1.0, 3.0), (0.0, 0.1, 6.0))}},
)

if __name__ == "__main__":
    main(__file__)
