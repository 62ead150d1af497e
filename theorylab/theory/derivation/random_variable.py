"""Laws by their moments, densities or values.

    expect("average over the noise", (theta - eta*(g + zeta))**2, {zeta: gaussian(sigma), theta: centred(V)})

A law knows its expectation by algebra and, independently, as a quadrature; the step `expect` compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from theorylab.theory.derivation.calculus import generic
from theorylab.theory.derivation.step import DerivationError, at

Average = Callable[[Callable[[Any], Any], Mapping[Any, Any]], Any]


@dataclass(frozen=True)
class Law:
    """`symbolic(f, x)` is E f(x) by algebra; `numerical(f, point)` averages a function of the value by quadrature."""

    name: str
    symbolic: Callable[[Any, Any], Any]
    numerical: Average
    parameters: tuple[Any, ...] = ()
    tolerance: float = 1e-18


def polynomial(expr: Any, x: sp.Symbol, moment: Callable[[int], Any], highest: int, name: str) -> Any:
    """E of a polynomial in x from the moments; refused beyond the highest moment that the law `name` knows."""
    expanded = sp.expand(expr)
    if not expanded.is_polynomial(x):
        raise DerivationError(f"{name}: the expectation of {expr} needs a polynomial in {x}")
    polynomial = sp.Poly(expanded, x)
    if polynomial.degree() > highest:
        raise DerivationError(f"{name}: moments of {x} beyond {highest} are not known")
    return sp.Add(*(c * moment(m) for (m,), c in polynomial.terms()))


def centred(variance: Any) -> Law:
    """Any law with mean zero and this variance; expectations of polynomials of degree two.

    Check: the two-point law, and a skewed three-point law, of this variance.
    """
    variance = sp.sympify(variance)

    def numerical(f: Callable[[Any], Any], point: Mapping[Any, Any]) -> Any:
        sd = mpmath.sqrt(at(variance, point))
        pair = (f(sd) + f(-sd)) / 2
        skewed = (2 * f(-sd / mpmath.sqrt(2)) + f(sd * mpmath.sqrt(2))) / 3
        return pair if abs(pair - skewed) <= mpmath.mpf(10) ** -35 * max(abs(pair), 1) else mpmath.nan

    def symbolic(f: Any, x: sp.Symbol) -> Any:
        return polynomial(f, x, lambda m: (sp.S.One, sp.S.Zero, variance)[m], 2, "centred law")

    return Law("centred", symbolic, numerical, (variance,))


def four_moments(variance: Any, third: Any, fourth: Any) -> Law:
    """Any law with mean zero and these moments; expectations of polynomials of degree four.

    Check: the three-point law on 0 and two more places that has these moments.
    """
    moments = (sp.S.One, sp.S.Zero, *map(sp.sympify, (variance, third, fourth)))

    def numerical(f: Callable[[Any], Any], point: Mapping[Any, Any]) -> Any:
        second, cubic, quartic = (at(m, point) for m in moments[2:])
        half = cubic / second / 2
        root = mpmath.sqrt(half**2 + (quartic - 2 * half * cubic) / second)
        left, right = half - root, half + root
        weights = second / (left * (left - right)), second / (right * (right - left))
        return weights[0] * f(left) + weights[1] * f(right) + (1 - sum(weights)) * f(mpmath.mpf(0))

    def symbolic(f: Any, x: sp.Symbol) -> Any:
        return polynomial(f, x, lambda m: moments[m], 4, "law of four moments")

    return Law("four moments", symbolic, numerical, moments[2:])


def jointly_centred(covariance: Any) -> Law:
    """Any law of several variables with mean zero and this covariance matrix; polynomials of degree two."""
    covariance = sp.Matrix(covariance)

    def symbolic(f: Any, x: Any) -> Any:
        polynomial = sp.Poly(sp.expand(f), *x)
        total = sp.S.Zero
        for powers, coefficient in polynomial.terms():
            if sum(powers) > 2:
                raise DerivationError("moments beyond the second are not known")
            pair = [i for i, power in enumerate(powers) for _ in range(power)]
            total += coefficient * (covariance[pair[0], pair[1]] if len(pair) == 2 else sp.S.One if not pair else 0)
        return total

    def numerical(f: Callable[[Any], Any], point: Mapping[Any, Any]) -> Any:
        d = covariance.rows
        values = mpmath.matrix(d, d)
        for i in range(d):
            for j in range(d):
                values[i, j] = at(covariance[i, j], point)
        root = _complex_root(values)
        columns = [[root[i, j] * mpmath.sqrt(d) for i in range(d)] for j in range(d)]
        return mpmath.fsum(f([sign * v for v in column]) for column in columns for sign in (1, -1)) / (2 * d)

    return Law("jointly centred", symbolic, numerical, (covariance,))


def _complex_root(a: Any) -> Any:
    """L with L L^T = a for any symmetric a (complex where a is not positive: the identities are algebraic)."""
    d = a.rows
    root = mpmath.matrix(d, d)
    for j in range(d):
        root[j, j] = mpmath.sqrt(a[j, j] - mpmath.fsum(root[j, k] ** 2 for k in range(j)))
        for i in range(j + 1, d):
            root[i, j] = (a[i, j] - mpmath.fsum(root[i, k] * root[j, k] for k in range(j))) / root[j, j]
    return root


def density(pdf: Any, x: sp.Symbol, low: Any = -sp.oo, high: Any = sp.oo, *, closed: bool = True) -> Law:
    """The law with this density on (low, high); with `closed=False` the expectation stays an integral."""
    pdf, low, high = sp.sympify(pdf), sp.sympify(low), sp.sympify(high)

    def symbolic(f: Any, variable: sp.Symbol) -> Any:
        integrand = sp.sympify(f) * pdf.subs(x, variable)
        if not closed:
            return sp.Integral(integrand, (variable, low, high))
        return generic(sp.integrate(integrand, (variable, low, high), conds="none"))

    def numerical(f: Callable[[Any], Any], point: Mapping[Any, Any]) -> Any:
        ends = [at(e, point) if not e.is_infinite else (mpmath.inf if e == sp.oo else -mpmath.inf) for e in (low, high)]
        middle = [0] if low.is_infinite and high.is_infinite else []
        return mpmath.quad(lambda v: f(v) * at(pdf, {**point, x: v}), [ends[0], *middle, ends[1]])

    return Law("density", symbolic, numerical, (pdf.subs(x, sp.Symbol("_u", positive=True)), low, high), 1e-10)


def uniform(low: Any, high: Any) -> Law:
    """Uniform on (low, high)."""
    x = sp.Dummy("x", real=True)
    law = density(1 / (sp.sympify(high) - low), x, low, high)
    return Law("uniform", law.symbolic, law.numerical, (sp.sympify(low), sp.sympify(high)), 1e-15)


def discrete(weights: Mapping[Any, Any]) -> Law:
    """Finitely many values with their probabilities, which must add up to one."""
    pairs = [(sp.sympify(value), sp.sympify(weight)) for value, weight in weights.items()]
    if sp.simplify(sp.Add(*(w for _, w in pairs)) - 1) != 0:
        raise DerivationError("the probabilities of a discrete law add up to one")

    def symbolic(f: Any, x: sp.Symbol) -> Any:
        return sp.Add(*(weight * sp.sympify(f).subs(x, value) for value, weight in pairs))

    def numerical(f: Callable[[Any], Any], point: Mapping[Any, Any]) -> Any:
        return mpmath.fsum(at(weight, point) * f(at(value, point)) for value, weight in pairs)

    return Law("discrete", symbolic, numerical, tuple(part for pair in pairs for part in pair))
