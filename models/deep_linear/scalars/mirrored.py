r"""Two factors trained on a pool of label residuals, beside their mirror image.

.. math:: u \leftarrow u - \eta\,w\,(uw - v - \xi_i), \quad w \leftarrow w - \eta\,u\,(uw - v - \xi_i), \qquad
          \text{mirror: } \xi_i \to -\xi_i

A network and its mirror image share their draws: the odd part of the noise, which leaves no mean, cancels in the mean
of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Integer

from models.deep_linear.scalars import network, starts
from theorylab.theory.formula import to_jax


def average(expression: Any, symbols: Sequence[Any], *values: Any) -> float:
    """Mean of an expression in the symbols over arrays of their values, in float64."""
    with jax.enable_x64(True):
        return float(jnp.mean(to_jax(expression, symbols)(*values)))


def mirrored(draw: Any, c: Any) -> dict[str, network.Params]:
    """A network and its mirror image, at one start."""
    start = starts.uneven(draw, c)
    return {"network": start, "mirror": start}


def loss(params: Any, c: Any, index: Integer[Array, "B lanes"]) -> Float[Array, " lanes"]:
    """Their losses on one residual of the pool `c.residuals` and on its opposite: (lanes,)."""
    xi = c.residuals[index]
    return network.loss(params["network"], c, c.v + xi) + network.loss(params["mirror"], c, c.v - xi)


def flow_average(params: Any, c: Any) -> Float[Array, " lanes"]:
    """Mean of the two products along the flow: (lanes,)."""
    return (network.flow_average(params["network"], c) + network.flow_average(params["mirror"], c)) / 2


def thrown(params: Any, c: Any) -> Bool[Array, " lanes"]:
    """Whether one of them is out of reach of its target."""
    return jnp.logical_or(network.thrown(params["network"], c), network.thrown(params["mirror"], c))
