r"""Networks at a balanced minimum: a start there, and the Hessian of the trained loss.

.. math:: W_l = Q_l\,\mathrm{diag}(s^{1/L})\,Q_{l-1}^\top \quad (Q_0 = V,\ Q_L = U), \qquad W_L\cdots W_1 = S
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.flatten_util import ravel_pytree
from jaxtyping import Float

from models.deep_linear.matrices.network import distance, frame, product, widths
from theorylab.train.lanes import matmul, transpose


def balanced(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """A balanced minimum for the teacher of `c.data`, with random inner frames."""
    inner = [frame(draw, n, len(c.s)) for n in widths(c)[1:-1]]
    frames = [c.data["V"], *inner, c.data["U"]]
    size = (jnp.asarray(c.s) ** (1 / c.depth))[:, None, None]
    return {f"W{i + 1}": matmul(frames[i + 1], size * transpose(frames[i])) for i in range(c.depth)}


def curvatures(params: Any, c: Any) -> Float[Array, "parameters lanes"]:
    """Hessian eigenvalues of the trained loss, descending: (parameters, lanes)."""
    target = jnp.broadcast_to(c.data["target"], (*c.data["target"].shape[:2], params["W1"].shape[-1]))

    def one(own: Any, wanted: Array) -> Array:
        flat, back = ravel_pytree(own)

        def loss(x: Array) -> Array:
            return distance({k: v[..., None] for k, v in back(x).items()}, wanted[..., None])[0]

        return jnp.linalg.eigvalsh(jax.hessian(loss)(flat))[::-1]

    return jax.vmap(one, in_axes=-1, out_axes=-1)(params, target)


def misfit(params: Any, c: Any) -> Float[Array, " lanes"]:
    """Frobenius norm of W_L ... W_1 - S: (lanes,)."""
    return jnp.sqrt(((product(params) - c.data["target"]) ** 2).sum((0, 1)))


def fluctuation(params: Any, c: Any) -> Float[Array, "modes modes lanes"]:
    """Deviation of the product from the teacher, mode by mode, U' (W - S) V: (modes, modes, lanes)."""
    gap = product(params) - c.data["target"]
    return matmul(transpose(c.data["U"]), matmul(gap, c.data["V"]))
