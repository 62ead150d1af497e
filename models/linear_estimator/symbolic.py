r"""Symbols of the linear estimator, and the Marchenko-Pastur law of its rates.

.. math:: \lambda z m^2 + (z + \lambda - 1) m + 1 = 0, \quad m(z) = \operatorname{E}(\nu - z)^{-1}, \quad \lambda = d/N

Density and atom of the eigenvalues nu of X'X/N at large d and N are read off the resolvent's trace m
[marchenko1967]. With nu = (1-sqrt(lambda))^2 + 4 sqrt(lambda) sin(phi)^2 every average is an integral of a smooth
function over 0 < phi < pi/2, whose hard end, where slow modes live at lambda = 1, is phi = 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from functools import lru_cache
from typing import Any

import mpmath
import sympy as sp

from theorylab.theory.derivation import Law, Step, compute, limit, simplify, solve
from theorylab.theory.formula import numeric
from theorylab.theory.symbols import input

ratio_input = input("ratio", "dimensions per training sample, d/N", positive=True, box=(0.2, 4.0))
time_input = input("s", "training time, 4 eta steps", positive=True, box=(0.2, 12.0))
steps_input = input("steps", "number of updates", integer=True, positive=True, box=(1, 30))
sigma_input = input("sigma", "standard deviation of zeta per coordinate", "param", positive=True, box=(0.1, 2.0))
gamma_input = input("gamma", "scale of the stable noise per eigen-axis", "param", positive=True, box=(0.1, 2.0))
threshold_input = input("threshold", "squared error below which an answer is right", "loss", positive=True)
spectrum_input = input("spectrum", "eigenvalues nu of X'X/N, one per dimension", "loss/param^2", kind="vector")

ratio, s, steps = ratio_input.symbol, time_input.symbol, steps_input.symbol
sigma, gamma, threshold = sigma_input.symbol, gamma_input.symbol, threshold_input.symbol
nu = sp.Symbol("nu", nonnegative=True)
phi = sp.Symbol("phi", positive=True)
quarter = sp.And(phi < sp.pi / 2)
place = (1 - sp.sqrt(ratio)) ** 2 + 4 * sp.sqrt(ratio) * sp.sin(phi) ** 2

_average = sp.Symbol("average", positive=True)
_z, _m = sp.Symbol("z", real=True), sp.Symbol("m")
_resolvent = ratio * _z * _m**2 + (_z + ratio - 1) * _m + 1


def marchenko_pastur() -> Generator[Step, Any, Law]:
    """Steps from the resolvent to the law of nu; `law = yield from marchenko_pastur()`."""
    root = yield solve(
        "the resolvent's trace at large d and N; of the two roots the one that decays as -1/z",
        sp.Eq(_resolvent, 0),
        _m,
        pick=_decays,
        where=_z < 0,
    )
    atom = yield limit("a pole at 0 is the fraction of directions that no sample sees", -_z * root, _z, 0, "-")
    atom = yield simplify("in one piece", atom, lambda e: sp.simplify(sp.factor(e, deep=True)))
    density = yield compute(
        "its imaginary part just below the support over -pi is the density, here per phi",
        _density,
        root,
        oracle=_density_by_roots,
        where=quarter,
        symbols=(phi, ratio),
    )
    return law(density, atom)


def _decays(root: Any) -> bool:
    return abs(float((root * _z).subs({ratio: sp.Rational(1, 2), _z: -(10**9)})) + 1) < 1e-6


def _density(root: Any) -> Any:
    """-Im m/pi d nu/d phi: with x = sin(phi)^2 the root's discriminant is -(16 lambda) x (1 - x) on the support."""
    numerator, denominator = sp.fraction(sp.together(root))
    (surd,) = (p for p in numerator.atoms(sp.Pow) if p.exp == sp.S.Half)
    x = sp.Symbol("x", positive=True)
    discriminant = sp.expand(surd.base.subs(_z, place.subs(sp.sin(phi) ** 2, x)))
    imaginary = numerator.coeff(surd) * sp.sqrt(sp.cancel(discriminant / (x * (x - 1)))) * sp.sin(phi) * sp.cos(phi)
    return -imaginary * sp.diff(place, phi) / (sp.pi * denominator.subs(_z, place))


