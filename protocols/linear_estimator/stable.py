"""How many fresh points does a linear student still answer under stable noise, where its loss is infinite?

Training sets of one spectrum lie in their principal axes, where the noise has independent coordinates; students start
at their teachers. The margin is 0.01 of accuracy.
"""

from dataclasses import dataclass

from models.linear_estimator import model
from theorylab import Protocol, Test, main, measure, noise, vary


@dataclass(frozen=True)
class Settings:
    alpha: float = vary(0.8, 1.0, 1.2, 1.5, 1.8, 2.0)
    steps: float = vary(5.0, 40.0)  # floats are traced: one program for all
    spectrum: tuple[float, ...] = vary((0.0, 0.1, 0.3, 0.6, 1.0, 1.6, 2.4, 3.4))
    noise: str = "stable"
    samples: int = 16
    outputs: int = 32
    tests: int = 16
    eta: float = 0.15
    gamma: float = 0.03
    threshold: float = 0.1


right = lambda data, c: measure.mean(data["test_accuracy"][:, -1])
protocol = Protocol(
    Settings,
    simulate=model.training(model.at_teacher, points=5, noise=noise.named, data=model.principal_data),
    tests=[Test("linear_estimator.stable_accuracy", right, margin=0.01)],
    replicates=16384,
    tiers={"standard": {"alpha": vary(0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.0)}, "full": {"steps": vary(5.0, 40.0, 200.0)}},
)

if __name__ == "__main__":
    main(__file__)
