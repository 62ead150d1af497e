r"""A chain of scalar factors trained on noisy labels of random inputs: a deep linear network of width one.

.. math:: \ell = \frac1{2B}\sum_b \bigl(r_b\,w_L\cdots w_1 - v\,r_b - \xi_b\bigr)^2, \qquad \mathrm{E}\,r^2 = 1

`c.inputs` is "ones" (r = 1) or "gaussian" (r standard normal, whose square has variance 2); xi is the noise named by
`c.noise`. Random inputs throw a network out of reach of its target sooner or later: how many is said.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from models.deep_linear.scalars.network import Params, product
from theorylab import noise

spreads = {"ones": 0.0, "gaussian": 2.0}  # of the square of the input


def balanced(draw: Any, c: Any) -> Params:
    """Equal factors of product v: {"w1": (lanes,), "w2": ...}."""
    one = jnp.ones(draw.key[0].shape)
    return {f"w{i + 1}": one * c.v ** (1 / c.depth) for i in range(c.depth)}


def examples(draw: Any, c: Any) -> tuple[Float[Array, "B lanes"], Float[Array, "B lanes"]]:
    """Inputs r and labels v r + xi of a batch: (B, lanes) each."""
    xi = noise.label_noise(c).draw(draw, (c.B,))
    r = draw.normal((c.B,)) if c.inputs == "gaussian" else jnp.ones_like(xi)
    return r, c.v * r + xi


def loss(
    params: Params, c: Any, batch: tuple[Float[Array, "B lanes"], Float[Array, "B lanes"]]
) -> Float[Array, " lanes"]:
    """Half the mean squared error on a batch: (lanes,)."""
    r, y = batch
    return 0.5 * ((r * product(params, c) - y) ** 2).mean(0)
