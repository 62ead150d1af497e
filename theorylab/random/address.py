r"""Random numbers with an address.

    lane key  = threefry2x32(key=(seed_lo, seed_hi), counter=(stream, replicate))
    word      = threefry2x32(key=lane key,           counter=(element, step))

Every number belongs to (seed, stream, replicate, step, element): nothing is split or used twice, so a result
does not depend on blocks, devices, processes or on replicates added later. The generator is threefry2x32 with 20
rounds [salmon2011], in plain uint32 arithmetic that XLA fuses with its consumer. Arrays end in the lane axis: a draw of
`shape` has shape `shape + key.shape`.

A noise in float32 that needs one word a number takes both words of a block in turn, at steps 2j and 2j+1 (see
`theorylab.noise.draws`). The laws made of the words are in `theorylab.random.distributions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from theorylab.errors import InputError
from theorylab.random.distributions import exponential, normal, stable, uniform

INIT, DATA, BATCH, NOISE = 0, 1, 2, 3

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


class Key(NamedTuple):
    """A lane key: two uint32 words, each of the shape of the replicates (() or (lanes,))."""

    k0: Array
    k1: Array


@partial(jax.jit, inline=True)
def threefry(key: tuple[Any, Any], counter: tuple[Any, Any]) -> tuple[Array, Array]:
    """The 20-round threefry2x32 block of `counter` under `key` (uint32, broadcast): two words [salmon2011]."""
    k0, k1 = (jnp.asarray(k, jnp.uint32) for k in key)
    schedule = (k0, k1, k0 ^ k1 ^ np.uint32(0x1BD11BDA))
    x0, x1 = jnp.asarray(counter[0], jnp.uint32) + k0, jnp.asarray(counter[1], jnp.uint32) + k1
    for i in range(5):
        for r in _ROTATIONS[i % 2]:
            x0 = x0 + x1
            x1 = ((x1 << np.uint32(r)) | (x1 >> np.uint32(32 - r))) ^ x0
        x0 = x0 + schedule[(i + 1) % 3]
        x1 = x1 + (schedule[(i + 2) % 3] + np.uint32(i + 1))
    return x0, x1


def seed_words(seed: Any) -> tuple[Any, Any]:
    """(low, high) words of a seed: an int of up to 64 bits, a traced uint32, or a pair that is passed on."""
    if isinstance(seed, tuple):
        return seed[0], seed[1]
    if isinstance(seed, (int, np.integer)):
        if not 0 <= int(seed) < 2**64:
            raise InputError(f"seed: seed={seed} is outside 0 <= seed < 2**64")
        return np.uint32(int(seed) & 0xFFFFFFFF), np.uint32(int(seed) >> 32)
    if not jnp.issubdtype(jnp.result_type(seed), jnp.integer):
        raise InputError(f"seed: seed={seed} is not an integer")
    return jnp.asarray(seed).astype(jnp.uint32), np.uint32(0)


def lane_key(seed: Any, stream: Any, replicate: Any) -> Key:
    """The key of one stream of one replicate, or of each replicate of an array (lanes,); a stream may be traced."""
    if isinstance(replicate, (int, np.integer)) and not 0 <= int(replicate) < 2**32:
        raise InputError(f"replicate: replicate={replicate} is outside 0 <= replicate < 2**32")
    replicate = jnp.asarray(np.uint32(replicate) if isinstance(replicate, (int, np.integer)) else replicate)
    stream = np.uint32(stream) if isinstance(stream, int) else stream
    return Key(*threefry(seed_words(seed), (stream, replicate.astype(jnp.uint32))))


def words(key: tuple[Array, Array], element: Any, step: Any) -> tuple[Array, Array]:
    """The two words at (element, step); `element` ends in an axis that broadcasts against the key's."""
    missing = range(max(jnp.ndim(element) - jnp.ndim(key[0]), 0))
    k0, k1 = (jnp.expand_dims(k, tuple(missing)) for k in key)  # where JAX promotes no ranks by itself
    return threefry((k0, k1), (element, step))


