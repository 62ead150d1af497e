"""Where chains of scalar factors start."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from models.deep_linear.scalars.network import Params


def uneven(draw: Any, c: Any) -> Params:
    """Product v with the factors at the ratio exp(2*tilt): {"u", "w"}, each (lanes,)."""
    one = jnp.ones(draw.key[0].shape)
    return {"u": one * jnp.sqrt(c.v) * math.e**c.tilt, "w": one * jnp.sqrt(c.v) * math.e**-c.tilt}


def equal(draw: Any, c: Any) -> Params:
    """Equal factors with a product between 0.4 v and 1.6 v: {"u", "w"}, each (lanes,)."""
    one = jnp.sqrt(c.v * (0.4 + 1.2 * draw.uniform()))
    return {"u": one, "w": one}


def displaced(draw: Any, c: Any) -> Params:
    """The factors of `uneven`, both too large by a part between `away` and twice that: {"u", "w"}, each (lanes,)."""
    size = 1 + c.away * (1 + draw.uniform())
    return {name: size * value for name, value in uneven(draw, c).items()}
