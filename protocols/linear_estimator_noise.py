"""Which test loss do white and differenced noise on the weights add to a linear student?

The student starts at its teacher, so that all of its test loss is added. The claims' margin, 3 %, is twice the 1/d
correction of the Marchenko-Pastur averages in 126 dimensions (largest at ratio 0.9 after 100 steps).
"""

from dataclasses import dataclass

from models.linear_estimator import model
from theorylab import Protocol, Test, measure, noise


@dataclass(frozen=True)
class Settings:
    noise: tuple = ("gaussian", "differenced gaussian")
    ratio: tuple = (0.5, 0.9, 1.5)
    steps: tuple = (10.0, 100.0)  # floats are traced: one program for all
    dim: int = 126
    outputs: int = 16
    tests: int = 1
    eta: float = 0.15
    sigma: float = 0.1
    threshold: float = 1.0
    replicates: int = 1024
    chunk: int = 64


def added(name: str, kind: str) -> Test:
    """Test loss per coordinate after the last step."""
    measured = lambda data, c: measure.mean(data["test_loss"][:, -1] / c.dim)
    return Test(f"linear_estimator.{name}", measured, when=lambda c: c.noise == kind)


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=model.training(start=model.at_teacher, every=lambda c: c.steps / 10, records=10, noise=noise.named),
    cells=model.noisy,
    tests=[added("white_noise_loss", "gaussian"), added("anticorrelated_noise_loss", "differenced gaussian")],
    tiers={"standard": {"dim": 252, "steps": (10.0, 100.0, 300.0)}, "full": {"dim": 504, "steps": (10.0, 100.0, 1e3)}},
)

if __name__ == "__main__":
    protocol.main()
