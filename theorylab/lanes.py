r"""Products of small matrices in the lanes layout: every array ends in the replicate axis.

.. math:: C_{ij\ell} = \sum_k A_{ik\ell} B_{kj\ell}

A batched `dot` of 8x8 matrices costs a library call per replicate. Unrolled over k it is a chain of multiply-adds
over contiguous lanes, which the compiler vectorises; the two cotangents are written in the same form, because
differentiating through the slices `A[:, k]` would be slow. A product stays a function of its own in the compiled
program: fused into the next product, it would be computed again for each of that one's k.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.experimental.xla_metadata import set_xla_metadata

UNROLLED = 64  # longest inner axis that is written out; beyond it a reduction compiles in bounded time


def _product(a: Array, b: Array) -> Array:
    if jax.default_backend() != "cpu":
        return _sum_of_products(a, b)
    with set_xla_metadata(inlineable="false"):
        return _sum_of_products(a, b)


@jax.jit
def _sum_of_products(a: Array, b: Array) -> Array:
    if a.shape[1] > UNROLLED:
        return (a[:, :, None] * b[None]).sum(1)
    total = a[:, 0, None] * b[None, 0]
    for k in range(1, a.shape[1]):
        total = total + a[:, k, None] * b[None, k]
    return total


def _like(cotangent: Array, operand: Array) -> Array:
    """A constant operand has a last axis of size 1: its cotangent is the sum over the lanes."""
    return cotangent.sum(-1, keepdims=True) if operand.shape[-1] == 1 != cotangent.shape[-1] else cotangent


@jax.custom_vjp
def matmul(a: Array, b: Array) -> Array:
    """Product of `a` (i, k, lanes) and `b` (k, j, lanes): (i, j, lanes).

    An operand shared by all lanes has a last axis of size 1. Works under `jit`, `grad` and `vmap`.
    """
    return _product(a, b)


def _forward(a: Array, b: Array) -> tuple[Array, tuple[Array, Array]]:
    return _product(a, b), (a, b)


def _backward(operands: tuple[Array, Array], cotangent: Array) -> tuple[Array, Array]:
    a, b = operands
    to_a = _product(cotangent, jnp.swapaxes(b, 0, 1))
    to_b = _product(jnp.swapaxes(a, 0, 1), cotangent)
    return _like(to_a, a), _like(to_b, b)


matmul.defvjp(_forward, _backward)


def transpose(a: Array) -> Array:
    """(i, j, lanes) -> (j, i, lanes)."""
    return jnp.swapaxes(a, 0, 1)
