r"""Long memory in constant memory: fractional Gaussian noise as a sum of exponentials.

    spectrum   f(l) = |1 - e^{il}|^2 sum_j |l + 2 pi j|^{-2h-1},  h = d + 1/2,  d = H - 1/alpha  [mandelbrot1968]
    response   psi(z) = (1-z)^{-d} exp(sum_{k>=1} c_k z^k), psi_0 = 1  (Wold: f = |psi|^2, c the cepstrum of the rest)
    realised   psi_k = sum_i w_i(d) exp(-(k-1)/tau_i), k >= 1           (Markovian lift, tau_i geometric)

Driven by Gaussian innovations, this *is* fractional Gaussian noise of Hurst exponent H, from rest: its correlations
tend to (|k+1|^{2H} - 2|k|^{2H} + |k-1|^{2H})/2; driven by stable ones it is a linear fractional stable noise whose sums
grow as k^H. The weights are smooth in d: fitted on the host at 16 values, interpolated, so that H and alpha may be
traced. Relative error of psi_k for 1 <= k < 65536: below 3e-4 for -0.2 <= d, 2e-3 for -0.4 <= d, 2e-2 down to -0.49;
beyond, memory fades exponentially on 2e5 steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from theorylab.errors import InputError
from theorylab.noise.colour import Stage
from theorylab.noise.law import number, text

HORIZON = 2**16
REACH = 0.49  # |d| up to here
NODES = np.geomspace(0.2, 2e5, 24)
_DEGREE = 16


def wold(d: float, size: int) -> np.ndarray:
    """psi_0 .. psi_{size-1} of fractional Gaussian noise of Hurst exponent d + 1/2, |d| < 1/2, size <= 65536."""
    from scipy.special import zeta  # slow to import, needed here alone

    grid, power = 2 * HORIZON, 2 * d + 2
    x = np.arange(1, grid // 2 + 1) / grid
    smooth = np.log(zeta(power, x) + zeta(power, 1 - x)) + power * np.log(2 * np.sin(np.pi * x))
    cepstrum = np.fft.irfft(np.concatenate([[power * np.log(2 * np.pi)], smooth]), grid)
    cepstrum[grid // 2] /= 2
    cepstrum[0] = cepstrum[grid // 2 + 1 :] = 0  # causal half
    rest = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), grid)[:size]
    k = np.arange(1, size)
    return _convolve(rest, np.concatenate([[1.0], np.cumprod((k - 1 + d) / k)]))


def _convolve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The first len(a) terms of the product of two power series of that length."""
    n = 2 * len(a)
    return np.fft.irfft(np.fft.rfft(a, n) * np.fft.rfft(b, n), n)[: len(a)]


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """Chebyshev coefficients in d/REACH of w_i / (d tau_i^{d-1}), (16, 24); relative least squares, ridge 1e-8."""
    nodes = REACH * np.cos(np.pi * (np.arange(_DEGREE) + 0.5) / _DEGREE)
    k = np.unique(np.round(np.geomspace(1, HORIZON - 1, 400)).astype(int))
    decay = np.exp(-(k[:, None] - 1) / NODES)
    ridge = 1e-4 * np.eye(len(NODES))
    target = np.concatenate([np.ones(len(k)), np.zeros(len(NODES))])
    fits = []
    for d in nodes:
        columns = decay * (d * NODES ** (d - 1)) / wold(float(d), HORIZON)[k][:, None]
        fits.append(np.linalg.lstsq(np.concatenate([columns, ridge]), target, rcond=None)[0])
    return np.linalg.solve(np.polynomial.chebyshev.chebvander(nodes / REACH, _DEGREE - 1), np.array(fits))


def weights(d: Any, arrays: Any = np) -> Any:
    """w_i(d), (24,); `arrays` is numpy for the theory (float64) or jax.numpy where d may be traced."""
    table = _table()
    x = d / REACH
    basis = [x * 0 + 1, x]
    for _ in range(_DEGREE - 2):
        basis.append(2 * x * basis[-1] - basis[-2])
    total = sum(b * arrays.asarray(row, arrays.result_type(x)) for b, row in zip(basis, table, strict=True))
    return d * arrays.exp((d - 1) * arrays.asarray(np.log(NODES), arrays.result_type(x))) * total


@dataclass(frozen=True, eq=False)
class Fractional(Stage):
    """The filter of fractional noise of Hurst exponent H = d + 1/alpha."""

    H: Any
    d: Any
    w: Array
    name = "fractional"

    def rest(self, leaves: list[Array], lanes: tuple[int, ...]) -> Any:
        """One array per node and leaf."""
        del lanes
        return [jnp.zeros((len(NODES), *leaf.shape), leaf.dtype) for leaf in leaves]

    def __call__(self, xi: list[Array], memory: Any, step: Array, params: Any) -> tuple[list[Array], Any]:
        """xi_k = zeta_k + sum_i w_i y_i, then y_i <- exp(-1/tau_i) y_i + zeta_k."""
        out, new = [], []
        for zeta_k, y in zip(xi, memory, strict=True):
            w = self.w.astype(zeta_k.dtype)
            fade = jnp.asarray(-np.expm1(-1 / NODES), zeta_k.dtype).reshape(-1, *(1,) * zeta_k.ndim)
            out.append(sum((w[i] * y[i] for i in range(len(NODES))), zeta_k))
            new.append(y + (zeta_k[None] - fade * y))
        return out, new

    def respond(self, psi: np.ndarray) -> np.ndarray:
        """The realised response convolved with `psi`; its distance from `wold` is stated above."""
        k = np.arange(len(psi) - 1)
        tail = sum(w * np.exp(-k / tau) for w, tau in zip(weights(float(self.d)), NODES, strict=True))
        return _convolve(psi, np.concatenate([[1.0], tail]))

    def __str__(self) -> str:
        return f"fractional({{}}, H={text(self.H)})"


def fractional(H: Any, alpha: Any) -> Fractional:
    """The stage for Hurst exponent H over innovations of stability index alpha; |d| <= 0.49 and d < 1 - 1/alpha."""
    H = number("noise.fractional", "H", H, "0 < H < 1.5", lambda v: (v > 0) & (v < 1.5))
    d = H - 1 / alpha
    if not isinstance(d, Tracer) and not (abs(d) <= REACH and d < 1 - 1 / alpha):
        raise InputError(
            f"noise.fractional: H={text(H)} with alpha={text(alpha)} gives d=H-1/alpha={d:g}, "
            f"outside abs(d) <= {REACH} and d < 1 - 1/alpha"
        )
    return Fractional(H, d, _jitted(jnp.asarray(d, jnp.result_type(float))))


@jax.jit
def _jitted(d: Array) -> Array:
    return weights(d, jnp)
