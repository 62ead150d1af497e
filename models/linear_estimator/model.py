r"""Teacher and student, both linear, and a finite training set.

.. math:: L_{tr}(S) = \frac1N \sum_{i=1}^{N} \bigl|(S - T)^\top x_i\bigr|^2, \qquad x_i \sim \mathcal N(0, 1_d), \qquad
          L_{test}(S) = \operatorname{E}_x \bigl|(S - T)^\top x\bigr|^2 = |S - T|^2

Full-batch gradient descent moves D = S - T by D <- (1 - 2 eta X'X/N) D: the eigenvalues nu of X'X/N, which follow the
Marchenko-Pastur law of ratio d/N, are the rates, and the test loss forgets them where the training loss does not
[levi2024grokking, sec. 3]. A network has `outputs` columns, each an independent copy on the same data set; losses are
means over them. Written for one network (layout "batched"): its matrices fill the processor.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import sympy as sp
from flax import nnx

from theorylab import Ensemble
from theorylab.train import Model, observe


class Student(nnx.Module):
    """x -> S' x: `dim` inputs, `outputs` outputs, no bias; each column of S ~ N(0, 1/(2 dim)) per entry."""

    def __init__(self, dim: int, outputs: int, rngs: nnx.Rngs) -> None:
        start = nnx.initializers.normal((2 * dim) ** -0.5)
        dtype = jnp.result_type(float)
        self.linear = nnx.Linear(dim, outputs, use_bias=False, kernel_init=start, param_dtype=dtype, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        """(points, dim) -> (points, outputs)."""
        return self.linear(x)


def start(draw: Any, c: Any) -> dict[str, Any]:
    """A fresh student: {"kernel": (dim, outputs)}; with the teacher below the initial distance is 1 in the mean."""
    return {"kernel": Student(c.dim, c.outputs, nnx.Rngs(draw.jax_key())).linear.kernel[...]}


def at_teacher(draw: Any, c: Any) -> dict[str, Any]:
    """A student that knows the answer, D0 = 0: whatever it loses afterwards is due to the noise."""
    return {"kernel": c.data["teacher"]}


def gaussian_data(draw: Any, c: Any) -> dict[str, Any]:
    """A replicate's own teacher (dim, outputs), test set `fresh` (tests, dim) and training set `x` (rows, dim).

    Rows of x beyond the first `samples` are zero and count for nothing: one program serves every ratio.
    """
    teacher, fresh = draw.normal((c.dim, c.outputs)) * (2 * c.dim) ** -0.5, draw.normal((c.tests, c.dim))
    x = jnp.where(jnp.arange(c.rows)[:, None] < c.samples, draw.normal((c.rows, c.dim)), 0)
    return {"teacher": teacher, "fresh": fresh, "x": x}


def principal_data(draw: Any, c: Any) -> dict[str, Any]:
    r"""A training set in its principal axes with the given spectrum: X'X/N = diag(nu) exactly.

    X = sqrt(N) Q diag(sqrt(nu)) with Q orthonormal, drawn anew by each replicate: every data set with that spectrum,
    rotated to its eigen-axes. Needed where the noise has independent coordinates along them, since a heavy-tailed
    vector with independent coordinates is not the same in other axes.
    """
    dim = len(c.spectrum)
    q, _ = jnp.linalg.qr(draw.normal((c.samples, dim)))
    x = q * jnp.sqrt(c.samples * jnp.asarray(c.spectrum))
    fresh, teacher = draw.normal((c.tests, dim)), draw.normal((dim, c.outputs)) * (2 * dim) ** -0.5
    return {"x": x, "fresh": fresh, "teacher": teacher}


def loss(params: Any, c: Any) -> Any:
    """Training loss, summed over the outputs, averaged over the samples."""
    residual = c.data["x"] @ (params["kernel"] - c.data["teacher"])
    return (residual**2).sum() / c.samples


def train_loss(params: Any, c: Any) -> Any:
    """Training loss of one output (mean over the outputs)."""
    return loss(params, c) / params["kernel"].shape[1]


def test_loss(params: Any, c: Any) -> Any:
    """Test loss of one output, exact over x ~ N(0, 1): |S - T|^2 (mean over the outputs)."""
    return ((params["kernel"] - c.data["teacher"]) ** 2).sum() / params["kernel"].shape[1]


def _wrong(points: Any, params: Any, c: Any) -> Any:
    error = points @ (params["kernel"] - c.data["teacher"])
    return (error**2 >= c.threshold).sum() / error.shape[1]


def train_accuracy(params: Any, c: Any) -> Any:
    """Fraction of answers on the training set that are right: abs(D.x) < sqrt(threshold)."""
    return 1 - _wrong(c.data["x"], params, c) / c.samples


def test_accuracy(params: Any, c: Any) -> Any:
    """Fraction of answers on fresh points that are right."""
    return 1 - _wrong(c.data["fresh"], params, c) / c.data["fresh"].shape[0]


curves = {
    "train_loss": observe.trace(train_loss),
    "test_loss": observe.trace(test_loss),
    "train_accuracy": observe.trace(train_accuracy),
    "test_accuracy": observe.trace(test_accuracy),
}


def training(start: Any, points: int, noise: Any = None, data: Any = gaussian_data) -> Ensemble:
    """Full-batch gradient descent from `start` for c.steps, noise on the weights; four curves at `points` points."""
    return Ensemble(
        student,
        init=start,
        data=data,
        noise=noise,
        units="parameter",
        observe=curves,
        every=lambda c: c.steps / points,
        snapshots=points,
    )


def _sized(settings: Any) -> list[dict[str, Any]]:
    """Samples for each ratio d/N of the settings, and the ratio that whole numbers allow."""
    counts = [round(settings.dim / ratio) for ratio in settings.ratio]
    return [{"ratio": settings.dim / n, "samples": float(n), "rows": max(counts)} for n in counts]


def flows(settings: Any) -> list[dict[str, Any]]:
    """Cells of the noise-free curves: ratio x horizon; eta is what reaches s in the given steps."""
    ends = [{"s": s, "steps": steps, "eta": s / (4 * steps)} for s, steps in settings.horizon]
    return [{**size, **end} for size in _sized(settings) for end in ends]


def noisy(settings: Any) -> list[dict[str, Any]]:
    """Cells under noise: kind x ratio x steps."""
    return [
        {"noise": kind, **size, "steps": steps}
        for kind in settings.noise
        for size in _sized(settings)
        for steps in settings.steps
    ]


def symbolic() -> tuple[sp.Expr, dict[str, Any]]:
    """Training loss of three samples in two dimensions with one output."""
    x = sp.Matrix(3, 2, sp.symbols("x:3:2", real=True))
    student, teacher = sp.Matrix(sp.symbols("s:2", real=True)), sp.Matrix(sp.symbols("t:2", real=True))
    residual = x * (student - teacher)
    symbols = {"kernel": student.tolist(), "data": {"x": x.tolist(), "teacher": teacher.tolist()}}
    return (residual.T * residual)[0] / 3, symbols


student = Model("linear_estimator", loss, start, symbolic, {"samples": 3}, Student, layout="batched")
