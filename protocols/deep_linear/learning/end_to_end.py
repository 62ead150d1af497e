"""Does the product of balanced layers flow as if there were no layers, at any depth and without alignment?"""

import itertools
from dataclasses import dataclass

from models.deep_linear.matrices import starts, two_rates
from models.deep_linear.matrices.network import product
from theorylab import Protocol, Test, main, vary


@dataclass(frozen=True)
class Settings:
    noise: str = vary("none", "gaussian", "stable", "differenced gaussian")
    depth: int = vary(3, 4)
    s: tuple[float, ...] = vary((2.0, 1.2, 0.6))
    p: tuple[float, ...] = vary((0.5, 0.3, 0.1))  # singular values of the product at the start
    inputs: int = 4
    hidden: int = 4
    outputs: int = 3
    eta: float = 0.005
    horizon: float = 2.0
    looks: int = 8
    sigma: float = 0.05
    alpha: float = 1.5
    gamma: float = 0.005


def cells(settings):
    """Every depth without noise, the smallest under each."""
    for s, p, depth in itertools.product(settings.s, settings.p, settings.depth):
        for name in settings.noise if depth == min(settings.depth) else ("none",):
            yield {"s": s, "p": p, "depth": depth, "noise": name}


def inputs(c: Settings):
    """The product at the start, the target and the times of the looks that are judged."""
    done = None
    for layer in starts.layers(c):
        done = layer if done is None else layer @ done
    return {"depth": c.depth, "W": done, "S": starts.target(c), "t": two_rates.times(c)[1::2].tolist()}


protocol = Protocol(
    Settings,
    simulate=two_rates.ensemble(starts.layered, starts.teacher, two_rates.traced(lambda params, c: product(params))),
    cells=cells,
    tests=[
        Test(
            "deep_linear.end_to_end",
            lambda data, c: two_rates.middle(two_rates.strength(data, c)[:, 1::2], c),
            inputs=inputs,
        )
    ],
    replicates=1024,
    chunk=64,
    tiers={"standard": {"depth": vary(2, 3, 4, 5)}},
)

if __name__ == "__main__":
    main(__file__)
