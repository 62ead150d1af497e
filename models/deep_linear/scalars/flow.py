r"""Averages along the gradient flow of two balanced factors between two kicks of label noise.

.. math:: \dot x = 2x(v-x), \qquad \frac1{x_t} = \frac1v + \Bigl(\frac1{x_0}-\frac1v\Bigr)e^{-2vt}, \qquad
          2z\int_0^\eta (v-x)\,x^z\,dt = x_\eta^z - x_0^z

A product thrown far out returns within a step: its value at the end of steps would count that at full length.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from models.deep_linear.scalars.network import product


def _later(x: Float[Array, "*lanes"], v: Any, t: Any) -> Float[Array, " *lanes"]:
    """The flow from x > 0 after the time t."""
    return v * x / (x + (v - x) * jnp.exp(-2 * v * t))


def _size(params: Any, c: Any) -> Float[Array, " lanes"]:
    """|u w|, and never zero."""
    return jnp.maximum(jnp.abs(product(params, c)), 1e-30)


def powers(params: Any, c: Any) -> Float[Array, "2 powers lanes"]:
    """Averages of x^z and of x^(z+1) over the flow of duration eta, for each z of `c.z`: (2, powers, lanes)."""
    x, z = _size(params, c), jnp.asarray(c.z)[:, None]
    start, middle, end = (_later(x, c.v, part * c.eta)[None] ** z for part in (0.0, 0.5, 1.0))
    low = (start + 4 * middle + end) / 6
    return jnp.stack([low, c.v * low - (end - start) / (2 * z * c.eta)])


def half_index(params: Any, c: Any) -> Float[Array, " lanes"]:
    """Average of x^(alpha/2) over the flow of duration eta: (lanes,)."""
    x = _size(params, c)
    start, middle, end = (_later(x, c.v, part * c.eta) ** (c.alpha / 2) for part in (0.0, 0.5, 1.0))
    return (start + 4 * middle + end) / 6


def _beyond(params: Any, c: Any, marks: Any) -> Float[Array, "marks lanes"]:
    """Share of the flow of duration eta during which x is farther from v than X, on the side of X: (marks, lanes)."""
    x, mark = _size(params, c)[None], jnp.asarray(marks)[:, None]
    gap = (1 / x - 1 / mark) / (1 / mark - 1 / c.v)
    return jnp.where(gap > 0, jnp.minimum(jnp.log1p(jnp.maximum(gap, 0)) / (2 * c.v * c.eta), 1), 0)


def above(params: Any, c: Any) -> Float[Array, "marks lanes"]:
    """Share of the flow of duration eta during which x > X, for each X > v of `c.far`: (marks, lanes)."""
    return _beyond(params, c, c.far)


def under(params: Any, c: Any) -> Float[Array, "marks lanes"]:
    """Share of the flow of duration eta during which x < X, for each X, not v, of `c.marks`: (marks, lanes)."""
    share = _beyond(params, c, c.marks)
    return jnp.where(jnp.asarray(c.marks)[:, None] < c.v, share, 1 - share)


def below(params: Any, c: Any) -> Float[Array, "marks lanes"]:
    """Whether x < X for each X of `c.near`: (marks, lanes)."""
    return (_size(params, c)[None] < jnp.asarray(c.near)[:, None]).astype(float)
