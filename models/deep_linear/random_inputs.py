r"""Two scalar factors trained on noisy labels of Gaussian inputs.

.. math:: \ell = \frac1{2B}\sum_b (r_b\,uw - y_b)^2, \qquad y_b = v\,r_b + \xi_b, \quad r_b \sim N(0, 1)

.. math:: x = uw \mapsto x\,\bigl(1 - \eta\,\overline{r^2}\,(x-v) + \eta\,\overline{r\xi}\bigr)^2 \quad (u = w)

No product is beyond return for certain: one with eta x = 50 comes back if the next input happens to be small.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array

from models.deep_linear.factors import Params, product
from models.deep_linear.labels import noise


def examples(draw: Any, c: Any) -> tuple[Array, Array]:
    """Inputs r and labels v r + xi of a batch: (B, lanes) each."""
    r = draw.normal((c.B,))
    return r, c.v * r + noise(draw, c, (c.B,))


def loss(params: Params, c: Any, batch: tuple[Array, Array]) -> Array:
    """Half the mean squared error on a batch: (lanes,)."""
    r, y = batch
    return 0.5 * ((r * product(params, c) - y) ** 2).mean(0)


def gone(params: Params, c: Any) -> Array:
    """Whether the product is out of reach, eta*|u w - v| at `reach` or above, or no number any more."""
    return ~(c.eta * jnp.abs(product(params, c) - c.v) < c.reach)
