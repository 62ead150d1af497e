"""Are the regular polygons of four to nine features minima with the lengths, biases and losses of the closed form?"""

from dataclasses import dataclass

from models.superposition.model import near_polygon
from models.superposition.states import polygon_of
from models.superposition.training import on_population
from theorylab import Protocol, Test, main, vary


@dataclass(frozen=True)
class Settings:
    n: int = vary(4, 5, 6, 7, 8, 9)
    noise: str = vary("none")
    sigma: float = 0.03
    gamma: float = 0.002
    alpha: float = 1.5
    radius: float = 1.4  # of the polygon that is perturbed: one start for all n
    bias: float = -0.8
    spread: float = 0.05
    eta: float = 0.2
    steps: int = 1000
    roll: int = 8000


noises = vary("none", "gaussian", "stable", "differenced gaussian")
protocol = Protocol(
    Settings,
    simulate=on_population(near_polygon, "float64"),  # the 9-gon has one very soft direction
    tests=[Test("superposition.polygon", lambda data, c: polygon_of(data, c.n), inputs=lambda c: {"k": [c.n] * 2})],
    replicates=512,
    chunk=512,
    tiers={"standard": {"noise": noises}, "full": {"noise": noises, "replicates": 4096}},
)

if __name__ == "__main__":
    main(__file__)
