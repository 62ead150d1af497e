r"""The workloads, frozen. A contestant returns the same statistic, with its standard error, or the run fails.

W1  depth-3 width-8 linear network, L = 1/2 tr((W3 W2 W1 - M) S (W3 W2 W1 - M)^T), S = I, M = diag(8..1)/4,
    W_0 ~ 0.3 N(0,1), eta = 0.02, parameter noise of scale 0.005: Gaussian, stable (alpha = 1.5, clipped at 20
    scales) or differenced Gaussian. Statistic: mean final loss. Unit: one step of one replicate.
W2  x <- x + (x - x^3) dt + c zeta, dt = 0.01, x_0 = -1, |x| <= 5, c = 0.07 (Gaussian) or 0.3 dt^(1/1.5) (stable):
    fraction that has passed x = 0 after 500 steps. Unit: one step of one path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

ETA, SCALE, ALPHA, CLIP = 0.02, 0.005, 1.5, 20.0
DT, BARRIER = 0.01, 5.0
TARGET = np.diag(np.arange(8, 0, -1) / 4).astype(np.float32)


@dataclass(frozen=True)
class Workload:
    """Name, noise, size, and for each peer the floor and the goal of the ratio peer / theorylab."""

    name: str
    kind: str
    noise: str
    replicates: int
    steps: int
    floors: dict[str, tuple[float, float]]

    @property
    def units(self) -> int:
        """Replicate-steps of one run."""
        return self.replicates * self.steps


@dataclass(frozen=True)
class Result:
    """The statistic of one run, its standard error, and how many replicate-steps it took."""

    value: float
    error: float
    units: int


Contestant = Callable[[int], Result]  # seed -> result; the first call compiles and is not timed

WORKLOADS = (
    Workload(
        "W1 gaussian",
        "W1",
        "gaussian",
        1024,
        500,
        {"jax": (2.5, 4), "torch_batched": (2, 3.2), "torch_loop": (100, 175)},
    ),
    Workload("W1 stable", "W1", "stable", 1024, 500, {"jax": (5, 8.8), "torch_batched": (6, 9.5)}),
    Workload("W1 differenced", "W1", "differenced", 1024, 500, {"jax": (3, 5)}),
    Workload(
        "W2 gaussian",
        "W2",
        "gaussian",
        102_400,
        500,
        {"jax": (5, 7.5), "jax_one_key": (2.3, 3), "torch_batched": (1.5, 3.2)},
    ),
    Workload(
        "W2 stable", "W2", "stable", 102_400, 500, {"jax": (12, 17), "jax_one_key": (8, 12), "torch_batched": (7, 10)}
    ),
)


def mean_of(values: np.ndarray, units: int) -> Result:
    """Mean over replicates with its standard error."""
    values = np.asarray(values, np.float64)
    return Result(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), units)
