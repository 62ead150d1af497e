"""Which test loss do white and differenced noise on the weights add to a linear student?

The student starts at its teacher. The claims' margin, 3 %, is twice the 1/d correction of the averages, or more.
"""

from dataclasses import dataclass

from models.linear_estimator import model
from theorylab import Protocol, Test, main, measure, noise, vary


@dataclass(frozen=True)
class Settings:
    samples: float
    rows: int
    noise: str = vary("gaussian", "differenced gaussian")
    ratio: float = vary(0.5, 0.9, 1.5)
    steps: float = vary(5.0, 40.0)  # floats are traced: one program for all
    dim: int = 126
    outputs: int = 16
    tests: int = 1
    eta: float = 0.15
    sigma: float = 0.1
    threshold: float = 1.0


per_coordinate = lambda data, c: measure.mean(data["test_loss"][:, -1] / c.dim)
protocol = Protocol(
    Settings,
    simulate=model.training(model.at_teacher, points=5, noise=noise.named),
    cells=model.noisy,
    tests=[
        Test("linear_estimator.white_noise_loss", per_coordinate, when=lambda c: c.noise == "gaussian"),
        Test("linear_estimator.anticorrelated_noise_loss", per_coordinate, when=lambda c: "differenced" in c.noise),
    ],
    replicates=1024,
    chunk=64,
    tiers={
        "standard": {"dim": 252, "steps": vary(5.0, 40.0, 200.0)},
        "full": {"dim": 504, "steps": vary(5.0, 40.0, 500.0)},
    },
)

if __name__ == "__main__":
    main(__file__)
