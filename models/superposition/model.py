r"""The toy model of superposition in JAX: networks in lanes, trained on the exact population loss or on samples.

.. math:: \hat x = \mathrm{ReLU}(W^\top W x + b), \qquad
          L = \frac1n \sum_{ij} \Bigl[ a^2 \tfrac{\Delta_3}{3} + a b \Delta_2 + b^2 \Delta_1
              + \delta_{ij}\bigl(\tfrac13 - \tfrac23 a \Delta_3 - b \Delta_2\bigr) \Bigr]_{a = W_i \cdot W_j,\ b = b_j}

with Delta_k = hi^k - lo^k over the part (lo, hi) of (0, 1) on which output j answers feature i. The integrand vanishes
at an end that moves, so the derivative of L does not see it: the ends carry no gradient. Losses are summed over the
outputs and not halved. Weights are (m, n, lanes), biases (n, lanes).
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array, lax
from jaxtyping import Float

from models.superposition import symbolic
from theorylab.train import Model
from theorylab.train.lanes import matmul, transpose

TINY = 1e-30  # an overlap of exactly zero counts as this one: dark for b < 0, lit for b > 0


class Autoencoder(nnx.Module):
    """ReLU(W'W x + b) of one network, W (m, n) and b (n,); x is (batch, n). Without `rectify` the linear model."""

    def __init__(self, weights: Array, biases: Array, rectify: bool = True) -> None:
        self.W, self.b, self.rectify = nnx.Param(weights), nnx.Param(biases), rectify

    def __call__(self, x: Float[Array | np.ndarray, "batch n"]) -> Float[Array | np.ndarray, "batch n"]:
        """The reconstruction of a batch."""
        answer = x @ self.W[...].T @ self.W[...] + self.b[...]
        return nnx.relu(answer) if self.rectify else answer


def init(draw: Any, c: Any) -> dict[str, Float[Array, "*_ n lanes"]]:
    """Random starts of `n` features in `m` dimensions, W ~ N(0, spread^2), b = 0."""
    weights = c.spread * draw.normal((c.m, c.n))
    return {"W": weights, "b": jnp.zeros_like(weights[0])}


def near_polygon(draw: Any, c: Any) -> dict[str, Float[Array, "*_ n lanes"]]:
    """A regular n-gon of radius `radius`, every bias `bias`, all perturbed by N(0, spread^2)."""
    angle = 2 * jnp.pi * jnp.arange(c.n)[:, None] / c.n
    weights = jnp.stack([c.radius * jnp.cos(angle), c.radius * jnp.sin(angle)])
    return {"W": weights + c.spread * draw.normal((2, c.n)), "b": c.bias + c.spread * draw.normal((c.n,))}


def population_terms(weights: Any, biases: Any, xp: Any = jnp) -> Any:
    """n L split into what output j loses for feature i: (n outputs, n features, lanes). `xp` is jnp, or numpy."""
    overlap = matmul(transpose(weights), weights) if xp is jnp else xp.einsum("mjr,mir->jir", weights, weights)
    bias, own = biases[:, None], xp.eye(biases.shape[0], dtype=biases.dtype)[..., None]
    slope = xp.where(overlap == 0, TINY, overlap)
    root, rising = xp.clip(-bias / slope, 0, 1), slope > 0
    low, high = xp.where(rising, root, 0), xp.where(rising, 1, root)
    if xp is jnp:
        low, high = lax.stop_gradient((low, high))
    d1, d2, d3 = high - low, high**2 - low**2, high**3 - low**3
    answers = overlap * (overlap * d3 / 3 + bias * d2) + bias * bias * d1
    return answers + own * (1 / 3 - 2 / 3 * overlap * d3 - bias * d2)


def loss(params: Any, c: Any = None) -> Float[Array, " lanes"]:
    """Exact population loss of inputs with one active feature: (lanes,)."""
    return population_terms(params["W"], params["b"]).sum((0, 1)) / params["b"].shape[0]


def one_active(draw: Any, c: Any) -> Float[Array, "n batch lanes"]:
    """`batch` inputs with one active feature, uniform on (0, 1): (n, batch, lanes)."""
    active, value = draw.integers((c.batch,), c.n), draw.uniform((c.batch,))
    features = lax.broadcasted_iota(jnp.int32, (c.n, *active.shape), 0)
    return jnp.where(features == active, value, 0)


def independent(draw: Any, c: Any) -> Float[Array, "n batch lanes"]:
    """`batch` inputs, each feature active with probability `density`, then uniform on (0, 1): (n, batch, lanes)."""
    fate = draw.uniform((c.n, c.batch))  # below the density it is active, and then uniform
    return jnp.where(fate < c.density, fate / c.density, 0)


def sampled_loss(params: Any, c: Any, x: Float[Array, "n batch lanes"]) -> Float[Array, " lanes"]:
    """Squared error summed over the outputs, averaged over a batch x (n, batch, lanes): (lanes,)."""
    return _squared_error(nnx.relu(_answer(params, x)), x)


def sampled_linear_loss(params: Any, c: Any, x: Float[Array, "n batch lanes"]) -> Float[Array, " lanes"]:
    """The same without the ReLU."""
    return _squared_error(_answer(params, x), x)


def linear_loss(params: Any, c: Any) -> Float[Array, " lanes"]:
    r"""Exact loss of the linear model on independent features of mean q = density/2 and variance v: (lanes,).

    .. math:: v\,|1 - W^\top W|^2 + |(1 - W^\top W)\bar x - b|^2, \qquad \bar x = (q, \dots, q),\ v = p/3 - p^2/4
    """
    weights, biases = params["W"], params["b"]
    rest = jnp.eye(c.n, dtype=weights.dtype)[..., None] - matmul(transpose(weights), weights)
    variance = c.density / 3 - c.density**2 / 4
    return variance * (rest**2).sum((0, 1)) + ((rest.sum(1) * c.density / 2 - biases) ** 2).sum(0)


def _answer(params: Any, x: Float[Array, "n batch lanes"]) -> Float[Array, "n batch lanes"]:
    return matmul(transpose(params["W"]), matmul(params["W"], x)) + params["b"][:, None]


def _squared_error(answer: Float[Array, "n batch lanes"], x: Float[Array, "n batch lanes"]) -> Float[Array, " lanes"]:
    return ((answer - x) ** 2).sum(0).mean(0)


population = Model("superposition", loss, init, symbolic.small, {"n": 3, "m": 2, "spread": 0.7}, Autoencoder)
sampled = Model("superposition", sampled_loss, init, symbolic.sampled)
sampled_linear = Model("superposition", sampled_linear_loss, init, lambda: symbolic.sampled(rectify=False))
