r"""The quadratic bowl.

.. math:: L(\theta) = \tfrac12 \lambda \theta^2 \quad\text{(scalar)}, \qquad
          L(\theta) = \tfrac12 \theta^\top H \theta \quad\text{(bowl)}
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import sympy as sp

from models.quadratic import symbolic
from theorylab import measure
from theorylab.theory.symbols import lam
from theorylab.train import Model


def _scalar_loss(params: Any, c: Any) -> Any:
    return 0.5 * c.lam * params["theta"] ** 2


def _scalar_symbols() -> tuple[sp.Expr, dict[str, Any]]:
    return symbolic.loss, {"theta": symbolic.theta, "lam": lam}


def _bowl_loss(params: Any, c: Any) -> Any:
    theta = params["theta"]
    return 0.5 * sum(theta[i] * c.H[i][j] * theta[j] for i in range(theta.shape[0]) for j in range(theta.shape[0]))


def _bowl_symbols() -> tuple[sp.Expr, dict[str, Any]]:
    names = sp.symbols("theta:2", real=True)
    theta = sp.Matrix(names)
    curvature = sp.Matrix(2, 2, sp.symbols("h:4", real=True))
    return (theta.T * curvature * theta)[0] / 2, {"theta": list(names), "H": curvature.tolist()}


def _examples_loss(params: Any, c: Any, index: Any) -> Any:
    """The bowl, and the slope that example `index` (1, lanes) adds: the replicate's own are `c.data`."""
    return _scalar_loss(params, c) + jnp.take_along_axis(c.data, index, 0)[0] * params["theta"]


def _examples_symbols() -> tuple[sp.Expr, dict[str, Any]]:
    slopes = sp.symbols("e:3", real=True)
    return symbolic.loss + slopes[2] * symbolic.theta, {"theta": symbolic.theta, "lam": lam, "data": list(slopes)}


scalar = Model(
    name="quadratic",
    loss=_scalar_loss,
    init=lambda draw, c: {"theta": 0 * draw.normal(())},
    symbolic=_scalar_symbols,
    example={"lam": 0.7},
)
bowl = Model(
    name="quadratic",
    loss=_bowl_loss,
    init=lambda draw, c: {"theta": jnp.zeros_like(draw.normal((len(c.H),)))},
    symbolic=_bowl_symbols,
    example={"H": ((1.0, 0.3), (0.3, 0.5))},
)


examples = Model(
    name="quadratic",
    loss=_examples_loss,
    init=scalar.init,
    symbolic=_examples_symbols,
    example={"lam": 0.7, "batch": (2,)},
)


SETTLED = 1 / 128  # share of the scale that burn-in may leave out


def relaxed(c: Any) -> int:
    r"""Steps after which the start is forgotten, :math:`7/(\eta\lambda)`, longer with momentum and for wide tails.

    A stable noise fills :math:`1 - q^{\alpha k}` of its stationary :math:`\gamma^\alpha` in k steps, q = 1 - eta lam:
    large jumps of long ago count, the more so the smaller alpha is.
    """
    rate, alpha = _rate(c), getattr(c, "alpha", 2.0)
    start = math.ceil(7 / rate) + 20
    if rate >= 1 or "stable" not in getattr(c, "noise", ""):
        return start
    return max(start, math.ceil(math.log(SETTLED * alpha) / (alpha * math.log1p(-rate))))


def spaced(c: Any) -> int:
    r"""Steps between looks: half a relaxation time :math:`1/(2\eta\lambda)`."""
    return max(1, round(0.5 / _rate(c)))


def stable_scale(log: Any, c: Any) -> measure.Estimate:
    r"""Scale from time averages of ln \|theta\|, gated where floating point cuts the law off.

    Draws stop at :math:`x = 2^{126} \sin\frac{\pi\alpha}2` (float64: 2^1022). Each of the share :math:`\frac2\pi
    \Gamma(\alpha) \sin\frac{\pi\alpha}2\, x^{-\alpha}` of larger ones is remembered for
    :math:`1/(\alpha\eta\lambda)` steps, and its logarithm is :math:`1/\alpha` too small on average.
    """
    sine = math.sin(math.pi * c.alpha / 2)
    last = (1022 if getattr(c, "dtype", "float32") == "float64" else 126) + math.log2(max(sine, 1e-9))
    beyond = 2 / math.pi * math.gamma(c.alpha) * sine * 2.0 ** (-last * c.alpha)
    low = beyond / (c.alpha**2 * _rate(c))
    said = f"one draw in {1 / beyond:.2g} is beyond 2^{last:.0f}, where floating point stops" if beyond else ""
    found = measure.log_scale(log, c.alpha, logs=True)
    return found.gated(f"{said}: the scale is up to {min(low, 1):.1%} too small") if low > SETTLED else found


def _rate(c: Any) -> float:
    return _slowest(c) * (1 - getattr(c, "mu", 0.0))


def _slowest(c: Any) -> float:
    rate = c.eta * (np.linalg.eigvalsh(np.asarray(c.H)).min() if hasattr(c, "H") else c.lam)
    return min(rate, 2 - rate) if rate < 2 else rate
