r"""Diagonal linear networks in JAX: two weights for each input.

.. math:: f(x) = \sum_j \beta_j x_j, \quad \beta = u^2 - w^2, \qquad
          L = \frac1{2n}\sum_{i=1}^n \bigl(x_i\cdot\beta - y_i\bigr)^2

Weights are {"u": (d, lanes), "w": (d, lanes)}. The product u_j w_j moves only by the square of a step, and so carries
the memory of the start.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jaxtyping import Bool, Float, Integer

from models.diagonal_linear import symbolic
from theorylab import noise
from theorylab.train import Model
from theorylab.train.lanes import matmul

Params = dict[str, Float[Array, "d lanes"]]
Sample = dict[str, Float[Array, "... lanes"]]


class DiagonalLinear(nnx.Module):
    """x -> x . (u^2 - w^2) for x (batch, d); all weights start at `alpha`."""

    def __init__(self, d: int, alpha: float, rngs: nnx.Rngs | None = None) -> None:
        self.u, self.w = nnx.Param(jnp.full(d, alpha)), nnx.Param(jnp.full(d, alpha))

    def __call__(self, x: Float[Array | np.ndarray, "batch d"]) -> Float[Array | np.ndarray, " batch"]:
        """Outputs (batch,)."""
        return x @ (self.u[...] ** 2 - self.w[...] ** 2)


def even(draw: Any, c: Any) -> Params:
    """All weights at `alpha`: {"u", "w"}, each (d, lanes)."""
    d = jnp.asarray(c.X).shape[1]
    one = c.alpha * jnp.ones_like(draw.normal((d,)))
    return {"u": one, "w": one}


def tiny(draw: Any, c: Any) -> Params:
    """All weights at exp(-ell): {"u", "w"}, each (d, lanes)."""
    one = jnp.exp(-c.ell) * jnp.ones_like(draw.normal((jnp.asarray(c.X).shape[1],)))
    return {"u": one, "w": one}


def strength(params: Params, c: Any) -> Float[Array, "d lanes"]:
    """beta = u^2 - w^2: (d, lanes)."""
    return params["u"] ** 2 - params["w"] ** 2


def loss(params: Params, c: Any) -> Float[Array, " lanes"]:
    """Half the mean squared error over the samples of `c.X`, `c.y`: (lanes,)."""
    return 0.5 * (errors(params, c) ** 2).mean(0)


def log_memory(params: Params, c: Any) -> Float[Array, "d lanes"]:
    """ln|u_j w_j|/2, the logarithm of the start that each coordinate remembers: (d, lanes)."""
    return (jnp.log(jnp.abs(params["u"])) + jnp.log(jnp.abs(params["w"]))) / 2


def sampled(draw: Any, c: Any) -> Sample:
    """One random sample for each lane, its label with noise: {"x": (d, lanes), "y": (lanes,)}.

    `c.noise` names the noise of the labels.
    """
    index = draw.integers((), len(c.y))
    xi = noise.label_noise(c).draw(draw)
    return {"x": jnp.asarray(c.X)[index].T, "y": jnp.asarray(c.y)[index] + xi}


def quieted(draw: Any, c: Any) -> Sample:
    """One random sample for each lane, its label with noise in the first k steps only."""
    index = draw.integers((), len(c.y))
    xi = jnp.where(draw.step < c.k, noise.label_noise(c).draw(draw), 0)
    return {"x": jnp.asarray(c.X)[index].T, "y": jnp.asarray(c.y)[index] + xi}


def single_loss(params: Params, c: Any, batch: Sample) -> Float[Array, " lanes"]:
    """Half the squared error on one sample: (lanes,)."""
    return 0.5 * residual(params, c, batch) ** 2


def residual(params: Params, c: Any, batch: Sample) -> Float[Array, " lanes"]:
    """x . beta - y on the lane's sample: (lanes,)."""
    return (batch["x"] * strength(params, c)).sum(0) - batch["y"]


def sample_loss(params: Params, c: Any, batch: Sample) -> Float[Array, " lanes"]:
    """Half the squared error on one sample, and none where the network has been thrown out: (lanes,)."""
    return jnp.where(thrown(params, c), 0, 0.5 * residual(params, c, batch) ** 2)


def thrown(params: Params, c: Any) -> Bool[Array, " lanes"]:
    """Whether the error on some sample is out of reach: eta*|x . beta - y| above `reach`."""
    return c.eta * jnp.abs(errors(params, c)).max(0) > c.reach


def errors(params: Params, c: Any) -> Float[Array, "n lanes"]:
    """x . beta - y on all samples: (n, lanes)."""
    return matmul(jnp.asarray(c.X)[..., None], strength(params, c)[:, None])[:, 0] - jnp.asarray(c.y)[:, None]


def noisy_loss(params: Params, c: Any, xi: Float[Array, "n lanes"]) -> Float[Array, " lanes"]:
    """Half the mean squared error on labels with noise xi (n, lanes): (lanes,)."""
    return 0.5 * ((errors(params, c) - xi) ** 2).mean(0)


def batch_loss(params: Params, c: Any, index: Integer[Array, "B lanes"]) -> Float[Array, " lanes"]:
    """Half the mean squared error on the samples `index` (B, lanes): (lanes,)."""
    return 0.5 * (jnp.take_along_axis(errors(params, c), index, 0) ** 2).mean(0)


def fitted(draw: Any, c: Any) -> Params:
    """Weights at the coordinates `c.beta`, with the product `c.start`^2 in each: {"u", "w"}, each (d, lanes)."""
    beta = jnp.asarray(c.beta)[:, None] + jnp.zeros_like(draw.normal((len(c.beta),)))
    root = jnp.sqrt(beta**2 + 4 * c.start**4)
    return {"u": jnp.sqrt((root + beta) / 2), "w": jnp.sqrt((root - beta) / 2)}


_TASK = {"X": ((0.7, -1.1, 0.4), (0.2, 0.9, -1.3)), "y": (0.8, -0.5)}
full = Model("diagonal_linear", loss, even, symbolic.small, _TASK, DiagonalLinear)
noisy = Model("diagonal_linear", noisy_loss, tiny, symbolic.noisy, _TASK)
batches = Model("diagonal_linear", batch_loss, even, symbolic.batch, {**_TASK, "batch": (1,)})
single = Model("diagonal_linear", single_loss, even, symbolic.single)
within_reach = Model("diagonal_linear", sample_loss, fitted, symbolic.within_reach, {**_TASK, "eta": 0.1, "reach": 0.2})
