r"""Minibatch sampling as data streams: which examples make up batch k.

    with       B independent uniform indices                             covariance of the batch mean  Sigma / B
    without    a uniform subset of size B, fresh at each step                                (n-B)/(n-1) Sigma / B
    shuffled   a fresh permutation every M = n/B steps, read in pieces of B: each epoch sees each example once

Draws come from the address (key, element, step) like every other number; a permutation belongs to its epoch's first
step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from theorylab.errors import InputError, unknown
from theorylab.random.address import Draw, Key

SCHEMES = ("with", "without", "shuffled")


class MinibatchState(NamedTuple):
    """Next step, lane key, and the current permutation (n[, lanes]) where the scheme has one."""

    step: Array
    key: Key
    order: Any


@dataclass(frozen=True)
class Minibatch:
    """A stream of index batches; see `minibatch`."""

    n: int
    B: int
    scheme: str

    @property
    def name(self) -> str:
        """`minibatch shuffled`."""
        return f"minibatch {self.scheme}"

    @property
    def M(self) -> int:
        """Batches per epoch."""
        return self.n // self.B

    def init(self, key: Any) -> MinibatchState:
        """The state before the first batch; `key` is a lane key (`random.lane_key`) or a `random.Draw`."""
        key = Key(*(jnp.asarray(k, jnp.uint32) for k in (key.key if isinstance(key, Draw) else key)))
        order = jnp.zeros((self.n, *key.k0.shape), jnp.int32) if self.scheme == "shuffled" else ()
        return MinibatchState(jnp.uint32(0), key, order)

    def next(self, state: MinibatchState) -> tuple[Array, MinibatchState]:
        """(indices (B[, lanes]) int32, the state after them)."""
        draw, order = Draw(state.key, state.step), state.order
        if self.scheme == "with":
            indices = draw.integers((self.B,), self.n)
        elif self.scheme == "without":
            indices = _subset(draw, self.n, self.B)
        else:
            piece = state.step % self.M
            order = lax.cond(piece == 0, lambda: Draw(state.key, state.step).permutation(self.n), lambda: state.order)
            indices = lax.dynamic_slice_in_dim(order, (piece * self.B).astype(jnp.int32), self.B)
        return indices, MinibatchState(state.step + 1, state.key, order)


def minibatch(n: int, B: int, scheme: str) -> Minibatch:
    """Batches of B of n examples: "with" or "without" replacement, or "shuffled" by epoch (B divides n).

    Raises:
        InputError: for an unknown scheme, or n and B outside 1 <= B (<= n without replacement).

    >>> from theorylab import random
    >>> stream = minibatch(n=6, B=2, scheme="shuffled")
    >>> state, seen = stream.init(random.lane_key((0, 0), random.BATCH, 0)), []
    >>> for _ in range(stream.M):
    ...     indices, state = stream.next(state)
    ...     seen += indices.tolist()
    >>> sorted(seen)
    [0, 1, 2, 3, 4, 5]
    """
    if scheme not in SCHEMES:
        raise unknown("scheme", str(scheme), SCHEMES)
    for name, value in (("n", n), ("B", B)):
        if not isinstance(value, (int, float, np.number)) or value < 1 or value % 1:
            raise InputError(f"noise.minibatch: {name}={value} is not a whole number >= 1")
    if scheme != "with" and n < B:
        raise InputError(f"noise.minibatch: B={B} is outside B <= n={n}")
    if scheme == "shuffled" and n % B:
        raise InputError(f"noise.minibatch: B={B} does not divide n={n}, as scheme 'shuffled' needs")
    return Minibatch(int(n), int(B), scheme)


def _subset(draw: Draw, n: int, B: int) -> Array:
    """A uniform subset in B rounds: j = n-B .. n-1 takes t uniform on 0 .. j, or j itself if t is taken [bentley1987].

    The set is uniform; the order within it is not random.
    """
    top = n - B + jnp.arange(B)
    w = jnp.arange(B).reshape(B, *(1,) * jnp.ndim(draw.key[0]))
    t = draw.integers((B,), n - B + 1 + w)

    def pick(i: Array, chosen: Array) -> Array:
        seen = (chosen == t[i][None]).any(axis=0)
        return chosen.at[i].set(jnp.where(seen, top[i].astype(jnp.int32), t[i]))

    return lax.fori_loop(0, B, pick, jnp.full_like(t, -1))
