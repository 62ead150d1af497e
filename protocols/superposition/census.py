"""Where does each noise lead networks of five and six features, and has every state they reach its level of loss?"""

from dataclasses import dataclass

from models.superposition.model import init
from models.superposition.states import State, level_of, polygon_of
from models.superposition.training import on_population
from theorylab import Protocol, Test, main, vary


@dataclass(frozen=True)
class Settings:
    n: int = vary(5, 6)
    m: int = 2
    noise: str = vary("none", "gaussian", "stable", "differenced gaussian")
    sigma: float = vary(0.14, 0.5)  # the second for the differenced noise alone: it takes that much to move a network
    gamma: float = 0.007
    alpha: float = 1.5
    spread: float = 0.5
    eta: float = 0.2
    steps: int = 4000


def cells(s):
    strengths = {kind: s.sigma if kind == "differenced gaussian" else s.sigma[:1] for kind in s.noise}
    return [{"n": n, "noise": kind, "sigma": sigma} for n in s.n for kind in s.noise for sigma in strengths[kind]]


def level_test(state):
    return Test[Settings](
        "superposition.level",
        lambda data, c: level_of(data, state),
        when=lambda c: state.k + state.plus <= c.n,
        inputs=lambda c: {"n": c.n, "k": [state.k] * 2, "plus": [state.plus] * 2},
    )


states = [State(k, 0, plus) for k in range(7) for plus in range(3 if k >= 4 else 1)]
polygon_test = Test[Settings](
    "superposition.polygon", lambda data, c: polygon_of(data, c.n), inputs=lambda c: {"k": [c.n] * 2}
)
protocol = Protocol(
    Settings,
    simulate=on_population(init),
    cells=cells,
    tests=[*map(level_test, states), polygon_test],
    replicates=4096,
    chunk=4096,
    tiers={"full": {"replicates": 65536}},
)

if __name__ == "__main__":
    main(__file__)
