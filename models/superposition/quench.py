r"""The noise-free quench: downhill from wherever the noise left a network, to the minimum of its basin.

.. math:: \dot\theta = -\nabla L(\theta) \quad\text{(descent)}, \qquad
          v \leftarrow \mu v - \epsilon\,\nabla L,\ \theta \leftarrow \theta + v \quad\text{(heavy ball)}

Descent settles a network in its basin; the heavy ball then shortens the way along valleys of small curvature. Slopes
are clipped per coordinate, so that a weight which a heavy-tailed jump threw far out walks home and does not overshoot.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float

from models.superposition.model import loss

CLIP = 1.0  # largest slope of a coordinate; near any attractor slopes are far below
SETTLE, RATE = 1000, 0.5  # descent: steps and learning rate
ROLL, ROLL_RATE, MOMENTUM = 6000, 0.3, 0.9  # heavy ball
HALT = {"float32": 3e-7, "float64": 1e-13}  # slopes at which a network has stopped, a few roundings


def _length(slope: Any) -> Any:
    return jnp.sqrt((slope["W"] ** 2).sum((0, 1)) + (slope["b"] ** 2).sum(0))


def _slope(params: Any) -> Any:
    return jax.grad(lambda p: loss(p).sum())(params)


def quench(params: Any, roll: int = ROLL) -> Any:
    """The parameters after SETTLE steps of descent and `roll` of the heavy ball; a lane halts at a slope of rounding.

    Each lane halts by itself, so that its bits do not depend on the lanes beside it; the loop ends with the last one.
    """
    halt = HALT[params["b"].dtype.name]

    def moving(state: Any) -> Any:
        k, slope = state[0], state[3]
        return (k < SETTLE + roll) & (_length(slope) > halt).any()

    def step(state: Any) -> Any:
        k, p, v, slope = state
        keep, rate = jnp.where(k < SETTLE, 0.0, MOMENTUM), jnp.where(k < SETTLE, RATE, ROLL_RATE)
        lane = _length(slope) > halt
        v = jax.tree.map(lambda v, g: (keep * v - rate * jnp.clip(g, -CLIP, CLIP)).astype(v.dtype), v, slope)
        p = jax.tree.map(lambda x, v: jnp.where(lane, x + v, x), p, v)
        return k + 1, p, v, _slope(p)

    start = (jnp.int32(0), params, jax.tree.map(jnp.zeros_like, params), _slope(params))
    return lax.while_loop(moving, step, start)[1]


def table(params: Any) -> Float[Array, "rows n lanes"]:
    """A network feature by feature, (m + 2, n, lanes): its weights, its bias, and the length of its slope."""
    slope = _slope(params)
    length = jnp.sqrt((slope["W"] ** 2).sum(0) + slope["b"] ** 2)
    return jnp.concatenate([params["W"], params["b"][None], length[None]])


def quenched(params: Any, c: Any) -> Float[Array, "rows n lanes"]:
    """The table of the quenched network: what the census classifies."""
    return table(quench(params, getattr(c, "roll", ROLL)))
