r"""Sizes: what multiplies or bounds a noise from step to step.

Annealed         s(k) xi_k                                s an optax schedule of the step
StateDependent   b(theta_k) xi_k                          current parameters: Ito
Clipped          min(max(xi_k, -c), c)                    per coordinate, counted
Truncated        xi_k where |xi_k| <= c, else 0           per coordinate, counted
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from theorylab.errors import InputError
from theorylab.noise.colour import Stage
from theorylab.noise.law import number, text


class Fired(NamedTuple):
    """How many coordinates a bound has changed so far, per lane (uint32, stops at its largest value)."""

    count: Array  # pyright: ignore[reportIncompatibleMethodOverride]


@dataclass(frozen=True, eq=False)
class Annealed(Stage):
    """schedule(k) times the noise of step k."""

    schedule: Callable[[Any], Any]
    name = "annealed"

    def __call__(self, xi: list[Array], memory: Any, step: Array, params: Any) -> tuple[list[Array], Any]:
        """One number for all elements."""
        factor = self.schedule(step.astype(jnp.int32))
        return [(x * jnp.asarray(factor, x.dtype)).astype(x.dtype) for x in xi], memory

    def __str__(self) -> str:
        return "annealed({})"


@dataclass(frozen=True, eq=False)
class StateDependent(Stage):
    """by(params) times the noise, with the parameters before the step."""

    by: Callable[[Any], Any]
    name = "state-dependent"
    reads_params = True

    def __call__(self, xi: list[Array], memory: Any, step: Array, params: Any) -> tuple[list[Array], Any]:
        """A factor per leaf, or one that broadcasts to every leaf."""
        factor = self.by(params)
        tree = jax.tree.structure(params)
        same = jax.tree.structure(factor) == tree
        factors = jax.tree.leaves(factor) if same else [factor] * len(xi)
        if not same and jax.tree.structure(factor).num_nodes != 1:
            raise InputError("noise.state_dependent: by(params) is neither one array nor a tree like params")
        return [x * _spread(f, x) for x, f in zip(xi, factors, strict=True)], memory

    def __str__(self) -> str:
        return "state_dependent({})"


def _spread(factor: Any, x: Array) -> Array:
    """`factor` as an array like x."""
    factor = jnp.asarray(factor, x.dtype)
    try:
        return jnp.broadcast_to(factor, x.shape)
    except ValueError:
        raise InputError(
            f"noise.state_dependent: by(params) of shape {factor.shape} does not fit a parameter of shape {x.shape}"
        ) from None


@dataclass(frozen=True, eq=False)
class Bound(Stage):
    """Counts the coordinates with |xi| > at, and bounds or removes them."""

    at: Any
    name = "clipped"
    removes = False

    def __post_init__(self) -> None:
        number(f"noise.{self.name}", "at", self.at, "at > 0", lambda v: v > 0)

    def rest(self, leaves: list[Array], lanes: tuple[int, ...]) -> Any:
        """Nothing has fired."""
        del leaves
        return Fired(jnp.zeros(lanes, jnp.uint32))

    def __call__(self, xi: list[Array], memory: Any, step: Array, params: Any) -> tuple[list[Array], Any]:
        """The bounded noise, and the count."""
        out, fired = [], jnp.zeros_like(memory.count)
        for x in xi:
            at = jnp.asarray(self.at, x.dtype)
            out.append(jnp.where(abs(x) <= at, x, 0) if self.removes else jnp.clip(x, -at, at))
            axes = tuple(range(x.ndim - memory.count.ndim))
            fired = fired + (abs(x) > at).sum(axis=axes, dtype=jnp.uint32)
        total = memory.count + fired
        return out, Fired(jnp.where(total < fired, jnp.uint32(0xFFFFFFFF), total))

    def times(self, factor: Any) -> Stage:
        """The bound moves with the noise."""
        return replace(self, at=self.at * factor)

    def __str__(self) -> str:
        return f"{self.name}({{}}, at={text(self.at)})"


@dataclass(frozen=True, eq=False)
class Truncated(Bound):
    """xi where |xi| <= at, else 0."""

    name = "truncated"
    removes = True


Clipped = Bound


def fired(state: Any) -> Array:
    """Coordinates changed so far by clipped or truncated noises in an optax state, per lane.

    >>> import jax.numpy as jnp
    >>> from theorylab import noise
    >>> process, params = noise.clipped(noise.stable(alpha=1.0, gamma=1.0), at=2.0), jnp.zeros(1000)
    >>> updates, state = process.update(params, process.init(params))
    >>> int(noise.fired(state)) == int((abs(updates) == 2.0).sum())
    True
    """
    parts = jax.tree.leaves(state, is_leaf=lambda x: isinstance(x, Fired))
    counts = [part.count for part in parts if isinstance(part, Fired)]
    if not counts:
        raise InputError("noise.fired: the state holds no clipped or truncated noise")
    return sum(counts[1:], counts[0])
