r"""Test accuracy under stable parameter noise, where every loss is infinite.

.. math:: A = \frac2\pi\int_0^\infty \frac{\sin(u\sqrt\epsilon)}{u}\prod_i m(c_i u^\alpha)\,du, \quad
          c_i = \gamma^\alpha\,\frac{1-|r_i|^{\alpha k}}{1-|r_i|^\alpha}, \quad m(q) = \operatorname{E} e^{-q|x|^\alpha}

with r_i = 1 - 2 eta nu_i: each mode is a geometric sum of stable innovations, hence stable; the inputs x ~ N(0, 1) are
averaged axis by axis. The accuracy is a bounded statistic and has a mean where abs(D.x) has none.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sympy as sp

from models.linear_estimator.symbolic import (
    gamma,
    gamma_input,
    spectrum_input,
    steps,
    steps_input,
    threshold,
    threshold_input,
)
from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import density, expect, integrate, limit, simplify, stable, summation
from theorylab.theory.symbols import alpha, eta

_x, _u, _zeta = (sp.Symbol(name, real=True) for name in ("x", "u", "zeta"))
_q = sp.Symbol("q", positive=True)
_rate = sp.Symbol("r", positive=True)  # |1 - 2 eta nu|: the sign of an odd power does not matter to a symmetric law
_age = sp.Symbol("m", integer=True, nonnegative=True)
_size = sp.Symbol("x", positive=True)
_coordinate = density(sp.sqrt(2 / sp.pi) * sp.exp(-(_size**2) / 2), _size, 0, sp.oo, closed=False)


def derive():
    """From one innovation to the factor of one axis, its exponent, and the window that collects right answers."""
    one = yield expect(
        "characteristic function of x r^m zeta, by which an innovation m updates old moves the answer",
        sp.exp(sp.I * _u * _x * _rate**_age * _zeta),
        {_zeta: stable(alpha, gamma)},
    )
    exponent = yield simplify(
        "its exponent, per |u x|^alpha", -sp.log(one) / sp.Abs(_u * _x) ** alpha, _powers, operation="simplify"
    )
    total = yield summation(
        "innovations are independent: exponents add over the ages", exponent, (_age, 0, steps - 1), where=_rate < 1
    )
    flat = yield limit("a direction that no sample sees does not decay", total, _rate, 1, "-")
    factor = yield expect(
        "average over the input's coordinate on this axis, x ~ N(0, 1) and even in x",
        sp.exp(-_q * _size**alpha),
        {_size: _coordinate},
    )
    window = yield integrate(
        "right answers lie in a window: its Fourier transform weighs the product over the axes",
        sp.cos(_u * _x) / sp.pi,
        (_x, -sp.sqrt(threshold), sp.sqrt(threshold)),
    )
    return {"exponent": total, "flat": flat, "factor": factor, "window": window}


def _powers(expr: Any) -> Any:
    return sp.powsimp(sp.expand_power_base(sp.expand_log(expr, force=True).doit(), force=True))


def _probability(f: Any, exponents: Any, alpha: float, threshold: float) -> float:
    """Integral over u of the window times the product of the factors, by the contour; f holds the derived parts."""
    from models.linear_estimator.contour import window_probability

    return window_probability(exponents, alpha, threshold**0.5, _kernel(f.expr["factor"].function))


@lru_cache
def _kernel(integrand: sp.Expr) -> Callable[..., Any]:
    return sp.lambdify((_size, _q, alpha), integrand, "numpy")


def _exponents(f: Any, alpha: float, gamma: float, eta: float, steps: int, spectrum: Any) -> Any:
    """c_i of every axis from the derived geometric sum, with its limit for a direction that does not decay."""
    import numpy as np

    rates = np.abs(1 - 2 * eta * np.maximum(spectrum, 0))
    moving, flat = f.parts["exponent"], f.parts["flat"]
    still = flat(alpha=alpha, gamma=gamma, steps=steps)
    return np.array([moving(r=float(r), alpha=alpha, gamma=gamma, steps=steps) if r != 1 else still for r in rates])


def _evaluate(f: Any, alpha: float, gamma: float, eta: float, steps: int, spectrum: Any, threshold: float) -> float:
    return _probability(f, _exponents(f, alpha, gamma, eta, steps, spectrum), alpha, threshold)


def _with(**changes: Callable[..., Any]) -> Callable[..., float]:
    """The claim's own prediction at changed inputs: each change is a function of the inputs."""
    return lambda **inputs: stable_accuracy.predict(**{**inputs, **{k: f(inputs) for k, f in changes.items()}})


def _train_points(**inputs: Any) -> float:
    """x along axis i has variance nu_i on the training set: c_i nu_i^(alpha/2)."""
    f, alpha, nu = stable_accuracy.numeric, inputs["alpha"], inputs["spectrum"]
    exponents = _exponents(f, **{name: inputs[name] for name in inputs if name != "threshold"})
    return _probability(f, exponents * abs(nu) ** (alpha / 2), alpha, inputs["threshold"])


stable_accuracy = Claim(
    id="linear_estimator.stable_accuracy",
    statement="Expected test accuracy after `steps` updates under stable noise on the weights, independent along the "
    "eigen-axes of the training set, from a student that started at its teacher; exact in eta, and finite although the "
    "expected loss is infinite.",
    inputs=(alpha, gamma_input, eta, steps_input, spectrum_input, threshold_input),
    domain=alpha <= 2,
    derivation=derive,
    exactness=exact(),
    source="[samorodnitsky1994, ch. 1] for sums of stable variables; the accuracy of [levi2024grokking]",
    noises=("stable",),
    declares=("gamma",),
    evaluate=_evaluate,
    conditions=(
        ("spectrum >= 0", lambda v: bool(v["spectrum"].min() >= -1e-9 * abs(v["spectrum"]).max())),  # to rounding
        ("eta*max(spectrum) < 1", lambda v: bool(v["eta"] * v["spectrum"].max() < 1)),
    ),
    controls=(
        Control(
            "gaussian",
            _with(alpha=lambda v: 2.0),
            "the noise is given a second moment: Gaussian of variance 2 gamma^2, as at alpha = 2",
        ),
        Control(
            "scale as sd",
            _with(gamma=lambda v: v["gamma"] / 2**0.5),
            "the stable scale is read as a standard deviation",
        ),
        Control("train points", _train_points, "accuracy on training points, whose coordinates have variance nu"),
        Control("no root", _with(threshold=lambda v: v["threshold"] ** 2), "right when abs(D.x) < threshold"),
        Control("last update", _with(steps=lambda v: 1), "only the last innovation is counted"),
    ),
)
