r"""Networks trained on batches of white inputs with noisy labels.

.. math:: \ell = \frac1{2B}\sum_b\|W_L\cdots W_1x_b - y_b\|^2, \qquad y_b = Sx_b + \xi_b, \quad x_b \sim N(0, I)

Both x and the noise are drawn afresh at every step; xi has independent components.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import Array
from jaxtyping import Float

from theorylab import noise
from theorylab.train.lanes import matmul


def batch(draw: Any, c: Any) -> dict[str, Float[Array, "_ B lanes"]]:
    """Inputs (inputs, B, lanes) and the noise of their labels (outputs, B, lanes)."""
    x = draw.normal((c.inputs, c.B))
    return {"x": x, "xi": noise.label_noise(c).draw(draw, (c.outputs, c.B))}


def loss(params: Any, c: Any, sample: dict[str, Float[Array, "_ B lanes"]]) -> Float[Array, " lanes"]:
    """Half the mean squared error on the batch: (lanes,)."""
    hidden = sample["x"]
    for i in range(len(params)):
        hidden = matmul(params[f"W{i + 1}"], hidden)
    return 0.5 * ((hidden - matmul(c.data["target"], sample["x"]) - sample["xi"]) ** 2).sum(0).mean(0)


def steps(data: Any, c: Any) -> tuple[np.ndarray, np.ndarray]:
    """What a step does to adjacent layers, from traces of all weights at consecutive steps.

    The changes of C = W2' W2 - W1 W1' (replicate, entry), and beside them W2' G2 + G2' W2, G2' G2 and G1 G1'
    (replicate, entry, 3), where G are the gradients that the steps have followed; entries of all steps and layers.
    """
    weights = [data[f"W{i + 1}"].values for i in range(c.depth)]
    gradients = [(w[:, :-1] - w[:, 1:]) / c.eta for w in weights]
    flip = lambda w: np.swapaxes(w, -1, -2)
    flat = lambda m: m.reshape(len(m), -1)
    changes, terms = [], []
    for low, up, pull_low, pull_up in zip(weights, weights[1:], gradients, gradients[1:], strict=False):
        gap = flip(up) @ up - low @ flip(low)
        cross = flip(up[:, :-1]) @ pull_up
        changes.append(flat(np.diff(gap, axis=1)))
        parts = (cross + flip(cross), flip(pull_up) @ pull_up, pull_low @ flip(pull_low))
        terms.append(np.stack([flat(part) for part in parts], -1))
    return np.concatenate(changes, 1), np.concatenate(terms, 1)


def fitted(values: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """Least-squares coefficients of `values` (replicate, entry) in `terms` (replicate, entry, term)."""
    size = np.linalg.norm(terms, axis=1, keepdims=True)
    return (
        np.stack([np.linalg.lstsq(t, v, rcond=None)[0] for t, v in zip(terms / size, values, strict=True)]) / size[:, 0]
    )
