"""When does a two-layer network learn each mode from small random weights, and how much does that time vary?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear.matrices import two_rates
from models.deep_linear.matrices.network import generic
from theorylab import Protocol, Test, main, measure, vary


@dataclass(frozen=True)
class Settings:
    hidden: int = vary(4, 8)
    s: tuple[float, ...] = vary((4.0, 2.0, 1.0))
    spread: float = 0.001  # of the weights at the start
    eta: float = 0.02
    horizon: float = 15.0
    looks: int = 100
    inputs: int = 3
    outputs: int = 3
    depth: int = 2
    noise: str = "none"


def inputs(c: Settings):
    return {"s": list(c.s), "sigma": c.spread, "h": c.hidden, "index": list(range(1, 1 + len(c.s)))}


protocol = Protocol(
    Settings,
    simulate=two_rates.ensemble(generic),
    tests=[
        Test(
            "deep_linear.staged_time",
            lambda data, c: measure.mean_and_sd(two_rates.half_times_by_look(data, c, np.array(c.s))),
            inputs=inputs,
        )
    ],
    replicates=32768,
    chunk=1024,
    tiers={
        "standard": {"hidden": vary(3, 4, 8), "spread": 0.0003, "horizon": 30.0, "looks": 150, "replicates": 65536},
        "full": {"replicates": 131072},
    },
)

if __name__ == "__main__":
    main(__file__)
