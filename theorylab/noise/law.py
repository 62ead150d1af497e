r"""Laws of the innovations zeta, independent from step to step.

Gaussian:  E exp(iu zeta) = exp(-sigma^2 u^2 / 2)
Stable:    E exp(iu zeta) = exp(-|gamma u|^alpha),  0 < alpha <= 2  (variance 2 gamma^2 at alpha = 2)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from theorylab.errors import InputError
from theorylab.random.distributions import normal, positive_stable, stable


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


class Law(Protocol):
    """Numbers made of random words, one block of two words at (element, step) or at every second step."""

    def shared(self, dtype: Any) -> int:
        """Steps that share a block: 1, or 2 where a number takes one word."""
        ...

    def numbers(self, w0: Array, w1: Array, dtype: Any) -> Array:
        """The numbers; where two steps share a block, `w0` is the step's word."""
        ...


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

    def shared(self, dtype: Any) -> int:
        """A block of two words serves two steps: a normal number takes one word, in float64 both."""
        return 1 if precision(dtype) == jnp.float64 else 2

    def numbers(self, w0: Array, w1: Array, dtype: Any) -> Array:
        """Numbers of the law from words, in the leaf's dtype."""
        wide = precision(dtype)
        return (normal(w0, w1, dtype=wide) * jnp.asarray(self.sigma, wide)).astype(dtype)

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

    def shared(self, dtype: Any) -> int:
        """A number takes both words of a block."""
        del dtype
        return 1

    def numbers(self, w0: Array, w1: Array, dtype: Any) -> Array:
        """Numbers of the law from words, in the leaf's dtype."""
        wide = precision(dtype)
        return (stable(w0, w1, self.alpha, dtype=wide) * jnp.asarray(self.gamma, wide)).astype(dtype)

    def times(self, factor: Any) -> Stable:
        """The law of factor * zeta."""
        return replace(self, gamma=self.gamma * factor)

    def __str__(self) -> str:
        return f"stable(alpha={text(self.alpha)}, gamma={text(self.gamma)})"


@dataclass(frozen=True, eq=False)
class Radius:
    """sqrt(2A), A positive stable of index alpha/2: times a normal vector, an isotropic stable one."""

    alpha: Any

    def shared(self, dtype: Any) -> int:
        """A number takes both words of a block."""
        del dtype
        return 1

    def numbers(self, w0: Array, w1: Array, dtype: Any) -> Array:
        """Numbers of the law from words."""
        index = jnp.asarray(self.alpha, dtype) / 2
        return positive_stable(w0, w1, index, dtype=dtype, power=0.5) * np.dtype(dtype).type(2**0.5)
