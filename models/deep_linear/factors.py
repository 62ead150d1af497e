r"""Two scalar factors trained on noisy labels: the smallest deep linear network.

.. math:: \ell = \frac1{2B}\sum_b (uw - y_b)^2, \qquad y_b = v + \xi_b, \qquad
          u \leftarrow u - \eta\,w\,(uw - \bar y), \quad w \leftarrow w - \eta\,u\,(uw - \bar y)

The noise enters through the labels of the batch, so both factors feel the same draw, multiplied by the weights.
Heavy-tailed labels throw some networks out of reach of the target sooner or later: how many is reported, always.
"""

from __future__ import annotations

import math
import operator
from functools import reduce
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from models.deep_linear.labels import noise
from theorylab import measure

Params = dict[str, Array]


def uneven(draw: Any, c: Any) -> Params:
    """Product v with the factors at the ratio exp(2*tilt): {"u", "w"}, each (lanes,)."""
    one = jnp.ones(draw.key[0].shape)
    return {"u": one * jnp.sqrt(c.v) * math.e**c.tilt, "w": one * jnp.sqrt(c.v) * math.e**-c.tilt}


def labels(draw: Any, c: Any) -> Array:
    """A batch of labels v + xi: (B, lanes)."""
    return c.v + noise(draw, c, (c.B,))


def loss(params: Params, c: Any, y: Array) -> Array:
    """Half the squared error on a batch of labels y (B, lanes): (lanes,)."""
    return 0.5 * ((product(params, c) - y) ** 2).mean(0)


def thrown(params: Params, c: Any) -> Array:
    """Whether the product is out of reach, eta*abs(u w - v) above `reach`, or no number any more."""
    return ~(c.eta * jnp.abs(product(params, c) - c.v) <= c.reach)


def loss_within_reach(params: Params, c: Any, y: Array) -> Array:
    """The same loss, and none where the network has been thrown out: it stays as the throw left it."""
    return jnp.where(thrown(params, c), 0, loss(params, c, y))


def log_imbalance(params: Params, c: Any) -> Array:
    """ln|u^2 - w^2|: (lanes,)."""
    return jnp.log(jnp.abs(params["u"] - params["w"])) + jnp.log(jnp.abs(params["u"] + params["w"]))


def product(params: Params, c: Any) -> Array:
    """The product of all factors, as many as there are: (lanes,)."""
    return reduce(operator.mul, params.values())


def flow_average(params: Params, c: Any) -> Array:
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


def smooth_loss(params: Params, c: Any) -> Array:
    """Half the squared error on the noise-free label: (lanes,)."""
    return 0.5 * (product(params, c) - c.v) ** 2


def scale_of_shift(shift: float, alpha: float, eta: float) -> float:
    """gamma of labels with which the mean product is `shift` below its target, at one label a step of input 1."""
    return (shift / (math.gamma(alpha) * abs(math.cos(math.pi * alpha / 2)) * eta ** (alpha - 1))) ** (1 / alpha)


def mean_of_survivors(data: Any, c: Any) -> measure.Estimate:
    """The observed mean, over networks that stay within reach to the horizon."""
    return measure.mean(data["mean"].values[data["lost"].values < 0])


def survivors_miss(alpha: float, eta: float, v: float) -> float:
    r"""How much larger the shift of the mean is, relatively, among networks that survive label noise in finite steps.

    .. math:: \frac{C_\alpha}{\Gamma(\alpha)|\cos\frac{\pi\alpha}2|}\Bigl[Y^{-\alpha}\Bigl(\ln Y+\frac1\alpha\Bigr)
              - (\eta v)^{\alpha/2}\int_{\eta v}^2 D(X)\,\tfrac\alpha2X^{-1-\alpha/2}\,dX\Bigr],
              \qquad Y = \sqrt{2/\eta v}

    .. math:: D(X_0) = \sum_k \tfrac12\ln(1+2X_k) + \ln|1-X_k|, \qquad X_{k+1} = X_k(1-X_k)^2

    with C_alpha = (2/pi) Gamma(alpha) sin(pi alpha/2). A kick 1 + y with |y| > Y throws the product beyond 2/eta, from
    where gradient descent does not return: survivors have not seen the part of E ln|1 + y| that lies beyond. From
    X/eta below that, steps return it faster than the flow: D is what the average along the flow then lacks.
    """
    if alpha == 2:
        return 0.0
    reach, half = math.sqrt(2 / (eta * v)), math.pi * alpha / 2
    edges = np.geomspace(eta * v, 2, 4001)
    x, lacking = np.sqrt(edges[1:] * edges[:-1]), 0.0
    while x.max() > 0.01:
        lacking = lacking - 0.5 * np.log1p(2 * x) - np.log(np.abs(1 - x))
        x = x * (1 - x) ** 2
    lacking = lacking + 0.75 * x  # the rest of the orbit, of which each step changes X by 2 X^2 and D by 3/2 X^2
    early = (eta * v) ** (alpha / 2) * (lacking * -np.diff(edges ** (-alpha / 2))).sum()
    return 2 / math.pi * abs(math.tan(half)) * (reach**-alpha * (math.log(reach) + 1 / alpha) + early)


def equal(draw: Any, c: Any) -> Params:
    """Equal factors with a product between 0.4 v and 1.6 v: {"u", "w"}, each (lanes,)."""
    one = jnp.sqrt(c.v * (0.4 + 1.2 * draw.uniform()))
    return {"u": one, "w": one}


def displaced(draw: Any, c: Any) -> Params:
    """The factors of `uneven`, both too large by a part between `away` and twice that: {"u", "w"}, each (lanes,)."""
    size = 1 + c.away * (1 + draw.uniform())
    return {name: size * value for name, value in uneven(draw, c).items()}
