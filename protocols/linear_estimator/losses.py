"""Do the losses and the accuracy of a linear student follow the Marchenko-Pastur law, grokking delay included?

The margins are twice the known errors of 126 dimensions and of finite steps: 4 % up to s = 8, later 15 %, because the
slowest modes of a data set are few.
"""

from dataclasses import dataclass

from models.linear_estimator import model
from theorylab import Protocol, Test, main, measure, vary


@dataclass(frozen=True)
class Settings:
    samples: float
    rows: int
    s: float
    steps: float
    eta: float
    ratio: float = vary(0.5, 0.9, 1.5)
    horizon: tuple[tuple[float, float], ...] = (  # s, and the steps that reach it
        (1.0, 50.0),
        (8.0, 250.0),
        (24.0, 250.0),
    )
    dim: int = 126
    outputs: int = 16
    tests: int = 64
    threshold: float = 0.05


def end(name: str) -> Test:
    """The curve `name` at its end."""
    measured = lambda data, c: measure.mean(data[name][:, -1])
    varies = lambda c: name != "test_accuracy" or c.ratio >= 0.5 or c.s < 24  # else every test point passes, always
    return Test(f"linear_estimator.{name}", measured, margin=lambda value, c: margin(c) * value, when=varies)


margin = lambda c: 0.04 if c.s <= 8 else 0.15


protocol = Protocol(
    Settings,
    simulate=model.training(model.start, points=25),
    cells=model.flows,
    tests=[end("train_loss"), end("test_loss"), end("test_accuracy")],
    replicates=1024,
    chunk=64,
    tiers={"standard": {"ratio": vary(0.4, 0.5, 0.7, 0.9, 1.5), "dim": 252}, "full": {"dim": 504}},
)

if __name__ == "__main__":
    main(__file__)
