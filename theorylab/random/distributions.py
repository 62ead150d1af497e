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

# Minimax polynomials, highest power first: log2(1+f)/f in absolute (3e-7) and in relative error (1.7e-7),
# sin(pi sqrt(z)/2)/sqrt z (5e-9), 2^f (8e-8), and the normal quantile over x in L = -log2(1-x^2): in L - 4.75 below
# L = 9.5, in L - 20.5 above (5e-7).
_LOG2 = (1.706365879e-01, -2.727007951e-01, 2.972630367e-01, -3.589615500e-01,
         4.804649813e-01, -7.213758787e-01, 1.442699727e00)  # fmt: skip
_LOG2_RELATIVE = (-0.1458133161, 0.2340448946, -0.2488773614, 0.2870984375,
                  -0.3602395952, 0.4809232354, -0.7213528156, 1.442694902)  # fmt: skip
_SIN = (1.5148504143e-04, -4.6737664512e-03, 7.9689678858e-02, -6.4596371058e-01, 1.5707963184)
_EXP2 = (0.001327647129, 0.009675540961, 0.05550713092, 0.2402212024, 0.693146944, 1.0000001192)
_NORMAL_CENTRE = (-6.207817697e-10, 3.316825634e-08, -1.853378779e-07, -3.255424145e-06, 5.745169945e-05,
                  -2.926843050e-04, -4.333217905e-03, 2.333798750e-01, 2.395249286e00)  # fmt: skip
_NORMAL_TAIL = (2.385319031e-12, -4.615178000e-12, -1.395399444e-09, 3.685965705e-08, -1.047669964e-06,
                3.693265025e-05, -1.576305318e-03, 1.311630410e-01, 5.101389397e00)  # fmt: skip


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

    In float32 one Horner chain of degree 8 in L = -log2(1-x^2) [giles2012], |z| <= 6.4, relative error below 1e-6;
    x and 1-|x| are both read from the integer, so neither the middle nor the tail loses digits and no draw is 0.
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
    half = np.float32(2.0**-32)
    x = i.astype(jnp.float32) * (2 * half) + half
    top, sign = np.int32(0x7FFFFFFF), np.int32(-0x80000000)
    tail = jnp.maximum(i ^ top, i ^ sign).astype(jnp.float32) * (2 * half) + half  # 1 - |x|
    level = -_log2(tail * (2 - tail))
    far = level > 9.5
    return x * _horner(
        level - jnp.where(far, 20.5, 4.75),
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
    (2^31)^{1/alpha}. Magnitudes stay inside the dtype's range: what would be 0 or infinite (in float32 only for
    alpha < 1/2) is about 2^-80 or 2^126 instead.
    """
    alpha = jnp.asarray(alpha, dtype)
    sine, log2, exp2 = _functions(dtype)
    u, v = _ends(w0 & np.uint32(0x7FFFFFFF), 31, dtype)  # angles in quarter turns, u + v = 1
    gap = jnp.abs(1 - alpha)
    rise = sine(jnp.minimum(alpha * u, (2 - alpha) + alpha * v))
    spread = sine((1 - gap) + gap * v) / exponential(w1, dtype=dtype)
    return _signed(w0, rise * exp2(((1 - alpha) * log2(spread) - log2(sine(v))) * (1 / alpha)))


@_fused
def positive_stable(w0: Array, w1: Array, index: Any, dtype: Any = jnp.float32, power: Any = 1.0) -> Array:
    r"""A^power for A positive stable, E exp(-sA) = exp(-s^index), 0 < index <= 1 (may be traced) [kanter1975].

    A = sin(a U) (sin((1-a) U)/W)^{(1-a)/a} / sin(U)^{1/a}, U uniform on (0, pi), W exponential, a = index; each sine is
    taken at the nearer of its angle and the angle's complement. A = 1 at index = 1.
    """
    index = jnp.asarray(index, dtype)
    sine, log2, exp2 = _functions(dtype)
    u, v = _ends(w0, 32, dtype)  # angles in half turns, u + v = 1
    rise = sine(2 * jnp.minimum(index * u, (1 - index) + index * v))
    rest = sine(2 * jnp.minimum((1 - index) * u, index + (1 - index) * v))
    spread = jnp.maximum(rest, np.float32(1e-36)) / exponential(w1, dtype=dtype)
    level = ((1 - index) * log2(spread) - log2(sine(2 * jnp.minimum(u, v)))) * (1 / index)
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
    half = np.dtype(dtype).type(2.0 ** -(bits + 1))
    u, rest = ((w.astype(dtype) * (2 * half) + half) for w in (word, word ^ np.uint32(2**bits - 1)))
    return u, rest


def _signed(word: Array, magnitude: Array) -> Array:
    """`magnitude` with the sign of the word's first bit."""
    return jnp.where(word >= np.uint32(0x80000000), -magnitude, magnitude)


def _horner(x: Array, coefficients: Any) -> Array:
    value = coefficients[0]
    for c in coefficients[1:]:
        value = value * x + c
    return value


def _sin(x: Array) -> Array:
    """sin(pi x/2) on [0, 1], float32."""
    return x * _horner(x * x, [np.float32(c) for c in _SIN])


def _log2(x: Array, rest: Array | None = None) -> Array:
    """log2 of a normal float32 to 3e-7; given `rest` = 1 - x, known better than x near 1, to 2e-7 relative."""
    bits = lax.bitcast_convert_type(x, jnp.int32)
    power = (bits - np.int32(0x3F3504F3)) >> 23
    f = lax.bitcast_convert_type(bits - (power << 23), jnp.float32) - 1
    if rest is not None:
        f = jnp.where(power == 0, -rest, f)
    polynomial = _LOG2 if rest is None else _LOG2_RELATIVE
    return f * _horner(f, [np.float32(c) for c in polynomial]) + power.astype(jnp.float32)


def _exp2(y: Array) -> Array:
    """2^y in float32, y kept where a further factor 2^-45 is a normal number."""
    y = jnp.clip(y, -80.0, 126.0)
    power = jnp.round(y)
    scale = lax.bitcast_convert_type((power.astype(jnp.int32) + 127) << 23, jnp.float32)
    return scale * _horner(y - power, [np.float32(c) for c in _EXP2])


def _functions(dtype: Any) -> tuple[Any, Any, Any]:
    if _double(dtype):
        return lambda x: jnp.sin(pi / 2 * x), jnp.log2, lambda y: jnp.exp2(jnp.clip(y, -900.0, 1022.0))
    return _sin, _log2, _exp2
