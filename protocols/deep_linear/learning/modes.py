"""When does a deep linear network learn each of its modes, and does small gradient noise change that?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear.matrices import two_rates
from models.deep_linear.matrices.network import aligned
from theorylab import Protocol, Test, main, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str = vary("none", "gaussian", "stable", "differenced gaussian")
    depth: int = vary(2, 3, 4)
    noisy: tuple[int, ...] = (2,)  # depths that are also trained under the noises
    s: tuple[float, ...] = (3.0, 1.5, 0.7)
    u0: float = 0.02
    eta: float = 0.01
    horizon: float = 8.0
    looks: int = 16
    sigma: float = 0.1
    alpha: float = 1.5
    gamma: float = 0.01
    inputs: int = 4
    hidden: int = 4
    outputs: int = 3


def cells(settings):
    """All depths without noise, some under each noise."""
    pairs = [(kind, depth) for kind in settings.noise for depth in settings.depth]
    kept = [(kind, depth) for kind, depth in pairs if kind == "none" or depth in settings.noisy]
    return [{"noise": kind, "depth": depth} for kind, depth in kept]


halves = {f"{n}_half_{i}": observe.first(two_rates.reached(n, i)) for n in ("coarse", "fine") for i in range(3)}
JUDGED = slice(1, None, 3)  # looks at which the curves are judged


def modes(c: Settings, **more):
    """Inputs of a claim about all modes of a cell."""
    return {"depth": c.depth, "s": np.array(c.s), "u0": c.u0, **more}


protocol = Protocol(
    Settings,
    simulate=two_rates.ensemble(aligned, seen={**two_rates.curves, **halves}),
    cells=cells,
    tests=[
        Test(
            "deep_linear.mode_strength",
            lambda data, c: two_rates.middle(two_rates.strength(data, c)[:, JUDGED], c),
            inputs=lambda c: modes(c, t=two_rates.times(c)[JUDGED, None]),
        ),
        Test(
            "deep_linear.learning_time",
            lambda data, c: two_rates.middle(two_rates.half_times_by_step(data, c), c),
            inputs=lambda c: modes(c, u=np.array(c.s) / 2),
        ),
    ],
    replicates=2048,
    chunk=128,
    tiers={"standard": {"noisy": (2, 3)}, "full": {"noisy": (2, 3, 4)}},
)

if __name__ == "__main__":
    main(__file__)
