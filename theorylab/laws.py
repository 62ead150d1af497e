r"""Random words turned into laws: uniform, normal, exponential, symmetric and positive stable.

    normal       z = Phi^{-1}((1+x)/2),  x uniform on (-1, 1)
    exponential  W = -log u
    stable       X = sin(alpha U) / cos(U)^{1/alpha} * (cos((1-alpha) U) / W)^{(1-alpha)/alpha}

Each function maps one block of two uint32 words to one number, element by element, so that XLA fuses it with the
generator and with its consumer. Both ends of every word are used: the distance of a uniform from its *nearer* end is an
integer plus one half, so that no logarithm, power or quotient meets 0, and tails reach 2^-32 instead of 2^-24. float32
has its own polynomials (XLA's sin, cos and log cost several times more on a CPU).
"""

from __future__ import annotations

from functools import partial
from math import pi
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.scipy.special import ndtri

from theorylab.errors import InputError

# One compiled unit also when called outside of jit, and inlined inside of it: the same rounding in both.
_fused = partial(jax.jit, inline=True, static_argnames="dtype")

# Minimax polynomials, highest power first: log2(1+f)/f, sin(sqrt z)/sqrt z, 2^f, and the normal quantile over x in
# L = -log2(1-x^2), in L - 4 below L = 8 and in sqrt(L) - 4.25 above; relative errors 1.7e-7, 5e-9, 8e-8, 1.9e-7.
_LOG2 = (-0.1458133161, 0.2340448946, -0.2488773614, 0.2870984375,
         -0.3602395952, 0.4809232354, -0.7213528156, 1.442694902)  # fmt: skip
_SIN = (2.601902451715e-06, -1.980741799343e-04, 8.333025500178e-03, -0.1666665673256, 1.0)
_EXP2 = (0.001327647129, 0.009675540961, 0.05550713092, 0.2402212024, 0.693146944, 1.0000001192)
_NORMAL_CENTRE = (8.907219406e-10, 3.838414031e-08, -4.195998144e-07, -2.064302180e-06, 6.810962077e-05,
                  -4.809460951e-04, -3.469731892e-03, 0.2392829359, 2.217920065)  # fmt: skip
_NORMAL_TAIL = (5.017494914e-06, -7.203788846e-05, 2.207799116e-04, -3.504104388e-04, 6.203083904e-04,
                -1.543466118e-03, 3.001216799e-03, 1.186370134, 4.77173996)  # fmt: skip


@_fused
def uniform(w0: Array, w1: Array | None = None, dtype: Any = jnp.float32) -> Array:
    """Uniform on (0, 1), ends excluded: (23 bits + 1/2) 2^-23 in float32, (52 bits + 1/2) 2^-52 in float64."""
    if _double(dtype):
        high, low = w0.astype(jnp.float64), (_second(w1) >> np.uint32(12)).astype(jnp.float64)
        return (high * 2.0**20 + low + 0.5) * 2.0**-52
    return ((w0 >> np.uint32(9)).astype(jnp.float32) + 0.5) * np.float32(2.0**-23)


@_fused
def normal(w0: Array, w1: Array | None = None, dtype: Any = jnp.float32) -> Array:
    r"""Standard normal by inversion, z = Phi^{-1}((1+x)/2), from w0 (float32) or both words (float64).

    In float32 one Horner chain of degree 8 in L = -log2(1-x^2) [giles2010], |z| <= 6.4, error below 1e-6; x and
    1-|x| are both read from the integer, so neither the middle nor the tail loses digits and no draw is 0.
    """
    if _double(dtype):
        flip = jnp.where(w0 >= np.uint32(0x80000000), np.uint32(0xFFFFFFFF), np.uint32(0))
        high, low = w0 ^ flip, _second(w1) ^ flip
        x = (high.astype(jnp.float64) * 2.0**32 + low.astype(jnp.float64) + 0.5) * 2.0**-63
        high, low = high ^ np.uint32(0x7FFFFFFF), low ^ np.uint32(0xFFFFFFFF)
        q = (high.astype(jnp.float64) * 2.0**32 + low.astype(jnp.float64) + 0.5) * 2.0**-64  # (1 - x)/2
        # ndtri(q) near q = 1/2 loses the digits of x: there the series in x
        small = np.sqrt(pi / 2) * x * (1 + pi / 12 * x * x * (1 + 7 * pi / 40 * x * x))
        return _signed(w0, jnp.where(x < 1e-3, small, -ndtri(q)))
    i = lax.bitcast_convert_type(w0, jnp.int32)
    x = (i.astype(jnp.float32) + 0.5) * np.float32(2.0**-31)
    tail = ((i ^ ~(i >> 31)) & 0x7FFFFFFF).astype(jnp.float32)
    tail = (tail + 0.5) * np.float32(2.0**-31)  # 1 - |x|
    level = -_log2(tail * (2 - tail))
    far = level > 8.0
    return x * _horner(
        jnp.where(far, jnp.sqrt(level) - 4.25, level - 4.0),
        [jnp.where(far, np.float32(b), np.float32(a)) for a, b in zip(_NORMAL_CENTRE, _NORMAL_TAIL, strict=True)],
    )


@_fused
def exponential(w0: Array, w1: Array | None = None, dtype: Any = jnp.float32) -> Array:
    """Standard exponential -log u, u = (w0 + 1/2) 2^-32, to full relative accuracy at both ends: 2^-33 <= W <= 22.9."""
    del w1
    u, rest = _ends(w0, 32, dtype)
    if _double(dtype):
        return jnp.where(u < 0.5, -jnp.log(u), -jnp.log1p(-rest))
    return _log2(u, rest) * np.float32(-np.log(2.0))


