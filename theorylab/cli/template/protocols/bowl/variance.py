"""How far does SGD spread around the minimum of a bowl?"""

from dataclasses import dataclass

from theorylab import Ensemble, Picture, Protocol, Test, main, measure, observe, vary


@dataclass(frozen=True)
class Settings:
    eta: float = vary(0.2, 1.0)  # one cell each
    lam: float = 1.0
    sigma: float = 0.5
    noise: str = "gaussian"


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        loss=lambda p, c: 0.5 * c.lam * p["theta"] ** 2,
        init=lambda draw, c: {"theta": 0.0 * draw.normal(())},
        observe={"square": observe.mean(lambda p, c: p["theta"] ** 2)},
        burn=100,
        every=2,
        snapshots=64,
    ),
    tests=[Test("bowl.variance", lambda data, c: measure.mean(data["square"]))],
    pictures=[Picture("bowl.variance", x="eta")],
    replicates=32768,
    chunk=4096,
    tiers={"full": {"eta": vary(0.05, 0.2, 1.0, 1.5)}},
)

if __name__ == "__main__":
    main(__file__)
