r"""The address of a noise: whose numbers it draws, and which of the noises of one optimiser it is.

    lane key = threefry2x32(key=(seed_lo, seed_hi), counter=(NOISE + 256 p, replicate))

The place p counts the noises of the same seed and replicate that were initialised before this one by the same outermost
call into optax: p = 0 for the first, so that a noise alone draws what the ensemble draws. optax tells a transformation
nothing of its place, but its `init` runs inside the chain's: the list of earlier noises is kept on the frame of that
call, for as long as the call lasts. Seeds, replicates and places may be traced.
"""

from __future__ import annotations

import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from theorylab import random
from theorylab.errors import InputError

_NAME = "noises initialised in this call"  # no name of a variable: nothing of the frame is hidden by it
_PLACE = 256  # streams between two places


def seed_of(seed: Any) -> Any:
    """`seed` as an int below 2^64, a traced integer, or a pair of words: (low, high).

    A key of two words is the integer that these spell, so that `jax.random.key(5)` and 5 are one seed.

    Raises:
        InputError: `seed` is neither an integer (0 <= seed < 2**64) nor one JAX key.
    """
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        if not 0 <= int(seed) < 2**64:
            raise InputError(f"noise: seed={seed} is outside 0 <= seed < 2**64")
        return int(seed)
    if isinstance(seed, tuple) and len(seed) == 2 and all(getattr(w, "dtype", None) == jnp.uint32 for w in seed):
        return seed
    if isinstance(seed, (jax.Array, np.ndarray)):
        if jnp.issubdtype(seed.dtype, jax.dtypes.prng_key) and seed.shape == ():
            return _spelt(seed)
        if seed.dtype == jnp.uint32 and seed.shape in ((2,), (4,)):
            return _spelt(seed)
        if jnp.issubdtype(seed.dtype, jnp.integer) and seed.shape == ():
            return seed if isinstance(seed, Tracer) else seed_of(int(seed))
    raise InputError(f"noise: {_told('seed', seed)} is neither an integer nor a JAX key")


def _spelt(key: Any) -> Any:
    """The seed that the two or four words of a JAX key spell, most significant first."""
    if not isinstance(key, Tracer):
        with jax.ensure_compile_time_eval():  # also while something else is traced
            low, high = _halves(key)
        return int(high) << 32 | int(low)
    return _halves(key)


def _halves(key: Any) -> tuple[Array, Array]:
    words = jax.random.key_data(key)
    if len(words) == 2:
        return words[1], words[0]
    return random.threefry((words[1], words[0]), (words[3], words[2]))  # of another generator


def replicate_of(replicate: Any) -> Any:
    """`replicate` as an int, or an integer array () or (lanes,).

    Raises:
        InputError: a number that is no integer, outside 0 <= replicate < 2**32, or more than one axis of lanes.
    """
    one = isinstance(replicate, (int, np.integer)) and not isinstance(replicate, bool)
    numbers: Any = replicate if one or isinstance(replicate, (jax.Array, np.ndarray)) else _listed(replicate)
    if np.ndim(numbers) > 1:
        raise InputError(f"noise: replicate has shape {np.shape(numbers)}, not () or (lanes,)")
    if not (one or jnp.issubdtype(numbers.dtype, jnp.integer)):
        raise InputError(f"noise: {_told('replicate', replicate)} is not an integer, nor an array (lanes,) of such")
    if not isinstance(numbers, Tracer) and getattr(numbers, "dtype", None) != jnp.uint32:
        values = np.asarray(numbers)
        if not ((values >= 0) & (values < 2**32)).all():
            raise InputError(f"noise: {_told('replicate', replicate)} is outside 0 <= replicate < 2**32")
    return numbers if np.ndim(numbers) or isinstance(numbers, Tracer) else int(numbers)


def _listed(replicate: Any) -> Any:
    """An array from a list or a range; whatever is not a list of numbers has no integers."""
    return np.asarray(replicate) if isinstance(replicate, (list, tuple, range)) else np.empty((), object)


def _told(name: str, value: Any) -> str:
    """`seed='x'`, in one line also for an array."""
    if isinstance(value, (jax.Array, np.ndarray)) and (value.ndim or isinstance(value, Tracer)):
        return f"{name}, an array of dtype {value.dtype} and shape {value.shape},"
    return f"{name}={value if hasattr(value, 'dtype') else ascii(value)[:60]}"


def lane_key(seed: Any, replicate: Any) -> random.Key:
    """The key that a noise draws from, () or (lanes,): moved by its place among the noises of the optimiser."""
    key, earlier = random.lane_key(seed, random.NOISE, replicate), _earlier()
    places = [_alike(key, other) for other in earlier]
    earlier.append(key)
    if not places:
        return key
    return random.lane_key(seed, random.NOISE + _PLACE * sum(places[1:], places[0]), replicate)


def _alike(key: random.Key, other: random.Key) -> Array:
    """Whether two keys are the same: 0 or 1, for each lane of `key`."""
    same = (key.k0 == other.k0) & (key.k1 == other.k1)
    return (same.any() if same.ndim > key.k0.ndim else same).astype(jnp.uint32)


def _earlier() -> list[random.Key]:
    """The keys of the noises that this call of an optax transformation has initialised so far."""
    frame: Any = sys._getframe(1)  # the only way to tell chain(a, b).init(p) from a.init(p) and b.init(p)
    call = None
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] == "optax":
            call = frame
        frame = frame.f_back
    return [] if call is None else call.f_locals.setdefault(_NAME, [])
