r"""The workloads, frozen. A contestant returns the same statistic, with its standard error, or the run fails.

W1    depth-3 width-8 linear network, L = 1/2 tr((W3 W2 W1 - M) S (W3 W2 W1 - M)^T), S = I, M = diag(8..1)/4,
      W_0 ~ 0.3 N(0,1), eta = 0.02, parameter noise of scale 0.005: Gaussian, stable (alpha = 1.5, clipped at 20
      scales) or differenced Gaussian. Statistic: mean final loss. Unit: one step of one replicate.
4x4   two layers of width 4, L = 1/2 |W2 W1 - diag(2, 1.5, 1, 0.5)|^2, else as W1.
W2    x <- x + (x - x^3) dt + c zeta, dt = 0.01, x_0 = -1, |x| <= 5, c = 0.07 (Gaussian) or 0.3 dt^(1/1.5) (stable):
      fraction that has passed x = 0 after 500 steps; "plane" adds y <- y - y dt + c zeta'. Unit: one step of one path.
W3    toy model of superposition, n = 6, m = 2, ReLU(W^T W x + b), a fresh batch of 256 inputs at each step, features
      active with probability 0.1 and then uniform; Adam 0.01 or SGD 0.1, 50 steps. Statistic: mean |W|^2. Unit: one
      step of one replicate.
W4    addition modulo 31, f = W2 (U[a] + V[b])^2 with 128 hidden units, all 961 pairs at each step, squared error summed
      over outputs and averaged over pairs, SGD 1.0, 8 seeds, weights N(0, 1)/sqrt(p or hidden). Statistic: mean final
      loss. Unit: one step of one seed.
SGLD  localised Langevin chains of the toy model of superposition around a trained network on 1000 inputs with one
      active feature, batches of 100, step 1e-3, localisation 1, n beta = 1000/ln 100 / 10, 500 draws. Statistic: the
      learning coefficient, n beta (mean loss - loss at the centre). Unit: one draw of one chain.
draws x <- x + zeta: sums of 100 normal or stable (alpha = 1.5) numbers. Statistic: mean of
      min(|x| / 100^(1/alpha), 10). Unit: one number.

`limit` is what the processor can do, measured in the same run: W1 and W2 written in C with vector types, the largest
matrix product for W4; a ratio below 1 is the fraction of the limit that the lab reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

ETA, SCALE, ALPHA, CLIP = 0.02, 0.005, 1.5, 20.0
DT, BARRIER = 0.01, 5.0
TARGET = np.diag(np.arange(8, 0, -1) / 4).astype(np.float32)
SMALL = np.diag([2.0, 1.5, 1.0, 0.5]).astype(np.float32)
N, M, BATCH, DENSITY = 6, 2, 256, 0.1
P, HIDDEN = 31, 128
SAMPLES, SUBSET, STEP, LOCAL, BETA = 1000, 100, 1e-3, 1.0, 21.7


@dataclass(frozen=True)
class Workload:
    """Name, noise, size, and for each peer the floor and the goal of the ratio peer / theorylab."""

    name: str
    kind: str
    noise: str
    replicates: int
    steps: int
    floors: dict[str, tuple[float, float]] = field(default_factory=dict)
    rule: str = "sgd"

    @property
    def units(self) -> int:
        """Replicate-steps of one run."""
        return self.replicates * self.steps

    @property
    def kick(self) -> float:
        """Scale of one step's noise in W2."""
        return 0.3 * DT ** (1 / ALPHA) if self.noise == "stable" else 0.07


@dataclass(frozen=True)
class Result:
    """The statistic of one run, its standard error, and how many replicate-steps it took."""

    value: float
    error: float
    units: int


Contestant = Callable[[int], Result]  # seed -> result; the first call compiles and is not timed

WORKLOADS = (
    Workload("W1 gaussian", "W1", "gaussian", 1024, 500,
             {"jax": (3, 5), "torch_batched": (2.4, 4), "torch_loop": (110, 200), "limit": (0.25, 0.5)}),
    Workload("W1 stable", "W1", "stable", 1024, 500, {"jax": (6, 10), "torch_batched": (6, 10)}),
    Workload("W1 differenced", "W1", "differenced", 1024, 500, {"jax": (3, 5)}),
    Workload("4x4 gaussian", "4x4", "gaussian", 8192, 500, {"jax": (3, 5)}),
    Workload("W2 gaussian", "W2", "gaussian", 102_400, 500,
             {"jax": (6, 12), "jax_one_key": (2.3, 4), "torch_batched": (2, 5), "diffrax": (8, 18),
              "limit": (0.35, 0.6)}),
    Workload("W2 stable", "W2", "stable", 102_400, 500,
             {"jax": (14, 30), "jax_one_key": (9, 18), "torch_batched": (8, 15)}),
    Workload("W2 plane", "W2 plane", "gaussian", 102_400, 500, {"jax": (6, 12), "jax_one_key": (2.3, 4)}),
    Workload("W3 adam", "W3", "none", 256, 50,
             {"jax": (10, 20), "torch_einsum": (10, 20), "torch_loop": (50, 100)}, rule="adam"),
    Workload("W3 sgd", "W3", "none", 256, 50, {"jax": (10, 20), "torch_einsum": (10, 20)}),
    Workload("W4", "W4", "none", 8, 40, {"torch_batched": (2.5, 4), "limit": (0.3, 0.5)}),
    Workload("SGLD", "SGLD", "gaussian", 512, 500, {"devinterp": (100, 400)}),
    Workload("normal draws", "draws", "gaussian", 102_400, 100, {"jax": (2, 3)}),
    Workload("stable draws", "draws", "stable", 102_400, 100, {"jax": (5, 8)}),
)  # fmt: skip


def mean_of(values: np.ndarray, units: int) -> Result:
    """Mean over replicates with its standard error."""
    values = np.asarray(values, np.float64)
    return Result(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), units)


def size_of(x: np.ndarray, workload: Workload) -> Result:
    """The statistic of `draws` from the sums."""
    index = ALPHA if workload.noise == "stable" else 2
    return mean_of(np.minimum(np.abs(x) / workload.steps ** (1 / index), 10), workload.units)


@lru_cache
def centre() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """(inputs (1000, 6), W (2, 6), b (6,), loss there) of SGLD: trained to a minimum on all inputs by scipy."""
    from scipy.optimize import minimize

    generator = np.random.default_rng(0)
    x = np.zeros((SAMPLES, N))
    x[np.arange(SAMPLES), generator.integers(N, size=SAMPLES)] = generator.uniform(size=SAMPLES)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, biases = flat[: M * N].reshape(M, N), flat[M * N :]
        hidden = x @ weights.T
        lit = np.maximum(hidden @ weights + biases, 0)
        error = 2 * (lit - x) * (lit > 0) / SAMPLES
        slope = hidden.T @ error + weights @ error.T @ x
        return float(((lit - x) ** 2).sum(1).mean()), np.concatenate([slope.ravel(), error.sum(0)])

    starts = [0.5 * generator.normal(size=M * N + N) for _ in range(8)]
    best = min((minimize(loss, s, jac=True, method="BFGS") for s in starts), key=lambda found: found.fun)
    weights, biases = (a.astype(np.float32) for a in (best.x[: M * N].reshape(M, N), best.x[M * N :]))
    return x.astype(np.float32), weights, biases, loss(np.concatenate([weights.ravel(), biases]))[0]
