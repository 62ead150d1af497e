"""Are the regular polygons of four to nine features minima with the lengths, biases and losses of the closed form?"""

from dataclasses import dataclass

import optax

from models.superposition.model import loss, near_polygon
from models.superposition.quench import CLIP, jumps, quenched
from models.superposition.states import polygon_of
from theorylab import Ensemble, Protocol, Test, observe


@dataclass(frozen=True)
class Settings:
    n: tuple = (4, 5, 6, 7, 8, 9)
    noise: tuple = ("none",)
    sigma: float = 0.03
    gamma: float = 0.002
    alpha: float = 1.5
    radius: float = 1.4  # of the polygon that is perturbed: one start for all n
    bias: float = -0.8
    spread: float = 0.05
    eta: float = 0.2
    steps: int = 1000
    roll: int = 8000
    replicates: int = 512
    chunk: int = 512


simulate = Ensemble(
    loss=loss,
    init=near_polygon,
    noise=jumps,
    units="parameter",
    rule=lambda c: optax.chain(optax.clip(CLIP), optax.sgd(c.eta)),
    burn=lambda c: c.steps,
    records=0,
    observe={"network": observe.final(quenched)},
    dtype="float64",  # the softest direction of the 9-gon is 2,000 times softer than its stiffest
    block=32,
)
protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=simulate,
    tests=[Test("superposition.polygon", lambda data, c: polygon_of(data, c.n), inputs=lambda c: {"k": [c.n] * 2})],
    tiers={
        "standard": {"noise": ("none", "gaussian", "stable", "differenced gaussian")},
        "full": {"noise": ("none", "gaussian", "stable", "differenced gaussian"), "replicates": 4096},
    },
)

if __name__ == "__main__":
    protocol.main()
