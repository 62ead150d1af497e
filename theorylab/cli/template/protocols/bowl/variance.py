"""How far does SGD spread around the minimum of a bowl?"""

from dataclasses import dataclass

import optax

from theorylab import Ensemble, Protocol, Test, main, measure, noise, observe


@dataclass(frozen=True)
class Settings:
    eta: tuple = (0.2, 1.0)  # a tuple is varied: one cell each
    lam: float = 1.0
    sigma: float = 0.5
    noise: str = "gaussian"
    replicates: int = 32768
    chunk: int = 4096


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=Ensemble(
        loss=lambda p, c: 0.5 * c.lam * p["theta"] ** 2,
        init=lambda draw, c: {"theta": 0.0 * draw.normal(())},
        noise=noise.named,
        rule=lambda c: optax.sgd(c.eta),
        observe={"square": observe.mean(lambda p, c: p["theta"] ** 2)},
        burn=100,
        every=2,
        records=64,
    ),
    tests=[Test("bowl.variance", lambda data, c: measure.mean(data["square"]))],
    tiers={"full": {"eta": (0.05, 0.2, 1.0, 1.5)}},
)

if __name__ == "__main__":
    main(__file__)
