r"""Weight decay from both sides: networks that have learned a mode and networks that have not, at one decay.

.. math:: L = \tfrac12\|W_D\cdots W_1 - S\|_F^2 + \tfrac g2\sum_l\|W_l\|_F^2

Every replicate has a decay of its own, drawn uniformly from `c.range`: the share of them that keep a mode is where it
is lost.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from models.deep_linear.matrices import network


def teacher(draw: Any, c: Any) -> dict[str, Array]:
    """The teacher, and the decay g of each replicate: (lanes,)."""
    low, high = c.range
    return {**network.teacher(draw, c), "g": low + (high - low) * draw.uniform()}


def both(draw: Any, c: Any) -> dict[str, Any]:
    """Two networks aligned with the teacher, at the strengths u0 = (small, large)."""
    small, large = (type(c)(**{**vars(c), "u0": u0}) for u0 in c.u0)
    return {"small": network.aligned(draw, small), "large": network.aligned(draw, large)}


def decayed(params: Any, c: Any) -> Float[Array, " lanes"]:
    """Loss and decay of one network: (lanes,)."""
    return network.loss(params, c) + 0.5 * c.data["g"] * sum((w**2).sum((0, 1)) for w in jax.tree.leaves(params))


def loss(params: Any, c: Any) -> Float[Array, " lanes"]:
    """Those of both: neither feels the other."""
    return decayed(params["small"], c) + decayed(params["large"], c)


def strength(name: str) -> Any:
    """Strength of the teacher's first mode in one of the networks: (lanes,)."""
    return lambda params, c: network.strengths(params[name], c)[0]


def gain(params: Any, c: Any) -> Float[Array, " lanes"]:
    """Loss of the network that started large less that of a network of zeros: (lanes,)."""
    return decayed(params["large"], c) - 0.5 * (jnp.asarray(c.s) ** 2).sum()


def level(strengths: Any, gains: Any, kept: np.ndarray, width: float) -> np.ndarray:
    """Strengths of the networks that kept the mode and gain next to nothing by it."""
    return np.asarray(strengths)[kept & (np.abs(np.asarray(gains)) < width)]
