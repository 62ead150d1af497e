r"""Laws of the innovations zeta, independent from step to step.

Gaussian:  E exp(iu zeta) = exp(-sigma^2 u^2 / 2)
Stable:    E exp(iu zeta) = exp(-|gamma u|^alpha),  0 < alpha <= 2  (variance 2 gamma^2 at alpha = 2)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from theorylab.errors import InputError
from theorylab.random import Draw


def number(where: str, name: str, value: Any, condition: str, holds: Any) -> Any:
    """`value` if it is traced or satisfies `holds`; else an InputError naming argument, value and condition."""
    if isinstance(value, Tracer):
        return value
    try:
        numbers = np.asarray(value, float)
    except (TypeError, ValueError):
        raise InputError(f"{where}: {name}={value!r} is not a number") from None
    if not (np.isfinite(numbers).all() and holds(numbers).all()):
        raise InputError(f"{where}: {name}={value} is outside {condition}")
    return value


def text(value: Any) -> str:
    """A number as it is typed; `traced` inside jit."""
    return "traced" if isinstance(value, Tracer) else f"{value:g}" if np.ndim(value) == 0 else "array"


def precision(dtype: Any) -> Any:
    """The precision a leaf of `dtype` draws in: float64 for itself, float32 for everything narrower."""
    return jnp.float64 if jnp.dtype(dtype) == jnp.float64 else jnp.float32


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Independent normal numbers of standard deviation `sigma`."""

    sigma: Any
    name = "gaussian"
    index = 2.0

    def __post_init__(self) -> None:
        number("noise.gaussian", "sigma", self.sigma, "sigma >= 0", lambda v: v >= 0)

    @property
    def scale(self) -> Any:
        """sigma."""
        return self.sigma

    def draw(self, draw: Draw, shape: tuple[int, ...], dtype: Any) -> Array:
        """shape + lanes numbers of the law, in the leaf's dtype."""
        wide = precision(dtype)
        return (draw.normal(shape, wide) * jnp.asarray(self.sigma, wide)).astype(dtype)

    def times(self, factor: Any) -> Gaussian:
        """The law of factor * zeta."""
        return replace(self, sigma=self.sigma * factor)

    def __str__(self) -> str:
        return f"gaussian(sigma={text(self.sigma)})"


@dataclass(frozen=True, eq=False)
class Stable:
    """Symmetric stable numbers of index `alpha` and scale `gamma` [samorodnitsky1994]."""

    alpha: Any
    gamma: Any
    name = "stable"

    def __post_init__(self) -> None:
        number("noise.stable", "alpha", self.alpha, "0 < alpha <= 2", lambda v: (v > 0) & (v <= 2))
        number("noise.stable", "gamma", self.gamma, "gamma >= 0", lambda v: v >= 0)

    @property
    def index(self) -> Any:
        """alpha."""
        return self.alpha

    @property
    def scale(self) -> Any:
        """gamma."""
        return self.gamma

    def draw(self, draw: Draw, shape: tuple[int, ...], dtype: Any) -> Array:
        """shape + lanes numbers of the law, in the leaf's dtype."""
        wide = precision(dtype)
        return (draw.stable(self.alpha, shape, wide) * jnp.asarray(self.gamma, wide)).astype(dtype)

    def times(self, factor: Any) -> Stable:
        """The law of factor * zeta."""
        return replace(self, gamma=self.gamma * factor)

    def __str__(self) -> str:
        return f"stable(alpha={text(self.alpha)}, gamma={text(self.gamma)})"
