"""At which weight decay does a deep linear network lose a mode, and is that where the mode stops to be worth it?"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.matrices.weight_decay import gain, level, strength, teacher
from theorylab import Ensemble, Protocol, Test, main, measure, vary
from theorylab.train import Clock, observe


@dataclass(frozen=True)
class Settings:
    depth: int = vary(3, 4)
    s: tuple[float, ...] = (1.5,)
    range: tuple[float, ...] = (0.25, 0.65)  # of the decays, in units of s
    u0: tuple[float, ...] = (0.01, 2.0)
    inputs: int = 3
    hidden: int = 3
    outputs: int = 3
    eta: float = 0.05
    horizon: float = 80.0
    noise: str = "none"


def cells(s):
    """A depth each."""
    span = tuple(x * s.s[0] for x in s.range)
    return [{"depth": depth, "range": span} for depth in s.depth]


simulate = Ensemble[Settings](
    model.decayed,
    data=teacher,
    observe={
        "g": observe.final(lambda p, c: c.data["g"]),
        "small": observe.final(strength("small")),
        "large": observe.final(strength("large")),
        "gain": observe.final(gain),
    },
    clock=Clock(end=lambda c: c.horizon, snapshots=1),
)


def transitions(data, c: Settings):
    """Decays are uniform: the share of networks that keep the mode, or are the better for it, says up to which one."""
    kept = data["large"].values > 0.05 * c.s[0]
    better = kept & (data["gain"].values < 0)
    low, high = c.range
    edges = (measure.mean(low + (high - low) * np.asarray(share, float)) for share in (kept, better))
    indifferent = level(data["large"], data["gain"], kept, 0.01 * c.s[0] ** 2)
    return None if len(indifferent) < 2 else measure.joint(*edges, measure.mean(indifferent))


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test(
            "deep_linear.decay_transition",
            transitions,
            inputs=lambda c: {"depth": c.depth, "s": c.s[0]},
        )
    ],
    replicates=65536,
    chunk=4096,
    tiers={"standard": {"depth": vary(3, 4, 6), "range": (0.15, 0.6), "horizon": 200.0, "replicates": 262144}},
)

if __name__ == "__main__":
    main(__file__)
