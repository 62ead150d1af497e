r"""Scalar networks of any depth at the saddle where all weights vanish, and noise that moves them off it.

.. math:: L = \tfrac12\Bigl(\prod_{l=1}^{L} w_l - v\Bigr)^2, \qquad w_l = 0 \text{ at the start}

At two layers the saddle is strict: weights leave it exponentially. Deeper, the force vanishes with the weights.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float

Params = dict[str, Float[Array, "depth lanes"]]


def at_zero(draw: Any, c: Any) -> Params:
    """All weights zero: {"w": (depth, lanes)}."""
    return {"w": jnp.zeros_like(draw.normal((c.depth,)))}


def product(params: Params, c: Any) -> Float[Array, " lanes"]:
    """w_1 ... w_L: (lanes,)."""
    value = params["w"][0]
    for layer in range(1, params["w"].shape[0]):
        value = value * params["w"][layer]
    return value


def loss(params: Params, c: Any) -> Float[Array, " lanes"]:
    """Half the squared distance of the product from v: (lanes,)."""
    return 0.5 * (product(params, c) - c.v) ** 2


def escaped(params: Params, c: Any) -> Bool[Array, " lanes"]:
    """Whether half of the target is reached."""
    return product(params, c) >= c.v / 2
