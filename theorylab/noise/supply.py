r"""Random words fetched ahead of the numbers made of them.

    block of step k   = threefry at (element, floor(k / n)),  n = 2 where a number takes one word, else 1
    number of step k  = law of word k mod 2 of the block, or of both words

Two passes over a block that stays in the cache, words first and numbers from them one step later, take less time than
one: a vector of the whole chain does not fit into the processor's window of instructions in flight. Both words of a
block travel in one complex64 array, because two outputs would run the generator twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from theorylab.noise.law import Law
from theorylab.random import Draw, Key


class Order(NamedTuple):
    """Numbers that a noise takes at each step: `shape` + lanes of a law."""

    law: Law
    shape: tuple[int, ...]
    dtype: Any


def fetch(orders: Sequence[Order], key: Key, step: Array) -> list[Array]:
    """The blocks of `step`, of consecutive elements order by order."""
    held, element = [], 0
    for law, shape, dtype in orders:
        words = Draw(key, step // law.shared(dtype), element).words(shape)
        held.append(lax.complex(*(lax.bitcast_convert_type(w, jnp.float32) for w in words)))
        element += prod(shape)
    return held


def refill(orders: Sequence[Order], key: Key, held: list[Array], step: Array) -> list[Array]:
    """The blocks of `step`, given those of the step before."""
    if jax.default_backend() != "cpu":  # where a branch costs more than a block of words
        return fetch(orders, key, step)

    def fresh(only: int) -> list[Array]:
        new = fetch(orders, key, step)
        return [
            n if law.shared(dtype) <= only else old for n, old, (law, _, dtype) in zip(new, held, orders, strict=True)
        ]

    if all(law.shared(dtype) == 1 for law, _, dtype in orders):
        return fresh(1)
    return lax.cond(step % 2 == 0, lambda: fresh(2), lambda: fresh(1))


def numbers(orders: Sequence[Order], held: list[Array], step: Array) -> list[Array]:
    """The numbers of `step` from its blocks."""
    made = []
    for (law, _, dtype), block in zip(orders, held, strict=True):
        w0, w1 = (lax.bitcast_convert_type(part, jnp.uint32) for part in (block.real, block.imag))
        if law.shared(dtype) == 2:
            w0 = jnp.where(step % 2 == 0, w0, w1)
        made.append(law.numbers(w0, w1, dtype))
    return made
