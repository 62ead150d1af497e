"""Do exact chains find the learning coefficient and its multiplicity, and what do Langevin chains find?

The mean loss at two temperatures, as exact chains find it, is a straight line over 1/ln beta: it starts at lambda and
falls with the slope m - 1.
"""

from dataclasses import dataclass

import numpy as np

from models.deep_linear.matrices.posterior import sample
from theorylab import Protocol, Test, main, measure, vary


@dataclass(frozen=True)
class Settings:
    sampler: str
    widths: tuple[int, ...]
    rank: int
    noise: str
    shape: tuple[tuple[tuple[int, ...], int], ...] = (
        ((1, 1, 1), 0),
        ((2, 2, 2), 0),
        ((3, 2, 3), 1),
        ((2, 2, 2, 2, 2), 0),
    )
    regular: tuple[tuple[tuple[int, ...], int], ...] = (((3, 2, 3), 2),)  # for the Langevin chains
    step: float = vary(0.5, 0.25)  # of the Langevin chains, in units of 1/(largest curvature)
    cold: float = 1e12
    warm: float = 1e9
    beta: float = 1e3  # of the Langevin chains
    burn: int = 200
    sweeps: int = 200
    steps: int = 1000


def cells(s):
    for widths, rank in s.shape:
        yield {"sampler": "gibbs", "widths": widths, "rank": rank, "beta": s.cold, "noise": "none", "step": 0.0}
    for widths, rank in s.regular:
        common = {"widths": widths, "rank": rank, "noise": "gaussian"}
        yield {**common, "sampler": "mala", "step": max(s.step)}
        yield from ({**common, "sampler": "sgld", "step": step} for step in s.step)


def simulate(c: Settings, seed, start, count):
    if c.sampler == "gibbs":
        return {"loss": np.stack([sample(c, b, 0.0, seed, start, count)["loss"] for b in (c.warm, c.cold)], 1)}
    return sample(c, c.beta, size(c), seed, start, count)


def size(c: Settings):
    """Step size: the largest curvature of beta*L where two layers are balanced at singular values 1 is 2*beta."""
    return c.step / (2 * c.beta)


def line(data, c: Settings):
    """lambda and m from the straight line through the mean losses over 1/ln(beta)."""
    warm, cold = 1 / np.log([c.warm, c.cold])
    slope = (data["loss"][:, 1] - data["loss"][:, 0]) / (warm - cold)
    return measure.mean(np.stack([data["loss"][:, 1] + slope * cold, 1 + slope], 1))


def mean_loss(data, c: Settings):
    """beta <L>; of unrejected chains less what their mean squared force says is too much."""
    if c.sampler == "gibbs":
        return measure.mean(data["loss"][:, 1])
    return measure.mean(data["loss"] - (size(c) / 8 * data["force"] if c.sampler == "sgld" else 0))


shape = lambda c: {"widths": list(c.widths), "rank": c.rank}
protocol = Protocol(
    Settings,
    simulate=simulate,
    untrained="chains that sample the posterior",
    cells=cells,
    tests=[
        Test("deep_linear.learning_coefficient", line, inputs=shape, when=lambda c: c.sampler == "gibbs"),
        Test("deep_linear.tempered_loss", mean_loss, inputs=lambda c: shape(c) | {"beta": c.beta}),
        Test(
            "deep_linear.unrejected_langevin",
            lambda data, c: measure.mean(data["loss"]),
            inputs=lambda c: shape(c) | {"beta": c.beta},
            when=lambda c: c.sampler == "sgld",
        ),
    ],
    replicates=4096,
    chunk=512,
    tiers={
        "standard": {
            "shape": (
                *Settings.shape,
                ((1, 1, 1, 1), 0),
                ((2, 2, 2, 2), 0),
                ((2, 2, 2), 1),
                ((4, 3, 2), 1),
                ((2, 2, 2, 2), 1),
                ((3, 3, 3), 1),
                ((3, 3, 3, 3), 1),
                ((4, 3, 4), 2),
            ),
            "regular": (((3, 2, 3), 2), ((2, 2, 2), 2)),
            "step": vary(0.5, 0.25, 0.1),
            "steps": 4000,
        }
    },
)

if __name__ == "__main__":
    main(__file__)
