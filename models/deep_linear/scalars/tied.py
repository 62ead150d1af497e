r"""Two tied factors, one weight that is both: :math:`L = \tfrac12(w^2 - v)^2`, with the minima w = +-sqrt(v)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float


def signs(draw: Any, c: Any) -> dict[str, Float[Array, " lanes"]]:
    """w = +-sqrt(v), either with the same chance: {"w": (lanes,)}."""
    return {"w": jnp.where(draw.uniform() < 0.5, -1, 1) * jnp.sqrt(c.v)}


def loss(params: dict[str, Float[Array, " lanes"]], c: Any) -> Float[Array, " lanes"]:
    """Half the squared distance of the square from v: (lanes,)."""
    return 0.5 * (params["w"] ** 2 - c.v) ** 2
