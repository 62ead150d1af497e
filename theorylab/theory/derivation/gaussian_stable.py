r"""Gaussian and stable laws: moments where there are any, and characteristic functions.

.. math:: E e^{iuX} = e^{-\sigma^2u^2/2}, \qquad E e^{iuX} = e^{-|\gamma u|^\alpha}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import mpmath
import sympy as sp

from theorylab.theory.derivation.random_variable import Law, polynomial
from theorylab.theory.derivation.stable_quadrature import characteristic, frequency
from theorylab.theory.derivation.step import DerivationError, at


def gaussian(sigma: Any) -> Law:
    r"""Normal law with standard deviation sigma: moments of every order, and characteristic functions.

    Check: the trapezoid rule against :math:`e^{-x^2/2}`.
    """
    sigma = sp.sympify(sigma)

    def symbolic(f: Any, x: sp.Symbol) -> Any:
        rates = _rates(f, x)
        if rates is not None:
            return sp.Add(*(c * sp.exp(sp.expand(r**2) * sigma**2 / 2) for c, r in rates))
        return polynomial(f, x, lambda m: sp.S.Zero if m % 2 else sp.factorial2(m - 1) * sigma**m, 60, "gaussian law")

    def numerical(f: Callable[[Any], Any], point: Mapping[Any, Any]) -> Any:
        sd = at(sigma, point)
        return mpmath.fsum(weight * f(sd * z) for z, weight in _trapezoid())

    return Law("gaussian", symbolic, numerical, (sigma,))


@cache
def _trapezoid() -> list[tuple[Any, Any]]:
    """Nodes and weights of a normal average: the trapezoid rule of step 1/4 errs by 1e-40 on entire functions."""
    nodes = [mpmath.mpf(j) / 4 for j in range(-60, 61)]
    return [(z, mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi) / 4) for z in nodes]


def stable(alpha: Any, gamma: Any) -> Law:
    r"""Symmetric stable law, :math:`E e^{iuX} = e^{-|\gamma u|^\alpha}`: expectations of exp(i u x) and cos(u x).

    Check: the product form of a stable variable, integrated (`theorylab.theory.derivation.stable_quadrature`).
    """
    alpha, gamma = sp.sympify(alpha), sp.sympify(gamma)

    def symbolic(f: Any, x: sp.Symbol) -> Any:
        rates = _rates(f, x)
        if rates is None or any(sp.re(r).expand() != 0 for _, r in rates):
            raise DerivationError(f"stable law: expectations of characteristic functions only, not of {f}")
        return sp.Add(*(c * sp.exp(-((gamma * sp.Abs(sp.factor(sp.im(sp.expand(r))))) ** alpha)) for c, r in rates))

    def numerical(f: Callable[[Any], Any], point: Mapping[Any, Any]) -> Any:
        u, constant = frequency(f)
        return constant * characteristic(float(at(alpha, point)), float(abs(at(gamma, point) * u)))

    return Law("stable", symbolic, numerical, (alpha, gamma), 1e-9)


def _rates(f: Any, x: sp.Symbol) -> list[tuple[Any, Any]] | None:
    """(c, r) with f = sum c exp(r x); None where f is not such a sum (and where it is a polynomial)."""
    expanded = sp.expand(sp.sympify(f).rewrite(sp.exp) if sp.sympify(f).has(sp.cos, sp.sin) else sp.sympify(f))
    expanded = sp.expand(sp.powsimp(expanded, force=False), power_exp=True)
    found: list[tuple[Any, Any]] = []
    for term in sp.Add.make_args(expanded):
        constant, rate = sp.S.One, sp.S.Zero
        for factor in sp.Mul.make_args(term):
            if not factor.has(x):
                constant *= factor
            elif isinstance(factor, sp.exp):
                exponent = sp.expand(factor.args[0])
                slope = exponent.coeff(x, 1)
                rest = sp.expand(exponent - slope * x)
                if slope.has(x) or rest.has(x):
                    return None
                constant, rate = constant * sp.exp(rest), rate + slope
            else:
                return None
        found.append((constant, rate))
    return found
