"""Do the losses and the accuracy of a linear student follow the Marchenko-Pastur law, grokking delay included?

The margins are twice the known errors of 126 dimensions and eta = 0.005 up to s = 8. Later, where only slow modes are
left, steps are ten times as long and the curves are drawn, not judged.
"""

from dataclasses import dataclass

from models.linear_estimator import model
from theorylab import Protocol, Test, measure


@dataclass(frozen=True)
class Settings:
    ratio: tuple = (0.5, 0.9, 1.5)
    s: tuple = (1.0, 4.0, 8.0, 100.0)
    dim: int = 126
    outputs: int = 16
    tests: int = 64
    eta: float = 0.005
    threshold: float = 0.05
    replicates: int = 1024
    chunk: int = 64


def end(name: str, margin: float) -> Test:
    """The last point of the curve `name`, with a relative margin."""
    measured = lambda data, c: measure.mean(data[name][:, -1])
    return Test(f"linear_estimator.{name}", measured, margin=lambda value, c: margin * value, when=lambda c: c.s <= 8)


protocol = Protocol(
    question=__doc__,
    settings=Settings(),
    simulate=model.training(start=model.start, every=model.stride, records=model.POINTS),
    cells=model.flows,
    tests=[end("train_loss", 0.04), end("test_loss", 0.04), end("test_accuracy", 0.05)],
    tiers={"standard": {"ratio": (0.3, 0.5, 0.7, 0.9, 1.5, 2.0), "dim": 252}, "full": {"dim": 504}},
)

if __name__ == "__main__":
    protocol.main()
