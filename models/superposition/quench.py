r"""The noise-free quench: downhill from wherever the noise left a network, to the minimum of its basin.

.. math:: \dot\theta = -\nabla L(\theta) \quad\text{(descent)}, \qquad
          v \leftarrow \mu v - \epsilon\,\nabla L,\ \theta \leftarrow \theta + v \quad\text{(heavy ball, for the flat valleys)}

Descent settles a network in its basin; the heavy ball then shortens the way along valleys of small curvature. Slopes are
clipped per coordinate, so that a weight which a heavy-tailed jump threw far out walks home instead of overshooting.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from models.superposition.model import loss
from theorylab import noise

CLIP = 1.0  # largest slope of a coordinate; near any attractor slopes are far below
SETTLE, RATE = 1000, 0.5  # descent: steps and learning rate
ROLL, ROLL_RATE, MOMENTUM = 4000, 0.3, 0.9  # heavy ball


def jumps(c: Any) -> Any:
    """The cell's gradient noise in the units of the parameters, eta times it: added after the clip, which it escapes."""
    named = noise.named(c)
    return None if named is None else named.times(c.eta)


def _slope(params: Any) -> Any:
    return jax.grad(lambda p: loss(p).sum())(params)


def _clipped(params: Any) -> Any:
    return jax.tree.map(lambda g: jnp.clip(g, -CLIP, CLIP), _slope(params))


def quench(params: Any, roll: int = ROLL) -> Any:
    """The parameters after SETTLE steps of descent and `roll` of the heavy ball."""

    def descend(_: Any, p: Any) -> Any:
        return jax.tree.map(lambda x, g: x - RATE * g, p, _clipped(p))

    def fall(_: Any, state: Any) -> Any:
        p, v = state
        v = jax.tree.map(lambda v, g: MOMENTUM * v - ROLL_RATE * g, v, _clipped(p))
        return jax.tree.map(jnp.add, p, v), v

    settled = lax.fori_loop(0, SETTLE, descend, params)
    return lax.fori_loop(0, roll, fall, (settled, jax.tree.map(jnp.zeros_like, settled)))[0]


def table(params: Any) -> Array:
    """A network feature by feature, (m + 2, n, lanes): its weights, its bias, and the length of its slope."""
    slope = _slope(params)
    length = jnp.sqrt((slope["W"] ** 2).sum(0) + slope["b"] ** 2)
    return jnp.concatenate([params["W"], params["b"][None], length[None]])


def quenched(params: Any, c: Any) -> Array:
    """The table of the quenched network: what the census classifies."""
    return table(quench(params, getattr(c, "roll", ROLL)))
