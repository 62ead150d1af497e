r"""A symmetric stable variable in product form, integrated: the independent check of stable expectations.

.. math:: X = \gamma\sqrt{2A}\,G, \quad A = \Big(\frac{a(\Theta)}{W}\Big)^{(1-h)/h}, \quad h = \alpha/2, \quad
          a(\theta) = \frac{\sin((1-h)\theta)\,\sin(h\theta)^{h/(1-h)}}{\sin(\theta)^{1/(1-h)}}

with G normal, Theta uniform on (0, pi), W exponential, all independent [kanter1975], so that
:math:`E e^{iuX} = E e^{-\gamma^2u^2A}`, by the tanh-sinh rule in both variables.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np


@lru_cache(maxsize=64)
def _mixture(h: float) -> tuple[np.ndarray, np.ndarray]:
    """log A on a grid, and its weights."""
    t = np.linspace(-3.6, 3.6, 160)
    arc = np.pi * np.sinh(t)
    below, above = np.pi / (1 + np.exp(-arc)), np.pi / (1 + np.exp(arc))  # theta and pi - theta, both exact near 0
    angle_weight = below * above / np.pi * np.cosh(t) * (t[1] - t[0])
    sine = np.sin(np.minimum(below, above))
    shape = h / (1 - h) * np.log(np.sin(h * below)) + np.log(np.sin((1 - h) * below)) - np.log(sine) / (1 - h)
    grid = np.linspace(-6, 4.5, 700)
    log_wait = grid - np.exp(-grid)
    wait = np.exp(log_wait)
    wait_weight = wait * (1 + np.exp(-grid)) * np.exp(-wait) * (grid[1] - grid[0])
    return (1 - h) / h * (shape[:, None] - log_wait[None, :]), angle_weight[:, None] * wait_weight[None, :]


def characteristic(alpha: float, size: float) -> float:
    """E exp(i u X) at size = gamma*|u|, for 0 < alpha <= 2, to about 1e-13."""
    if alpha == 2:
        nodes, weights = np.polynomial.hermite_e.hermegauss(140)
        return float(weights @ np.cos(size * np.sqrt(2) * nodes) / np.sqrt(2 * np.pi))
    log_a, weights = _mixture(alpha / 2)
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        return float(np.sum(weights * np.exp(-np.exp(log_a + 2 * np.log(size)))))


def frequency(f: Callable[[Any], Any]) -> tuple[Any, Any]:
    """u and c of a function f(x) = c exp(i u x), read from its values; ValueError where f is no such function."""
    small, probe = mpmath.mpf(2) ** -20, mpmath.mpf("0.7")
    constant, near = mpmath.mpmathify(f(0)), mpmath.mpmathify(f(small))
    u = mpmath.im(mpmath.log(near / constant)) / small
    if abs(mpmath.mpmathify(f(probe)) - constant * mpmath.exp(1j * u * probe)) > 1e-9 * abs(constant):
        raise ValueError("not one characteristic function")
    return u, constant