@_fused
def stable(w0: Array, w1: Array, alpha: Any, dtype: Any = jnp.float32) -> Array:
    r"""Symmetric stable, E exp(iuX) = exp(-|u|^alpha), 0 < alpha <= 2 (may be traced); variance 2 at alpha = 2.

    Chambers-Mallows-Stuck [chambers1976] (the equation above) with U uniform on (0, pi/2) from 31 bits of w0, whose
    first is the sign, and W = exponential(w1). With V = pi/2 - U no term loses its small end: cos U = sin V,
    cos((1-alpha)U) = sin((pi/2)(1-|1-alpha|) + |1-alpha| V), and sin(alpha U) is taken at the nearer of alpha U and
    pi - alpha U = (pi/2)(2-alpha) + alpha V. The finest angle is 2^-32 pi/2: the law's tail is right up to about
    (2^31)^{1/alpha}. Magnitudes stay inside the dtype's normal range: for alpha < 1/2 a float32 that would be 0 or
    infinite is about its smallest or largest number instead.
    """
    alpha = jnp.asarray(alpha, dtype)
    sine, log2, exp2 = _functions(dtype)
    u, v = (pi / 2 * end for end in _ends(w0 & np.uint32(0x7FFFFFFF), 31, dtype))
    gap = jnp.abs(1 - alpha)
    rise = sine(jnp.minimum(alpha * u, (2 - alpha) * (pi / 2) + alpha * v))
    spread = sine((1 - gap) * (pi / 2) + gap * v) / exponential(w1, dtype=dtype)
    return _signed(w0, rise * exp2(((1 - alpha) * log2(spread) - log2(sine(v))) / alpha))


@_fused
def positive_stable(w0: Array, w1: Array, index: Any, dtype: Any = jnp.float32, power: Any = 1.0) -> Array:
    r"""A^power for A positive stable, E exp(-sA) = exp(-s^index), 0 < index <= 1 (may be traced) [kanter1975].

    A = sin(a U) (sin((1-a) U)/W)^{(1-a)/a} / sin(U)^{1/a}, U uniform on (0, pi), W exponential, a = index; each sine is
    taken at the nearer of its angle and the angle's complement. A = 1 at index = 1.
    """
    index = jnp.asarray(index, dtype)
    sine, log2, exp2 = _functions(dtype)
    u, v = (pi * end for end in _ends(w0, 32, dtype))
    rise = sine(jnp.minimum(index * u, (1 - index) * pi + index * v))
    rest = sine(jnp.minimum((1 - index) * u, index * pi + (1 - index) * v))
    spread = jnp.maximum(rest, np.float32(1e-36)) / exponential(w1, dtype=dtype)
    level = ((1 - index) * log2(spread) - log2(sine(jnp.minimum(u, v)))) / index
    return exp2(power * (log2(rise) + level))


def _double(dtype: Any) -> bool:
    if jnp.dtype(dtype) == jnp.float32:
        return False
    if jnp.dtype(dtype) != jnp.float64:
        raise InputError(f"draw: dtype={jnp.dtype(dtype)} is not float32 or float64")
    if not jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        raise InputError("draw: dtype=float64 needs jax_enable_x64")
    return True


def _second(w1: Array | None) -> Array:
    if w1 is None:
        raise InputError("draw: float64 needs both words, w1 is missing")
    return w1


def _ends(word: Array, bits: int, dtype: Any) -> tuple[Array, Array]:
    """u = (word + 1/2) 2^-bits and 1 - u, each rounded once."""
    full = np.uint32(2**bits - 1)
    unit = np.dtype(dtype).type(2.0**-bits)
    return tuple((w.astype(dtype) + 0.5) * unit for w in (word, word ^ full))  # pyright: ignore[reportReturnType]


def _signed(word: Array, magnitude: Array) -> Array:
    """`magnitude` with the sign of the word's first bit."""
    return jnp.where(word >= np.uint32(0x80000000), -magnitude, magnitude)


def _horner(x: Array, coefficients: Any) -> Array:
    value = coefficients[0]
    for c in coefficients[1:]:
        value = value * x + c
    return value


def _sin(x: Array) -> Array:
    """sin on [0, pi/2], float32."""
    return x * _horner(x * x, [np.float32(c) for c in _SIN])


def _log2(x: Array, rest: Array | None = None) -> Array:
    """log2 of a normal float32; `rest` = 1 - x, where it is known better than x, keeps the digits near 1."""
    bits = lax.bitcast_convert_type(x, jnp.int32)
    power = (bits - np.int32(0x3F3504F3)) >> 23
    f = lax.bitcast_convert_type(bits - (power << 23), jnp.float32) - 1
    if rest is not None:
        f = jnp.where(power == 0, -rest, f)
    return f * _horner(f, [np.float32(c) for c in _LOG2]) + power.astype(jnp.float32)


def _exp2(y: Array) -> Array:
    """2^y in float32, inside the normal range."""
    y = jnp.clip(y, -125.0, 126.0)
    power = jnp.round(y)
    scale = lax.bitcast_convert_type((power.astype(jnp.int32) + 127) << 23, jnp.float32)
    return scale * _horner(y - power, [np.float32(c) for c in _EXP2])


def _functions(dtype: Any) -> tuple[Any, Any, Any]:
    if _double(dtype):
        return jnp.sin, jnp.log2, lambda y: jnp.exp2(jnp.clip(y, -1020.0, 1022.0))
    return _sin, _log2, _exp2
