r"""How the coordinates of one step's innovation depend on each other.

    independent:  each element from the law
    isotropic:    zeta = gamma sqrt(2A) G, one positive alpha/2-stable A for all elements of a replicate and step,
                  G normal: E exp(iu.zeta) = exp(-|gamma u|^alpha) in every direction (Gaussian: as independent)
    covariance:   zeta = R zeta', R R^T = C, zeta' isotropic: E exp(iu.zeta) = exp(-(gamma^2 u^T C u)^{alpha/2});
                  Gaussian: covariance sigma^2 C

A shape draws in two parts: `ahead` is made one step early and carried as state; `combine` makes the innovation from
what was carried, so that the generator's output has a single reader and XLA does not run it twice.
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
from theorylab.noise.law import Gaussian, Stable, precision
from theorylab.random import Draw, positive_stable

Leaf = tuple[tuple[int, ...], Any]  # shape without lanes, dtype


def _sizes(leaves: Sequence[Leaf]) -> list[tuple[int, Any]]:
    """(elements, dtype) of each run of leaves of one dtype: one draw each; a program does not grow with leaves."""
    runs = groupby(leaves, key=lambda leaf: jnp.dtype(leaf[1]))
    return [(sum(prod(shape) for shape, _ in run), dtype) for dtype, run in runs]


def _cut(runs: list[Array], leaves: Sequence[Leaf]) -> list[Array]:
    """The runs (elements[, lanes]) as leaves."""
    out, rest, start = [], list(runs), 0
    for shape, dtype in leaves:
        if start == len(rest[0]):
            rest, start = rest[1:], 0
        piece = rest[0][start : start + prod(shape)]
        out.append(piece.reshape(*shape, *piece.shape[1:]).astype(dtype))
        start += prod(shape)
    return out


@dataclass(frozen=True, eq=False)
class Independent:
    """Each element on its own."""

    name = "independent"

    def ahead(self, law: Gaussian | Stable, draw: Draw, leaves: Sequence[Leaf]) -> Any:
        """One array (elements[, lanes]) per run of leaves."""
        return [law.draw(draw, (size,), dtype) for size, dtype in _sizes(leaves)]

    def combine(self, ahead: Any, leaves: Sequence[Leaf]) -> list[Array]:
        """The innovation, leaf by leaf."""
        return _cut(ahead, leaves)


@dataclass(frozen=True, eq=False)
class Isotropic:
    """The same in every direction: a sub-Gaussian (elliptical) stable vector."""

    name = "isotropic"

    def ahead(self, law: Gaussian | Stable, draw: Draw, leaves: Sequence[Leaf]) -> Any:
        """(normal numbers as in `Independent`, gamma sqrt(2A) per lane or None)."""
        if isinstance(law, Gaussian):
            return Independent().ahead(law, draw, leaves), None
        normal = Independent().ahead(Gaussian(1.0), draw, leaves)
        wide = precision(jnp.result_type(*(dtype for _, dtype in leaves), jnp.float32))
        index, scale = jnp.asarray(law.alpha, wide) / 2, jnp.asarray(law.gamma, wide) * np.dtype(wide).type(2**0.5)
        return normal, positive_stable(*draw.words(()), index, dtype=wide, power=0.5) * scale

    def combine(self, ahead: Any, leaves: Sequence[Leaf]) -> list[Array]:
        """The innovation, leaf by leaf."""
        return _cut(self.runs(ahead), leaves)

    def runs(self, ahead: Any) -> list[Array]:
        """The innovation, run by run."""
        normal, radius = ahead
        return normal if radius is None else [(g * radius).astype(g.dtype) for g in normal]


@dataclass(frozen=True, eq=False)
class Covariance:
    """A linear map R of an isotropic vector over all elements in tree-flatten order."""

    root: Any
    name = "covariance"

    def ahead(self, law: Gaussian | Stable, draw: Draw, leaves: Sequence[Leaf]) -> Any:
        """The isotropic vector before the map."""
        side, size = len(self.root), sum(prod(shape) for shape, _ in leaves)
        if size != side:
            raise InputError(f"noise.covariance: C is {side} x {side}, the parameters have {size} elements")
        return Isotropic().ahead(law, draw, leaves)

    def combine(self, ahead: Any, leaves: Sequence[Leaf]) -> list[Array]:
        """R times the isotropic vector, cut into leaves."""
        z = jnp.concatenate(Isotropic().runs(ahead))
        root = jnp.asarray(self.root, z.dtype).reshape(len(z), len(z), *(1,) * (z.ndim - 1))
        if len(z) <= 32:
            total = sum((root[:, j] * z[j] for j in range(1, len(z))), root[:, 0] * z[0])
        else:
            total = lax.fori_loop(0, len(z), lambda j, t: t + root[:, j] * z[j], jnp.zeros_like(z))
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
