r"""Two tied factors, one weight that is both: :math:`L = \tfrac12(w^2 - v)^2`, with the minima w = +-sqrt(v)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array


def signs(draw: Any, c: Any) -> dict[str, Array]:
    """w = +-sqrt(v), either with the same chance: {"w": (lanes,)}."""
    return {"w": jnp.where(draw.uniform() < 0.5, -1, 1) * jnp.sqrt(c.v)}


def loss(params: dict[str, Array], c: Any) -> Array:
    """Half the squared distance of the square from v: (lanes,)."""
    return 0.5 * (params["w"] ** 2 - c.v) ** 2
