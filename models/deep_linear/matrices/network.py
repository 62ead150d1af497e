r"""Deep linear networks in JAX, their teachers, starts and observables.

.. math:: L = \tfrac12\,\|W_L \cdots W_1 - S\|_F^2, \qquad S = U\,\mathrm{diag}(s)\,V^\top, \qquad
          W_l = Q_l\,\mathrm{diag}(u_0^{1/L})\,Q_{l-1}^\top \quad (Q_0 = V,\ Q_L = U)

The loss is the population loss of the teacher S on white inputs, up to a constant. Weights are
{"W1": (n1, n0, lanes), ...}; with orthonormal frames Q the start is balanced, W_(l+1)' W_(l+1) = W_l W_l', and aligned
with S, and every mode has the strength u0. Frames and singular vectors are drawn anew for each replicate.
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jaxtyping import Float

from theorylab.train.lanes import matmul, transpose


class DeepLinear(nnx.Module):
    """x -> W_L ... W_1 x for x (batch, widths[0]); entries of W_l are N(0, spread^2)."""

    def __init__(self, widths: tuple[int, ...], spread: Any, rngs: nnx.Rngs) -> None:
        shapes = zip(widths[1:], widths[:-1], strict=True)
        self.weights = nnx.List([nnx.Param(spread * rngs.params.normal(shape)) for shape in shapes])

    def __call__(self, x: Float[Array | np.ndarray, "batch inputs"]) -> Float[Array | np.ndarray, "batch outputs"]:
        """Outputs (batch, widths[-1])."""
        for weight in self.weights:
            x = x @ weight[...].T
        return x


def widths(c: Any) -> tuple[int, ...]:
    """(inputs, hidden, ..., hidden, outputs): depth + 1 numbers."""
    return (c.inputs, *[c.hidden] * (c.depth - 1), c.outputs)


def frame(draw: Any, n: int, modes: int) -> Float[Array, "n modes lanes"]:
    """A uniformly random orthonormal frame: (n, modes, lanes)."""
    q, _ = jnp.linalg.qr(jnp.moveaxis(draw.normal((n, modes)), -1, 0))
    return jnp.moveaxis(q, 0, -1)


def teacher(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """A target with singular values `s` and random singular vectors: {"U", "V", "target": (outputs, inputs, lanes)}."""
    left, right = frame(draw, c.outputs, len(c.s)), frame(draw, c.inputs, len(c.s))
    return {"U": left, "V": right, "target": matmul(left * jnp.asarray(c.s)[:, None], transpose(right))}


def aligned(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """The balanced start aligned with the teacher of `c.data`: every mode has the strength u0."""
    modes = c.data["V"].shape[1]
    inner = [frame(draw, n, modes) for n in widths(c)[1:-1]]
    frames = [c.data["V"], *inner, c.data["U"]]
    size = c.u0 ** (1 / c.depth)
    return {f"W{i + 1}": size * matmul(frames[i + 1], transpose(frames[i])) for i in range(c.depth)}


def generic(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """A start without alignment or balance: independent N(0, spread^2) entries, one flax network per lane."""

    def one(key: Array) -> dict[str, Array]:
        network = DeepLinear(widths(c), c.spread, nnx.Rngs(key))
        return {f"W{i + 1}": weight[...] for i, weight in enumerate(network.weights)}

    return jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 0, -1), jax.vmap(one)(draw.jax_key()))


def product(params: Any) -> Float[Array, "outputs inputs lanes"]:
    """W_L ... W_1: (outputs, inputs, lanes)."""
    return reduce(lambda done, weight: matmul(weight, done), [params[f"W{i + 1}"] for i in range(len(params))])


def distance(params: Any, target: Float[Array, "outputs inputs #lanes"] | float) -> Float[Array, " lanes"]:
    """1/2 |W_L ... W_1 - S|^2: (lanes,)."""
    return 0.5 * ((product(params) - target) ** 2).sum((0, 1))


def loss(params: Any, c: Any) -> Float[Array, " lanes"]:
    """The distance from the teacher of `c.data`: (lanes,)."""
    return distance(params, c.data["target"])


def strengths(params: Any, c: Any) -> Float[Array, "modes lanes"]:
    """u_i = U_i' W V_i, the strength of each of the teacher's modes: (modes, lanes)."""
    return (c.data["U"] * matmul(product(params), c.data["V"])).sum(0)


def singular_values(params: Any, c: Any) -> Float[Array, "rank lanes"]:
    """Singular values of the product, descending: (min(outputs, inputs), lanes)."""
    return jnp.moveaxis(jnp.linalg.svd(jnp.moveaxis(product(params), -1, 0), compute_uv=False), 0, -1)


def imbalance(params: Any, c: Any) -> Float[Array, " lanes"]:
    """Largest Frobenius norm of W_(l+1)' W_(l+1) - W_l W_l' over the layers: (lanes,)."""
    layers = [params[f"W{i + 1}"] for i in range(len(params))]
    gaps = [matmul(transpose(up), up) - matmul(low, transpose(low)) for low, up in pairwise(layers)]
    return jnp.stack([jnp.sqrt((gap**2).sum((0, 1))) for gap in gaps]).max(0)
