r"""The numbers of a step from the words of its address.

    block of step k   = threefry at (element, floor(k / n)),  n = 2 where a number takes one word, else 1
    number of step k  = law of word k mod 2 of the block, or of both words

On a CPU words and numbers are two passes over a block of lanes that stays in the cache: a vector of the whole chain
does not fit into the processor's window of instructions in flight, and a fused generator would run once per reader.
Both words of a block travel in one complex64 array, since two outputs would run it twice. Where a block serves two
steps it is kept in between. Other back ends draw every block at every step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from theorylab.noise.law import Law
from theorylab.random.address import Draw, Key
from theorylab.random.compiled import apart

_BRANCHES: ContextVar[bool] = ContextVar("branches", default=False)


@contextmanager
def branches() -> Iterator[None]:
    """Within, programs are traced for a place where a branch is cheap on every back end: inside a kernel."""
    token = _BRANCHES.set(True)
    try:
        yield
    finally:
        _BRANCHES.reset(token)


def _keeps() -> bool:
    """Whether a block is kept for its second step: elsewhere a branch costs more than a block of words."""
    return jax.default_backend() == "cpu" or _BRANCHES.get()


class Order(NamedTuple):
    """What a noise takes at each step: `shape` + lanes numbers of a law, from element `first` on."""

    law: Law
    shape: tuple[int, ...]
    dtype: Any
    first: int


def rest(orders: Sequence[Order], lanes: tuple[int, ...]) -> list[Array]:
    """What is kept before the first step."""
    if not _keeps():
        return []
    return [jnp.zeros((*o.shape, *lanes), jnp.complex64) for o in orders if o.law.shared(o.dtype) == 2]


def draw(orders: Sequence[Order], key: Key, kept: list[Array], step: Array) -> tuple[list[Array], list[Array]]:
    """(numbers of `step` order by order, what is kept for the next step); steps come one after the other."""
    if not _keeps():
        return [_numbers(o, *_words(o, key, step), step) for o in orders], kept
    numbers, kept, held = [], [], iter(kept)
    for order in orders:
        if order.law.shared(order.dtype) == 2:
            block = lax.cond(step % 2 == 0, lambda _, o=order: _packed(o, key, step), lambda old: old, next(held))
            kept.append(block)
        else:
            block = apart(lambda key, step, o=order: _packed(o, key, step))(key, step)
        numbers.append(apart(lambda block, step, o=order: _numbers(o, *_unpacked(block), step))(block, step))
    return numbers, kept


def _words(order: Order, key: Key, step: Array) -> tuple[Array, Array]:
    return Draw(key, step // np.uint32(order.law.shared(order.dtype)), order.first).words(order.shape)


def _packed(order: Order, key: Key, step: Array) -> Array:
    return lax.complex(*(lax.bitcast_convert_type(w, jnp.float32) for w in _words(order, key, step)))


def _unpacked(block: Array) -> tuple[Array, Array]:
    return lax.bitcast_convert_type(block.real, jnp.uint32), lax.bitcast_convert_type(block.imag, jnp.uint32)


def _numbers(order: Order, w0: Array, w1: Array, step: Array) -> Array:
    if order.law.shared(order.dtype) == 2:
        w0 = jnp.where(step % 2 == 0, w0, w1)
    return order.law.numbers(w0, w1, order.dtype)


def orders_of(wanted: Sequence[tuple[Law, tuple[int, ...], Any]]) -> list[Order]:
    """Orders with consecutive elements."""
    orders, first = [], 0
    for law, shape, dtype in wanted:
        orders.append(Order(law, shape, dtype, first))
        first += prod(shape)
    return orders
