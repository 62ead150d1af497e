r"""Real data: the digits images that scikit-learn ships, whitened, and their ten labels.

.. math:: L = \frac1{2n}\sum_i \|W_2 W_1 x_i - y_i\|^2 = \tfrac12\,\|W_2 W_1 - S\|_F^2 + \text{const}, \qquad
          S = \frac1n\sum_i y_i x_i^\top

x_i: the first `dim` principal components of the 8x8 images, scaled so that their second moments over the data are the
identity; y_i: the digit, one of ten, centred. The modes are the singular vectors of S, its singular values how strongly
the images tell the digits apart.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Integer

from models.deep_linear.matrices.network import product
from theorylab.errors import InputError
from theorylab.train.lanes import matmul


@cache
def images(dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Whitened images (n, dim) and centred one-hot digits (n, 10), float64."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise InputError("the digits images need scikit-learn: pip install 'theorylab[data]'") from None
    pixels, digit = (np.asarray(part) for part in load_digits(return_X_y=True))
    if not 1 <= dim <= 40:
        raise InputError(f"digits: dim={dim} is outside 1 <= dim <= 40")
    left, _, _ = np.linalg.svd(pixels - pixels.mean(0), full_matrices=False)
    onehot = np.eye(10)[digit]
    return left[:, :dim] * np.sqrt(len(left)), onehot - onehot.mean(0)


@cache
def modes(dim: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """U (10, count), s (count,), V (dim, count): the strongest modes of S."""
    x, y = images(dim)
    left, s, right = np.linalg.svd(y.T @ x / len(x), full_matrices=False)
    return left[:, :count], s[:count], right[:count].T


def teacher(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ 1"]]:
    """The digits as the networks' data, shared by all lanes: images, labels, their second moments, and the modes."""
    x, y = images(c.inputs)
    left, _, right = modes(c.inputs, c.modes)
    kept = {"x": x.T, "y": y.T, "xx": x.T @ x / len(x), "yx": y.T @ x / len(x), "U": left, "V": right}
    return {name: jnp.asarray(value, float)[..., None] for name, value in kept.items()}


def full_loss(params: Any, c: Any) -> Float[Array, " lanes"]:
    """Half the mean squared error over all images, without its constant, by their second moments: (lanes,)."""
    weight = product(params)
    moved = (weight[:, :, None] * c.data["xx"][None]).sum(1)
    return (0.5 * weight * moved - weight * c.data["yx"]).sum((0, 1))


def batch_loss(params: Any, c: Any, index: Integer[Array, "B lanes"]) -> Float[Array, " lanes"]:
    """Half the mean squared error over the images `index` (B, lanes): (lanes,)."""
    x, y = (c.data[name][:, :, 0][:, index] for name in ("x", "y"))
    for i in range(len(params)):
        x = matmul(params[f"W{i + 1}"], x)
    return 0.5 * ((x - y) ** 2).sum(0).mean(0)
