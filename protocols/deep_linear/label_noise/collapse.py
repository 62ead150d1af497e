"""At which learning rates does label noise collapse two factors to zero: where the SDE says, or in a window?"""

import math
from dataclasses import dataclass

import numpy as np

from models.deep_linear import model
from models.deep_linear.scalars.rate_ladder import each_rate, edges, labels, log_product, scale, slopes
from theorylab import Ensemble, Protocol, Test, main, measure, noise, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    noise: str
    alpha: float
    gamma: float
    kind: str
    ratio: float
    ladder: tuple[float, ...]
    open: tuple[tuple[float, float], ...] = (  # alpha, gamma/v: with a window
        (2.0, 7.0),
        (2.0, 3.2),
        (2.0, 2.4),
        (1.5, 6.0),
        (1.5, 4.0),
    )
    shut: tuple[tuple[float, float], ...] = ((2.0, 2.1), (1.5, 3.0), (1.0, 5.0))  # without one
    wide: tuple[tuple[float, float], ...] = ((2.0, 30.0), (1.7, 12.0))  # where the SDE's rate is SGD's lower edge
    differenced: tuple[tuple[float, float], ...] = ((2.0, 4.0), (1.5, 5.0))
    B: int = vary(1, 4)
    v: float = 1.0
    rungs: int = 14
    every: int = 32
    dtype: str = "float64"


def cells(s):
    """The kind of a cell says which claims it tests; gamma/v is that of the mean of a batch."""
    batched = [("wide", B, False, pair) for B in s.B for pair in s.wide[: None if B == 1 else 1]]
    plain = [(kind, 1, False, pair) for kind in ("open", "shut") for pair in getattr(s, kind)]
    for kind, B, differenced, (alpha, ratio) in [*plain, *batched, *(("open", 1, True, p) for p in s.differenced)]:
        law = name(alpha, differenced)
        gamma = ratio * s.v * B ** (1 - 1 / alpha) / noise.gain(law, alpha)
        sde = (ratio**alpha * math.gamma(alpha) * abs(math.cos(math.pi * alpha / 2))) ** (-1 / max(alpha - 1, 0.2))
        ends = (min(0.6 * sde, 0.1 / ratio), 1.6 / ratio)
        ladder = (np.geomspace(*ends, s.rungs) / s.v).tolist()
        own = {"kind": kind, "ratio": ratio, "ladder": tuple(ladder)}
        yield {"noise": law, "alpha": alpha, "B": B, "gamma": gamma, **own}


def name(alpha, differenced):
    if differenced:
        return "label differenced" if alpha == 2 else "label differenced stable"
    return "label gaussian" if alpha == 2 else "label stable"


simulate = Ensemble[Settings](
    model.ladder,
    batch=labels,
    rule=each_rate,
    observe={"log": observe.trace(log_product)},
    every=lambda c: c.every,
    snapshots=5,
)
JUDGED = slice(3, None, 3)  # rungs whose slopes are judged


def both_edges(data, c: Settings):
    found = edges(data, c)
    return None if found is None else measure.mean(found)


def lower_edge(data, c: Settings):
    found = edges(data, c)
    return None if found is None else measure.mean(found[:, 0])


def inputs(c: Settings):
    return {"v": c.v, "gamma": scale(c), "alpha": c.alpha}


protocol = Protocol(
    Settings,
    simulate=simulate,
    cells=cells,
    tests=[
        Test(
            "deep_linear.collapse_exponent",
            lambda data, c: measure.mean(slopes(data, c)[:, JUDGED]),
            inputs=lambda c: {**inputs(c), "eta": np.array(c.ladder)[JUDGED]},
            when=lambda c: c.kind != "wide",
        ),
        Test("deep_linear.collapse_window", both_edges, inputs=inputs, when=lambda c: c.kind == "open"),
        Test(
            "deep_linear.collapse_rate",
            lower_edge,
            inputs=lambda c: {**inputs(c), "B": c.B},
            when=lambda c: c.kind == "wide",
        ),
    ],
    replicates=32768,
    chunk=2048,
    tiers={
        "standard": {
            "open": ((2.0, 7.0), (2.0, 3.2), (2.0, 2.4), (1.8, 5.0), (1.5, 10.0), (1.5, 6.0), (1.5, 4.0), (1.35, 5.0)),
            "wide": ((2.0, 30.0), (1.8, 20.0), (1.7, 12.0), (1.5, 12.0)),
            "rungs": 20,
            "replicates": 131072,
        },
        "full": {"replicates": 524288},
    },
)

if __name__ == "__main__":
    main(__file__)
