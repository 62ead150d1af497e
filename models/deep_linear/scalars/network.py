r"""Two scalar factors trained on noisy labels: the smallest deep linear network.

.. math:: \ell = \frac1{2B}\sum_b (uw - y_b)^2, \qquad y_b = v + \xi_b, \qquad
          u \leftarrow u - \eta\,w\,(uw - \bar y), \quad w \leftarrow w - \eta\,u\,(uw - \bar y)

The noise enters through the labels of the batch, so both factors feel the same draw, multiplied by the weights.
Heavy-tailed labels throw some networks out of reach of the target sooner or later: how many is reported, always.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Integer

from theorylab import noise

Params = dict[str, Float[Array, " lanes"]]


def labels(draw: Any, c: Any) -> Float[Array, "B lanes"]:
    """A batch of labels v + xi: (B, lanes)."""
    return c.v + noise.label_noise(c).draw(draw, (c.B,))


def loss(params: Params, c: Any, y: Float[Array, "B lanes"]) -> Float[Array, " lanes"]:
    """Half the squared error on a batch of labels y (B, lanes): (lanes,)."""
    return 0.5 * ((product(params, c) - y) ** 2).mean(0)


def thrown(params: Params, c: Any) -> Bool[Array, " lanes"]:
    """Whether the product is out of reach, eta*abs(u w - v) above `reach`, or no number any more."""
    return ~(c.eta * jnp.abs(product(params, c) - c.v) <= c.reach)


def loss_within_reach(params: Params, c: Any, y: Float[Array, "B lanes"]) -> Float[Array, " lanes"]:
    """The same loss, and none where the network has been thrown out: it stays as the throw left it."""
    return jnp.where(thrown(params, c), 0, loss(params, c, y))


def log_imbalance(params: Params, c: Any) -> Float[Array, " lanes"]:
    """ln|u^2 - w^2|: (lanes,)."""
    return jnp.log(jnp.abs(params["u"] - params["w"])) + jnp.log(jnp.abs(params["u"] + params["w"]))


def product(params: Params, c: Any) -> Float[Array, " lanes"]:
    """The product of all factors, as many as there are: (lanes,)."""
    return reduce(operator.mul, params.values())


def flow_average(params: Params, c: Any) -> Float[Array, " lanes"]:
    r"""Average of the product over the gradient flow of duration eta from here: (lanes,).

    .. math:: \frac1\eta\int_0^\eta x\,dt
              = \pm\frac1{2\eta}\ln\Bigl(1 + \frac{|x_0|}{v}\,\bigl|e^{\pm2v\eta}-1\bigr|\Bigr),
              \qquad \dot x = 2|x|(v-x),\quad \pm = \mathrm{sign}\,x_0

    A product thrown far out returns within a step; its value at the end of steps would count that at full length.
    """
    x = product(params, c)
    sign = jnp.where(x < 0, -1, 1)
    growth = jnp.abs(jnp.expm1(sign * 2 * c.v * c.eta))
    return sign * jnp.log1p(jnp.abs(x) / c.v * growth) / (2 * c.eta)


def smooth_loss(params: Params, c: Any) -> Float[Array, " lanes"]:
    """Half the squared error on the noise-free label: (lanes,)."""
    return 0.5 * (product(params, c) - c.v) ** 2


def loss_on_residuals(params: Params, c: Any, index: Integer[Array, "B lanes"]) -> Float[Array, " lanes"]:
    """Half the mean squared error on the residuals `index` (B, lanes) of the replicate's own, `c.data`: (lanes,)."""
    return loss(params, c, c.v + jnp.take_along_axis(c.data, index, 0))
