r"""Products of small matrices in the lanes layout: every array ends in the replicate axis.

.. math:: C_{ij\ell} = \sum_k A_{ik\ell} B_{kj\ell}

A batched `dot` of 8x8 matrices costs a library call per replicate. Unrolled over k it is a chain of multiply-adds
over contiguous lanes, which the compiler vectorises; the two cotangents are written in the same form, because
differentiating through the slices `A[:, k]` would be slow. A product stays a function of its own in the compiled
program: fused into the next product, it would be computed again for each of that one's k.
"""

from __future__ import annotations

from functools import reduce
from operator import add

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from theorylab.random.compiled import apart

Matrix = Array | np.ndarray  # a constant of a traced program is one of numpy
Matrices = Float[Matrix, "_ _ _"]
UNROLLED = 32  # terms of an inner sum that are written out; longer ones are sums of such groups


def _product(a: Matrices, b: Matrices, axes: tuple[int, int] = (1, 0)) -> Float[Array, "_ _ _"]:
    """Sum over axis `axes[0]` of `a` and `axes[1]` of `b`: (the other of a, the other of b, lanes)."""
    inner = a.shape[axes[0]]
    if inner > UNROLLED and (left := inner % UNROLLED):
        cut = jax.lax.slice_in_dim
        whole = _product(cut(a, left, inner, axis=axes[0]), cut(b, left, inner, axis=axes[1]), axes)
        return whole + _product(cut(a, 0, left, axis=axes[0]), cut(b, 0, left, axis=axes[1]), axes)
    part = _groups(a, b, axes)
    groups = part.shape[1]
    return part.sum(1) if groups > UNROLLED else reduce(add, (part[:, g] for g in range(groups)))


def _grouped(a: Matrices, b: Matrices, axes: tuple[int, int]) -> Float[Array, "_ groups _ _"]:
    """The sum in groups of at most UNROLLED terms: (the other of a, groups, the other of b, lanes)."""
    a, b = jnp.moveaxis(a, axes[0], 1), jnp.moveaxis(b, axes[1], 0)
    width = min(a.shape[1], UNROLLED)
    a = a.reshape(a.shape[0], -1, width, 1, a.shape[-1])
    b = b.reshape(1, -1, width, *b.shape[1:])
    return reduce(add, (a[:, :, k] * b[:, :, k] for k in range(width)))


_groups = apart(_grouped, static_argnums=(2,))


def _like(cotangent: Float[Array, "i j _"], operand: Float[Matrix, "i j lanes"]) -> Float[Array, "i j lanes"]:
    """A constant operand has a last axis of size 1: its cotangent is the sum over the lanes."""
    return cotangent.sum(-1, keepdims=True) if operand.shape[-1] == 1 != cotangent.shape[-1] else cotangent


@jax.custom_vjp
def matmul(a: Float[Matrix, "i k #lanes"], b: Float[Matrix, "k j #lanes"]) -> Float[Array, "i j _"]:
    """Product of `a` (i, k, lanes) and `b` (k, j, lanes): (i, j, lanes).

    An operand shared by all lanes has a last axis of size 1. Works under `jit`, `grad` and `vmap`.
    """
    return _product(a, b)


def _forward(a: Matrices, b: Matrices) -> tuple[Matrices, tuple[Matrices, Matrices]]:
    return _product(a, b), (a, b)


def _backward(
    operands: tuple[Matrices, Matrices], cotangent: Float[Array, "_ _ _"]
) -> tuple[Float[Array, "_ _ _"], Float[Array, "_ _ _"]]:
    a, b = operands
    return _like(_product(cotangent, b, (1, 1)), a), _like(_product(a, cotangent, (0, 0)), b)


matmul.defvjp(_forward, _backward)


def transpose(a: Float[Matrix, "i j lanes"]) -> Float[Array, "j i lanes"]:
    """(i, j, lanes) -> (j, i, lanes)."""
    return jnp.swapaxes(a, 0, 1)
