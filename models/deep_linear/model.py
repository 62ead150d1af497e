"""The losses of deep linear networks as models: matrices, and two scalar factors."""

from __future__ import annotations

import jax.numpy as jnp

from models.deep_linear import symbolic
from models.deep_linear.matrices.network import DeepLinear, aligned, distance
from models.deep_linear.scalars import network, starts
from theorylab.train import Model

model = Model(
    name="deep_linear",
    loss=lambda params, c: distance(params, jnp.asarray(c.target)[..., None]),
    init=aligned,
    symbolic=symbolic.small,
    example={"target": ((1.3, 0.2), (-0.4, 0.6))},
    module=DeepLinear,
)

two_factors = Model(
    name="deep_linear",
    loss=lambda params, c: network.loss(params, c, jnp.asarray(c.y)[..., None]),
    init=starts.uneven,
    symbolic=symbolic.two_factors,
    example={"y": (0.8, -0.3, 1.9)},
)
