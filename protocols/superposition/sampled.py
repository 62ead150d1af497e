"""Do networks that only ever see sampled batches end on the levels of the population loss?"""

from dataclasses import dataclass

import optax

from models.superposition import model
from models.superposition.model import one_active
from models.superposition.quench import quenched, table
from models.superposition.states import State, typical_level_of
from theorylab import Ensemble, Protocol, Test, main, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    n: int = vary(5, 6)
    batch: int = 8
    eta: float = 0.1
    spread: float = 0.5
    m: int = 2
    steps: int = 16000
    noise: str = "minibatch with"


simulate = Ensemble[Settings](
    model.sampled,
    batch=one_active,
    rule=lambda c: optax.sgd(optax.cosine_decay_schedule(c.eta, c.steps)),
    burn=lambda c: c.steps,
    snapshots=0,
    observe={"trained": observe.final(lambda p, c: table(p)), "network": observe.final(quenched)},
    block=32,
)
protocol = Protocol(
    Settings,
    simulate=simulate,
    tests=[
        Test(
            "superposition.level",
            lambda data, c, state=state: typical_level_of(data, state),
            inputs=lambda c, state=state: {"n": c.n, "k": state.k, "plus": state.plus},
            when=lambda c, state=state: state.k + state.plus <= c.n,
        )
        for state in (State(6, 0, 0), State(5, 0, 1), State(5, 0, 0), State(4, 0, 2), State(4, 0, 1), State(4, 0, 0))
    ],
    replicates=512,
    chunk=512,
    tiers={"standard": {"replicates": 16384}, "full": {"replicates": 65536}},
)

if __name__ == "__main__":
    main(__file__)
