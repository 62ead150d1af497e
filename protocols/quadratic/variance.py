"""How far does SGD with white Gaussian gradient noise spread around a quadratic minimum?"""

from dataclasses import dataclass

from models.quadratic.model import relaxed, scalar, spaced
from theorylab import Ensemble, Picture, Protocol, Test, main, measure, vary
from theorylab.train import observe


@dataclass(frozen=True)
class Settings:
    eta: float = vary(0.1, 0.5, 1.5)
    lam: float = 1.0
    sigma: float = 0.5
    noise: str = "gaussian"


protocol = Protocol(
    Settings,
    simulate=Ensemble[Settings](
        scalar,
        observe={"square": observe.mean(lambda p, c: p["theta"] ** 2)},
        burn=relaxed,
        every=spaced,
        snapshots=64,
    ),
    tests=[
        Test(f"quadratic.{name}", lambda data, c: measure.mean(data["square"]))
        for name in ("variance", "note_14", "note_28")
    ],
    pictures=[
        Picture(
            "quadratic.variance",
            x="eta",
            log="xy",
            title="SGD on a quadratic, Gaussian noise",
            y_label="stationary variance",
        )
    ],
    replicates=32768,
    chunk=4096,
    tiers={"standard": {"eta": vary(0.02, 0.1, 0.5, 1.0, 1.5, 1.9)}},
)

if __name__ == "__main__":
    main(__file__)
