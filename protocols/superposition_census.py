"""Where does each noise lead networks of five and six features, and does every state they reach have its level of loss?"""

from dataclasses import dataclass

import optax

from models.superposition.model import init, loss
from models.superposition.quench import CLIP, jumps, quenched
from models.superposition.states import State, level_of, polygon_of
from theorylab import Ensemble, Protocol, Test, observe


@dataclass(frozen=True)
class Settings:
    n: tuple = (5, 6)
    noise: tuple = ("none", "gaussian", "stable", "differenced gaussian")
    sigma: tuple = (0.14, 0.5)  # the larger one for the differenced noise alone, which it takes to move a network
    gamma: float = 0.01
    alpha: float = 1.5
    spread: float = 0.5
    eta: float = 0.2
    m: int = 2
    steps: int = 4000
    replicates: int = 4096
    chunk: int = 4096


simulate = Ensemble(
    loss=loss,
    init=init,
    noise=jumps,
    units="parameter",
    rule=lambda c: optax.chain(optax.clip(CLIP), optax.sgd(c.eta)),
    burn=lambda c: c.steps,
    records=0,
    observe={"network": observe.final(quenched)},
    block=32,
)
states = [State(k, 0, plus) for k in range(7) for plus in range(3 if k >= 4 else 1)]
protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=simulate,
    cells=lambda s: [
        {"n": n, "noise": kind, "sigma": sigma}
        for n in s.n for kind in s.noise for sigma in (s.sigma if kind.startswith("differenced") else s.sigma[:1])
    ],
    tests=[
        *(
            Test(
                "superposition.level", lambda data, c, state=state: level_of(data, state),
                inputs=lambda c, state=state: {"n": c.n, "k": [state.k] * 2, "plus": [state.plus] * 2},
                when=lambda c, state=state: state.k + state.plus <= c.n,
            )
            for state in states
        ),
        Test("superposition.polygon", lambda data, c: polygon_of(data, c.n), inputs=lambda c: {"k": [c.n] * 2}),
    ],
    tiers={"full": {"replicates": 65536}},
)

if __name__ == "__main__":
    protocol.main()
