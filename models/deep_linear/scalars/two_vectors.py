r"""A two-layer network of one input and one output: the product u.w of two vectors of the hidden width.

.. math:: L = \tfrac12(u\cdot w - v)^2 + \tfrac g2\,(|u|^2 + |w|^2)
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float


def aligned(draw: Any, c: Any) -> dict[str, Float[Array, "width lanes"]]:
    """u = w along one hidden direction, with the product v: {"u", "w"}, each (width, lanes)."""
    one = jnp.ones(draw.key[0].shape)
    first = jnp.zeros((c.h, *one.shape), one.dtype).at[0].set(one * jnp.sqrt(c.v))
    return {"u": first, "w": first}


def product(params: Any, c: Any) -> Float[Array, " lanes"]:
    """u.w: (lanes,)."""
    return (params["u"] * params["w"]).sum(0)


def loss(params: Any, c: Any) -> Float[Array, " lanes"]:
    """Half the squared error and the weight decay: (lanes,)."""
    decay = 0.5 * c.g * ((params["u"] ** 2).sum(0) + (params["w"] ** 2).sum(0))
    return 0.5 * (product(params, c) - c.v) ** 2 + decay
