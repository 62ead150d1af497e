r"""Networks width - 2 - width on a teacher that is zero: which minimum they end in, by its learning coefficient.

.. math:: L = \tfrac12\,\|W_2 W_1 - \xi\|_F^2, \qquad C = W_2^\top W_2 - W_1 W_1^\top \quad (2 \times 2)

Gradient flow keeps C and ends where W_2 W_1 = 0: the positive part of C is then W_2'W_2 and the negative part W_1W_1',
so a network loses one rank in each layer where C is indefinite, lambda = width - 1/2, and both in one layer where C is
definite, lambda = width. The first are the degenerate minima. Noise moves C: by steps on the weights (gradient noise),
or by errors in the labels, xi.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float

from models.deep_linear.matrices.network import distance
from theorylab import noise
from theorylab.noise.quartile import quartile
from theorylab.random.address import Draw
from theorylab.train.lanes import matmul, transpose

Params = dict[str, Float[Array, "_ _ lanes"]]


def start(draw: Draw, c: Any) -> Params:
    """Independent N(0, 1) weights."""
    return {"W1": draw.normal((2, c.width)), "W2": draw.normal((c.width, 2))}


def imbalance(params: Params) -> Float[Array, "2 2 lanes"]:
    """C: (2, 2, lanes)."""
    low, up = params["W1"], params["W2"]
    return matmul(transpose(up), up) - matmul(low, transpose(low))


def degenerate(params: Params, c: Any) -> Bool[Array, " lanes"]:
    """Whether gradient flow from here ends in a minimum with lambda = width - 1/2: whether C is indefinite (lanes,)."""
    C = imbalance(params)
    return C[0, 0] * C[1, 1] < C[0, 1] ** 2


def scale(law: str, alpha: float, dose: float) -> float:
    """gamma of the innovations of a noise called `law` whose steps have the upper quartile `dose`."""
    return dose / quartile(alpha) / noise.gain(law, alpha)


def equal_fluctuation(law: str, alpha: float, dose: float, eta: float, h: float) -> float:
    r"""The dose under which a weight of curvature h fluctuates with the same quartile as under a Gaussian `dose`.

    .. math:: \gamma_\theta^\alpha = \frac{(\eta\gamma)^\alpha}{1-|1-\eta h|^\alpha}, \qquad
              \sigma_\theta^2 = \frac{2\,\eta^2\sigma^2}{2-\eta h} \quad (\text{differenced})
    """
    if "differenced" in law:
        return dose / (eta * h) ** 0.5
    return dose * (1 - abs(1 - eta * h) ** alpha) ** (1 / alpha) / (1 - (1 - eta * h) ** 2) ** 0.5


def gradient_noise(c: Any) -> Any:
    """The noise on the gradient: none where it is in the labels."""
    process = noise.named(c)
    return None if isinstance(process, noise.Labels) else process


def labels(draw: Draw, c: Any) -> Float[Array, "width width lanes"]:
    """xi (width, width, lanes): zero where the noise is on the gradient."""
    shape, process = (c.width, c.width), noise.named(c)
    if isinstance(process, noise.Labels):
        return process.draw(draw, shape)
    return jnp.zeros((*shape, *draw.key[0].shape))


def loss(params: Params, c: Any, xi: Any) -> Float[Array, " lanes"]:
    """Half the squared error on the labels xi: (lanes,)."""
    return distance(params, xi)