@dataclass
class Draw:
    """A cursor over the elements of one address (key, step): consecutive calls use fresh elements.

    Made while tracing, never inside a loop over steps; arrays have shape `shape + key.shape`, lanes last, in the
    precision of the run where no other is named: float32, or float64 where JAX has it enabled, from both words of a
    block.
    """

    key: tuple[Array, Array]
    step: Any = 0
    element: int = field(default=0)

    def words(self, shape: tuple[int, ...] = ()) -> tuple[Array, Array]:
        """Two uint32 words for each element of `shape` and each lane."""
        key = Key(*(jnp.asarray(k, jnp.uint32) for k in self.key))
        size, lanes = prod(shape), key.k0.ndim
        element = lax.iota(jnp.uint32, size) + np.uint32(self.element)
        self.element += size
        w0, w1 = words(key, element.reshape(size, *(1,) * lanes), jnp.asarray(self.step).astype(jnp.uint32))
        return w0.reshape(*shape, *key.k0.shape), w1.reshape(*shape, *key.k0.shape)

    def uniform(self, shape: tuple[int, ...] = (), dtype: Any = None) -> Array:
        """Uniform on (0, 1), ends excluded."""
        return uniform(*self.words(shape), dtype=dtype or jnp.result_type(float))

    def normal(self, shape: tuple[int, ...] = (), dtype: Any = None) -> Array:
        """Standard normal."""
        return normal(*self.words(shape), dtype=dtype or jnp.result_type(float))

    def exponential(self, shape: tuple[int, ...] = (), dtype: Any = None) -> Array:
        """Standard exponential."""
        return exponential(*self.words(shape), dtype=dtype or jnp.result_type(float))

    def stable(self, alpha: Any, shape: tuple[int, ...] = (), dtype: Any = None) -> Array:
        """Symmetric stable of scale 1; alpha a number, traced or not, or an array that broadcasts."""
        return stable(*self.words(shape), alpha, dtype=dtype or jnp.result_type(float))

    def integers(self, shape: tuple[int, ...], n: Any) -> Array:
        """Uniform on 0 .. n-1, int32: the top 32 bits of n times a 64-bit fraction (bias below n 2^-64)."""
        w0, w1 = self.words(shape)
        n = jnp.asarray(n).astype(jnp.uint32)
        low = w0 * n
        carry = (low + _high(w1, n) < low).astype(jnp.uint32)
        return (_high(w0, n) + carry).astype(jnp.int32)

    def permutation(self, n: int) -> Array:
        """A uniform permutation of 0 .. n-1 per lane, int32 (n[, lanes]): the order of n random 64-bit words."""
        w0, w1 = self.words((n,))
        index = lax.broadcasted_iota(jnp.int32, w0.shape, 0)
        return lax.sort((w0, w1, index), dimension=0, num_keys=2)[2]

    def jax_key(self) -> Array:
        """A jax.random key per lane, for initialisers written with jax.random."""
        return jax.random.wrap_key_data(jnp.stack(self.words(()), axis=-1), impl="threefry2x32")

    def difference(self, numbers: Callable[[Draw], Array]) -> Array:
        """`numbers(draw)` of this step less that of the step before, which is zero at the first."""
        before = self.before(1)
        now = numbers(self)
        return now - jnp.where(self.step > 0, numbers(before), 0)

    def before(self, j: Any) -> Draw:
        """The same elements j steps earlier; where `step` < j there is none, and the caller writes zeros."""
        return Draw(self.key, self.step - j, self.element)


def _high(a: Array, b: Array) -> Array:
    """The upper 32 bits of the 64-bit product of two uint32."""
    a0, a1, b0, b1 = a & np.uint32(0xFFFF), a >> np.uint32(16), b & np.uint32(0xFFFF), b >> np.uint32(16)
    middle = a1 * b0 + (a0 * b0 >> np.uint32(16))
    other = a0 * b1 + (middle & np.uint32(0xFFFF))
    return a1 * b1 + (middle >> np.uint32(16)) + (other >> np.uint32(16))
