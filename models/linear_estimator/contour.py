r"""Probability that a heavy-tailed sum lies in a window, by a rotated Fourier inversion.

.. math:: P(|Y| < r) = \frac2\pi \int_0^\infty \frac{\sin ru}{u}\,\varphi(u)\,du
          = \frac{2\theta}{\pi} + \frac2\pi \operatorname{Im}\int_{-\infty}^{\infty}
            e^{iru}\varphi(u)\Big|_{u = e^{y+i\theta}}\,dy, \qquad \varphi(u) = \prod_i m(c_i u^\alpha)

m(q) = E exp(-q |x|^alpha) over x ~ N(0,1) is analytic and below 1 in modulus for Re q >= 0. Turned by
theta = min(pi/2, pi/4 alpha) the sine no longer oscillates and q stays at most pi/4 from the real axis; the quarter
circle around the pole at 0 gives 2 theta/pi. In y = log|u| the integrand is analytic in a strip of half-width theta and
dies on both sides, so that the trapezoidal rule converges geometrically [trefethen2014trapezoidal]. Accurate to about
1e-12 for every 0 < alpha <= 2, from one dimension to thousands.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.interpolate import make_interp_spline

SMALL = 38.0  # exp(-38) is below the rounding of a double
Kernel = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def window_probability(exponents: np.ndarray, alpha: float, radius: float, kernel: Kernel) -> float:
    """P(|Y| < radius) for E exp(iuY) = prod_i m(exponents[i] |u|^alpha).

    `kernel(x, q, alpha)` is the integrand of m(q) over x > 0: twice the normal density times exp(-q x^alpha).
    A zero exponent is a coordinate without noise.
    """
    scales = np.log(exponents[exponents > 0]) / alpha
    if not len(scales):
        return 1.0
    theta = min(np.pi / 2, np.pi / (4 * alpha))
    log_factor, low, high = _log_factor(alpha, alpha * theta, kernel)
    step = 2 * np.pi * theta / SMALL * 0.8
    start = min(-SMALL - np.log(radius), -(SMALL + np.log(np.sum(exponents))) / alpha)
    y = np.arange(start, np.log(SMALL / (radius * np.sin(theta))) + step, step)
    log_phi = np.zeros(len(y), complex)
    for scale in scales:
        inside = y + scale > low  # below, the factor is 1 to rounding
        log_phi[inside] += log_factor(np.minimum(y[inside] + scale, high))
    terms = np.imag(np.exp(1j * radius * np.exp(y + 1j * theta) + log_phi))
    return float(np.clip(2 * theta / np.pi + 2 / np.pi * step * terms.sum(), 0, 1))


@lru_cache(maxsize=32)
def _log_factor(alpha: float, phase: float, kernel: Kernel) -> tuple[Callable[[np.ndarray], np.ndarray], float, float]:
    """log m(q) on the ray q = exp(alpha w + i phase) as a spline in w, with the ends of w.

    Trapezoidal rule in log x, where the integrand dies doubly exponentially above and as x below.
    """
    x = np.exp(np.arange(-SMALL - 2, 2.5, 0.05))
    w = np.arange(-SMALL / min(1.0, alpha) - 2, SMALL + 2, 0.1)
    parts = np.array_split(np.exp(alpha * w + 1j * phase), len(w) // 256 + 1)
    rows = [kernel(x, q[:, None], alpha) @ (0.05 * x) for q in parts]
    return make_interp_spline(w, np.log(np.concatenate(rows)), k=7), w[0], w[-1]