def _density_by_roots(point: Mapping[Any, Any]) -> Any:
    """Im m / pi of the root in the upper half plane, times d nu/d phi, by numbers alone."""
    lam, angle = point[ratio], point[phi]

    def nu_at(a: Any) -> Any:
        return (1 - mpmath.sqrt(lam)) ** 2 + 4 * mpmath.sqrt(lam) * mpmath.sin(a) ** 2

    x = nu_at(angle)
    roots = mpmath.polyroots([lam * x, x + lam - 1, 1], maxsteps=200, extraprec=200)
    return max(mpmath.im(r) for r in roots) / mpmath.pi * mpmath.diff(nu_at, angle)


def law(density: Any, atom: Any) -> Law:
    r"""The law of nu. Its expectations are checked by Gauss quadrature of its Jacobi matrix.

    That matrix (diagonal 1, 1+lambda, 1+lambda, ..., off-diagonal sqrt(lambda)) has the law's moments
    :math:`\sum_r \frac{\lambda^r}{r+1}\binom{j}{r}\binom{j-1}{r}`, counted from pairings, and knows neither the density
    nor the atom [marchenko1967].
    """

    def symbolic(f: Any, variable: Any) -> Any:
        f = sp.sympify(f)
        flat = sp.limit(f, variable, 0, "+")
        return sp.Integral(f.subs(variable, place) * density, (phi, 0, sp.pi / 2)) + atom * flat

    def numerical(f: Callable[[Any], Any], point: Mapping[Any, Any]) -> Any:
        nodes, weights = jacobi(float(point[ratio]))
        return mpmath.fsum(w * f(mpmath.mpf(max(x, 1e-40))) for x, w in zip(nodes, weights, strict=True))

    return Law("Marchenko-Pastur", symbolic, numerical, (ratio,), 1e-10)


def evaluate(f: Any, **inputs: float) -> float:
    """A formula with one integral over phi in float64: the slow modes crowd at phi = 0, where the pieces shrink.

    Where 1 - 2 eta nu would cancel, near ratio = 1 or at tiny rates, mpmath takes over.
    """
    from scipy.integrate import quad

    if "eta" in inputs and inputs["eta"] * (1 - math.sqrt(inputs["ratio"])) ** 2 < 1e-4:
        return f(**inputs)
    (integral,) = f.expr.atoms(sp.Integral)
    names = sorted(integral.free_symbols, key=str)
    values = tuple(inputs[symbol.name] for symbol in names)
    breaks = [10.0**-j for j in range(1, 9)]
    found = quad(_integrand(integral.function, (phi, *names)), 0, math.pi / 2, values, 1, 0, 1e-12, 500, points=breaks)
    return numeric(f.expr.subs(integral, _average), (_average, *f.symbols))(average=found[0], **inputs)


@lru_cache
def _integrand(function: sp.Expr, arguments: tuple[sp.Symbol, ...]) -> Callable[..., float]:
    return sp.lambdify(arguments, function, "math", cse=True)


@lru_cache(maxsize=64)
def jacobi(lam: float, order: int = 100) -> tuple[list[float], list[float]]:
    """Nodes and weights of Gauss quadrature for the Marchenko-Pastur law of ratio `lam`, its atom included."""
    import numpy as np

    off = np.full(order - 1, lam**0.5)
    matrix = np.diag(np.r_[1.0, np.full(order - 1, 1 + lam)]) + np.diag(off, 1) + np.diag(off, -1)
    nodes, vectors = np.linalg.eigh(matrix)
    return nodes.tolist(), (vectors[0] ** 2).tolist()


def mean(f: Callable[[Any], Any], lam: float) -> float:
    """Average of a float function f(nu) by the same quadrature: for controls, which no derivation makes."""
    nodes, weights = jacobi(lam)
    return float(sum(w * f(max(x, 1e-12)) for x, w in zip(nodes, weights, strict=True)))
