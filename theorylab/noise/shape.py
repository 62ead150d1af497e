r"""How the coordinates of one step's innovation depend on each other.

    independent:  each element from the law
    isotropic:    zeta = gamma sqrt(2A) G, one positive alpha/2-stable A for all elements of a replicate and step,
                  G normal: E exp(iu.zeta) = exp(-|gamma u|^alpha) in every direction (Gaussian: as independent)
    covariance:   zeta = R zeta', R R^T = C, zeta' isotropic: E exp(iu.zeta) = exp(-(gamma^2 u^T C u)^{alpha/2});
                  Gaussian: covariance sigma^2 C

A shape says what it takes at each step (`orders`) and makes the innovation of it (`combine`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import prod
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.core import Tracer

from theorylab.errors import InputError, unknown
from theorylab.noise.draws import Order, orders_of
from theorylab.noise.law import Gaussian, Radius, Stable, precision

Leaf = tuple[tuple[int, ...], Any]  # shape without lanes, dtype


def _sizes(leaves: Sequence[Leaf]) -> list[tuple[int, Any]]:
    """(elements, dtype) of each run of leaves of one dtype: one draw each; a program does not grow with leaves."""
    runs = groupby(leaves, key=lambda leaf: jnp.dtype(leaf[1]))
    return [(sum(prod(shape) for shape, _ in run), dtype) for dtype, run in runs]


def _cut(runs: list[Array], leaves: Sequence[Leaf]) -> list[Array]:
    """The runs (elements[, lanes]) as leaves."""
    out, rest, start = [], list(runs), 0
    for shape, dtype in leaves:
        while prod(shape) and start == len(rest[0]):
            rest, start = rest[1:], 0
        piece = rest[0][start : start + prod(shape)]
        out.append(piece.reshape(*shape, *piece.shape[1:]).astype(dtype))
        start += prod(shape)
    return out


@dataclass(frozen=True, eq=False)
class Independent:
    """Each element on its own."""

    name = "independent"

    def orders(self, law: Gaussian | Stable, leaves: Sequence[Leaf]) -> list[Order]:
        """One array (elements[, lanes]) per run of leaves."""
        return orders_of([(law, (size,), dtype) for size, dtype in _sizes(leaves)])

    def combine(self, drawn: list[Array], law: Gaussian | Stable, leaves: Sequence[Leaf]) -> list[Array]:
        """The innovation, leaf by leaf."""
        return _cut(drawn, leaves)


@dataclass(frozen=True, eq=False)
class Isotropic:
    """The same in every direction: a sub-Gaussian (elliptical) stable vector."""

    name = "isotropic"

    def orders(self, law: Gaussian | Stable, leaves: Sequence[Leaf]) -> list[Order]:
        """Normal numbers as in `Independent` and, for a stable law, sqrt(2A) per lane."""
        if isinstance(law, Gaussian):
            return Independent().orders(law, leaves)
        wide = precision(jnp.result_type(*(dtype for _, dtype in leaves), jnp.float32))
        normal = [(Gaussian(1.0), (size,), dtype) for size, dtype in _sizes(leaves)]
        return orders_of([*normal, (Radius(law.alpha), (), wide)])

    def combine(self, drawn: list[Array], law: Gaussian | Stable, leaves: Sequence[Leaf]) -> list[Array]:
        """The innovation, leaf by leaf."""
        return _cut(self.runs(drawn, law), leaves)

    def runs(self, drawn: list[Array], law: Gaussian | Stable) -> list[Array]:
        """The innovation, run by run."""
        if isinstance(law, Gaussian):
            return drawn
        *normal, radius = drawn
        return [(g * (radius * jnp.asarray(law.gamma, radius.dtype))[None]).astype(g.dtype) for g in normal]


@dataclass(frozen=True, eq=False)
class Covariance:
    """A linear map R of an isotropic vector over all elements in tree-flatten order."""

    root: Any
    name = "covariance"

    def orders(self, law: Gaussian | Stable, leaves: Sequence[Leaf]) -> list[Order]:
        """Those of the isotropic vector before the map."""
        side, size = len(self.root), sum(prod(shape) for shape, _ in leaves)
        if size != side:
            raise InputError(f"noise.covariance: C is {side} x {side}, the parameters have {size} elements")
        return Isotropic().orders(law, leaves)

    def combine(self, drawn: list[Array], law: Gaussian | Stable, leaves: Sequence[Leaf]) -> list[Array]:
        """R times the isotropic vector, cut into leaves."""
        z = jnp.concatenate(Isotropic().runs(drawn, law))
        root = jnp.asarray(self.root, z.dtype).reshape(len(z), len(z), *(1,) * (z.ndim - 1))
        if len(z) <= 32:
            total = sum((root[:, j] * z[j : j + 1] for j in range(1, len(z))), root[:, 0] * z[:1])
        else:
            total = lax.fori_loop(0, len(z), lambda j, t: t + root[:, j] * z[j][None], jnp.zeros_like(z))
        return _cut([total], leaves)


def covariance(matrix: Any) -> Covariance:
    """The shape with covariance `matrix`: symmetric, positive semidefinite; its root is the symmetric one."""
    if isinstance(matrix, Tracer):
        values, vectors = jnp.linalg.eigh(matrix)
        return Covariance((vectors * jnp.sqrt(jnp.maximum(values, 0))) @ vectors.T)
    try:
        matrix = np.asarray(matrix, float)
    except (TypeError, ValueError):
        raise InputError(f"noise.covariance: C={matrix!r} is not a matrix of numbers") from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
        raise InputError(f"noise.covariance: C of shape {matrix.shape} is not a square matrix of finite numbers")
    if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=0):
        raise InputError(f"noise.covariance: C={matrix.tolist()} is not symmetric")
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < -1e-6 * abs(values[-1]):
        raise InputError(f"noise.covariance: C has the eigenvalue {values[0]:g}, outside C >= 0")
    return Covariance((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)


def called(shape: str) -> Independent | Isotropic:
    """The shape called "independent" or "isotropic"."""
    known = {"independent": Independent(), "isotropic": Isotropic()}
    if shape not in known:
        raise unknown("shape", str(shape), known)
    return known[shape]
