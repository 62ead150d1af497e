r"""Linear regression on the digits images: real per-example gradients at a fixed parameter.

.. math:: \ell_i(W) = \tfrac12 \|W x_i - y_i\|^2, \qquad g_i = (W x_i - y_i)\,x_i^\top, \qquad
          \Sigma = \frac1n \sum_i (g_i - \bar g)(g_i - \bar g)^\top

x_i: the 8x8 image averaged over 2x2 blocks, standardised, with a constant (17 numbers); y_i: the digit, one of ten.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import lax

from theorylab import random
from theorylab.errors import InputError
from theorylab.noise import minibatch
from theorylab.train import Model


@cache
def digits(n: int) -> tuple[np.ndarray, np.ndarray]:
    """The first n digits images that scikit-learn ships: inputs (n, 17) and one-hot targets (n, 10)."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise InputError("the digits images need scikit-learn: pip install 'theorylab[data]'") from None
    images, labels = load_digits(return_X_y=True)
    blocks = images.reshape(-1, 4, 2, 4, 2).mean((2, 4)).reshape(-1, 16)
    inputs = (blocks - blocks.mean(0)) / np.maximum(blocks.std(0), 1e-6)
    return np.concatenate([inputs, np.ones((len(inputs), 1))], 1)[:n], np.eye(10)[labels][:n]


@cache
def gradients(n: int, trained: int = 30, eta: float = 0.05) -> np.ndarray:
    """Per-example gradients (n, 170) after `trained` steps of gradient descent from W = 0, in float64."""
    x, y = digits(n)
    weight = np.zeros((10, x.shape[1]))
    for _ in range(trained):
        weight -= eta * (weight @ x.T - y.T) @ x / n
    residual = x @ weight.T - y
    return (residual[:, :, None] * x[:, None, :]).reshape(n, -1)


def batch_gradients(g: np.ndarray, B: int, scheme: str, steps: int, seed: Any, ids: Any, observe: Any) -> Any:
    """`observe(noise of the batch gradient (parameters,))` averaged over `steps` batches, for each replicate in `ids`.

    Args:
        g: per-example gradients (n, parameters).
        B: batch size.
        scheme: "with", "without" or "shuffled".
        observe: function of the batch gradient minus the full one.
    """
    centred = jnp.asarray(g - g.mean(0), float)
    stream = minibatch(len(g), B, scheme)

    def one(r: Any) -> Any:
        def step(state: Any, _: None) -> Any:
            indices, state = stream.next(state)
            return state, observe(centred[indices].mean(0))

        state = stream.init(random.lane_key(seed, random.BATCH, r))
        return lax.scan(step, state, None, length=steps)[1].mean(0)

    return lax.map(one, ids, batch_size=64)


def _loss(params: Any, c: Any) -> Any:
    error = (params["W"] * c.x[:, None]).sum(0) - c.y
    return 0.5 * error**2


def _symbols() -> tuple[sp.Expr, dict[str, Any]]:
    w, x, y = sp.symbols("w:3", real=True), sp.symbols("x:3", real=True), sp.Symbol("y", real=True)
    error = sum(a * b for a, b in zip(w, x, strict=True)) - y
    return error**2 / 2, {"W": np.array(w), "x": np.array(x), "y": y}


example = Model(
    name="minibatch",
    loss=_loss,
    init=lambda draw, c: {"W": 0 * draw.normal((3,))},
    symbolic=_symbols,
    example={"x": (0.3, -1.0, 0.7), "y": 0.4},
)
