r"""How often a weight of two factors, or their product, is larger than given marks, far out in the valley of minima.

.. math:: \theta \leftarrow \theta - \eta\,\nabla L(\theta) - \eta\,\zeta

The state that a kick leaves and the state before the next one are the two ends of the flow between them. A large
product falls fast: the mean over both ends counts no excursion longer than it lasts, as the state after a kick would.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float

from models.deep_linear.scalars.two_vectors import loss, product


def _both_ends(beyond: Any, params: Any, c: Any) -> Float[Array, "marks lanes"]:
    """Mean of a boolean over the two ends of the flow from here."""
    slope = jax.grad(lambda p: loss(p, c).sum())(params)
    later = jax.tree.map(lambda x, g: x - c.eta * g, params, slope)
    return 0.5 * beyond(params) + 0.5 * beyond(later)


def weights_beyond(params: Any, c: Any) -> Float[Array, "marks lanes"]:
    """Share of the weights larger in size than each mark of `c.x`, hidden width 1: (marks, lanes)."""
    marks = jnp.asarray(c.x)[:, None]
    return _both_ends(lambda p: 0.5 * (jnp.abs(p["u"]) > marks) + 0.5 * (jnp.abs(p["w"]) > marks), params, c)


def product_beyond(params: Any, c: Any) -> Float[Array, "marks lanes"]:
    """Whether the product is larger in size than each mark of `c.z`: (marks, lanes)."""
    return _both_ends(lambda p: jnp.abs(product(p, c)) > jnp.asarray(c.z)[:, None], params, c)


def overshot(params: Any, c: Any) -> Bool[Array, " lanes"]:
    """Whether a weight is beyond the edge of stability, eta u^2 > 2: the other one then grows at every step."""
    return c.eta * jnp.maximum(params["u"] ** 2, params["w"] ** 2)[0] > 2
