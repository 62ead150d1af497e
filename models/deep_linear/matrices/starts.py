r"""Pairs of layers with a prescribed imbalance, the same for every replicate.

.. math:: W_1 = R\,\mathrm{diag}(a)\,V^\top, \quad W_2 = U\,\mathrm{diag}(b)\,R^\top, \qquad
          b_i^2-a_i^2 = \lambda \;\Rightarrow\; W_2^\top W_2 - W_1W_1^\top = \lambda I

R is a rotation of the hidden units, U and V frames; a hidden unit without a partner in a narrow layer has a_i = 0 or
b_i = 0. So lambda > 0 needs no more hidden units than outputs, lambda < 0 no more than inputs. The target has the given
singular values and vectors of its own: nothing is aligned with anything.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from models.deep_linear.matrices.network import frame
from theorylab.errors import InputError
from theorylab.train.lanes import matmul, transpose

SEED = 20  # of the frames: one numpy generator for all shapes


def frames(inputs: int, hidden: int, outputs: int) -> tuple[np.ndarray, ...]:
    """R (hidden, hidden), V (inputs, hidden), U (outputs, hidden), and the target's left and right frames."""
    rng = np.random.default_rng(SEED)

    def columns(n: int, count: int) -> np.ndarray:
        square, _ = np.linalg.qr(rng.normal(size=(n, n)))
        return np.hstack([square, np.zeros((n, max(0, count - n)))])[:, :count]

    rank = min(inputs, outputs)
    return (
        columns(hidden, hidden),
        columns(inputs, hidden),
        columns(outputs, hidden),
        columns(outputs, rank),
        columns(inputs, rank),
    )


def pair(c: Any, xp: Any = np) -> tuple[Any, Any]:
    """W1 (hidden, inputs), W2 (outputs, hidden) of imbalance `c.balance`, with hidden strengths `c.size`^2."""
    inputs, hidden, outputs = c.inputs, c.hidden, c.outputs
    rotation, right, left, _, _ = frames(inputs, hidden, outputs)
    shared = np.arange(hidden) < min(inputs, outputs)
    common = c.size**2 * shared * (1 + 0.5 * np.arange(hidden))
    low, high = xp.sqrt(common + xp.maximum(-c.balance, 0)), xp.sqrt(common + xp.maximum(c.balance, 0))
    return (rotation * low) @ right.T, (left * high) @ rotation.T


def possible(inputs: int, hidden: int, outputs: int, balance: float) -> None:
    """Refuse an imbalance that no pair of these shapes has."""
    if (balance > 0 and hidden > outputs) or (balance < 0 and hidden > inputs):
        narrow = f"outputs={outputs}" if balance > 0 else f"inputs={inputs}"
        raise InputError(f"balanced: hidden={hidden} is above {narrow}: no pair of layers has balance={balance:g}")


def target(c: Any, xp: Any = np) -> Any:
    """S (outputs, inputs) with the singular values `c.s`."""
    *_, left, right = frames(c.inputs, c.hidden, c.outputs)
    count = len(c.s)
    return (left[:, :count] * xp.asarray(c.s)) @ right[:, :count].T


def generic(c: Any, xp: Any = np) -> tuple[Any, Any]:
    """A pair without balance: the same, its first layer turned by half of the hidden units' rotation."""
    first, second = pair(c, xp)
    return first[::-1], second


def start(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """The pair in every lane; `c.start` is "balanced" or "generic"."""
    made = (generic if c.start == "generic" else pair)(c, jnp)
    return {f"W{i + 1}": jnp.broadcast_to(w[..., None], (*w.shape, *draw.key[0].shape)) for i, w in enumerate(made)}


def teacher(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """The target, shared by all lanes."""
    return {"target": jnp.asarray(target(c, jnp))[..., None]}


def uneven(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """Layers aligned with the teacher of `c.data`: modes of strength u0 whose parts have a^2 - b^2 = `c.gap`, each."""
    gap = jnp.asarray(c.gap)
    low = jnp.sqrt((gap + jnp.sqrt(gap**2 + 4 * c.u0**2)) / 2)
    turned = frame(draw, c.hidden, len(c.gap))
    return {
        "W1": matmul(turned * low[:, None], transpose(c.data["V"])),
        "W2": matmul(c.data["U"] * (c.u0 / low)[:, None], transpose(turned)),
    }


def layers(c: Any, xp: Any = np) -> list[Any]:
    """`c.depth` balanced layers whose product has the singular values `c.p` and vectors of its own."""
    rng = np.random.default_rng(SEED)
    sizes = (c.inputs, *[c.hidden] * (c.depth - 1), c.outputs)
    inner = [np.linalg.qr(rng.normal(size=(n, n)))[0][:, : len(c.p)] for n in sizes]
    root = xp.asarray(c.p) ** (1 / c.depth)
    return [(above * root) @ below.T for below, above in pairwise(inner)]


def layered(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """Those layers in every lane."""
    made = layers(c, jnp)
    return {f"W{i + 1}": jnp.broadcast_to(w[..., None], (*w.shape, *draw.key[0].shape)) for i, w in enumerate(made)}
