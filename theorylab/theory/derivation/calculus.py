"""Steps of calculus: differentiate, integrate, limit, series, summation, dsolve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mpmath
import sympy as sp
from sympy.core.relational import Relational

from theorylab.theory.derivation.step import DerivationError, Pairs, Step, at
from theorylab.theory.domain import Points


def differentiate(why: str, expr: Any, *variables: Any, where: Any = None) -> Step:
    """Derivative by one symbol, or by each in turn. Check: `mpmath.diff`."""
    expr = sp.sympify(expr)
    result = sp.diff(expr, *variables)
    symbols = [v for v in variables if isinstance(v, sp.Symbol)]
    orders = [
        int(variables[i + 1]) if i + 1 < len(variables) and not isinstance(variables[i + 1], sp.Symbol) else 1
        for i, v in enumerate(variables)
        if isinstance(v, sp.Symbol)
    ]

    def verify(points: Points, result: Any) -> Pairs:
        for point in points.draw([expr, result, *symbols], where=where):
            numeric = mpmath.diff(
                lambda *x, point=point: at(expr, {**point, **dict(zip(symbols, x, strict=True))}),
                tuple(point[s] for s in symbols),
                tuple(orders),
            )
            yield at(result, point), numeric

    return Step(why, "differentiate", sp.Derivative(expr, *variables), result, verify, tolerance=1e-15)


def integrate(why: str, expr: Any, *limits: Any, where: Any = None, conds: str = "none") -> Step:
    """Integral over `(x, a, b)` (one or more), or an antiderivative where `x` alone is given.

    Check: quadrature at 30 digits; for an antiderivative, its numerical derivative.
    """
    expr = sp.sympify(expr)
    before = sp.Integral(expr, *limits)
    result = generic(sp.integrate(expr, *limits, conds=conds))
    if result.has(sp.Integral):
        raise DerivationError(f"step {why!r}: sympy finds no closed form of {before}")

    def verify(points: Points, result: Any) -> Pairs:
        if any(isinstance(limit, sp.Symbol) for limit in limits):
            (x,) = limits
            for point in points.draw([expr, result, x], where=where):
                yield mpmath.diff(lambda v, point=point: at(result, {**point, x: v}), point[x]), at(expr, point)
            return
        for point in points.draw([before, result], 3, where=where):
            with mpmath.workdps(30):
                yield at(result, point), at(before, point)

    return Step(why, "integrate", before, result, verify, tolerance=1e-12)


def limit(why: str, expr: Any, x: sp.Symbol, target: Any, direction: str = "+", *, where: Any = None) -> Step:
    """Limit of an expression as x approaches the target. Check: extrapolated values on the way there."""
    expr, target = sp.sympify(expr), sp.sympify(target)
    before = sp.Limit(expr, x, target, direction)
    result = generic(sp.limit(expr, x, target, direction))
    if result.has(sp.Limit) or result.has(x):
        raise DerivationError(f"step {why!r}: sympy finds no limit of {expr}")

    def verify(points: Points, result: Any) -> Pairs:
        for point in points.draw([expr.subs(x, sp.Symbol("_", positive=True)), result], 3, where=where):
            yield at(result, point), _approach(expr, x, target, direction, point)

    return Step(why, "limit", before, result, verify, tolerance=1e-8)


def _approach(expr: Any, x: sp.Symbol, target: Any, direction: str, point: Mapping[Any, Any]) -> Any:
    """Values at geometrically closer x, extrapolated by Aitken's rule where that is steady."""
    with mpmath.workdps(120):
        values = []
        for power in range(8, 32, 2):
            small = mpmath.mpf(2) ** (-power if not target.is_infinite else power)
            if target.is_infinite:
                place = small if target == sp.oo else -small
            else:
                place = at(target, point) + (small if direction == "+" else -small)
            values.append(at(expr, {**point, x: place}))
        for _ in range(3):
            steps = [(b - a, c - b, c) for a, b, c in zip(values, values[1:], values[2:], strict=False)]
            values = [c - q * q / (q - p) if q != p else c for p, q, c in steps]
        return values[-1]


def series(why: str, expr: Any, x: sp.Symbol, x0: Any = 0, order: int = 2, *, where: Any = None) -> Step:
    """Expansion in x around x0 from above, up to but without O((x - x0)^order); the powers may be fractional.

    Check: at points ever nearer to x0 the remainder vanishes at least as (x - x0)^order, up to logarithms.
    """
    expr, x0 = sp.sympify(expr), sp.sympify(x0)
    result = sp.series(expr, x, x0, order).removeO()

    def verify(points: Points, result: Any) -> Pairs:
        for point in points.draw([result, expr], 3, where=where):
            yield from _remainder(expr, result, x, at(x0, point), order, point)

    return Step(why, "series", expr, result, verify, tolerance=0.1)


def _remainder(expr: Any, result: Any, x: sp.Symbol, x0: Any, order: int, point: Mapping[Any, Any]) -> Pairs:
    with mpmath.workdps(200):
        near = [x0 + mpmath.mpf(10) ** -e for e in (20, 22)]
        gaps = [abs(at(expr, {**point, x: v}) - at(result, {**point, x: v})) for v in near]
        scale = abs(at(expr, {**point, x: near[0]})) + mpmath.mpf(10) ** -180
        if gaps[0] <= mpmath.mpf(10) ** -150 * scale:
            yield 1, 1
            return
        measured = mpmath.log(gaps[0] / gaps[1]) / mpmath.log(100) if gaps[1] != 0 else mpmath.inf
        yield mpmath.mpf(min(measured, order)), mpmath.mpf(order)


def summation(why: str, expr: Any, *limits: Any, where: Any = None) -> Step:
    """Sum over `(j, a, b)`, finite (a and b may be symbols) or infinite.

    Check: term by term, for infinite sums until the terms no longer count, or extrapolated.
    """
    expr = sp.sympify(expr)
    before = sp.Sum(expr, *limits)
    result = generic(sp.summation(expr, *limits))
    if result.has(sp.Sum):
        raise DerivationError(f"step {why!r}: sympy finds no closed form of {before}")

    def verify(points: Points, result: Any) -> Pairs:
        for point in points.draw([before, result], where=where):
            yield at(result, point), _add_up(expr, limits, point)

    return Step(why, "sum", before, result, verify, tolerance=1e-15)


def _add_up(expr: Any, limits: Any, point: Mapping[Any, Any]) -> Any:
    *outer, (index, low, high) = limits[::-1] if len(limits) > 1 else limits
    if outer:
        return _total(index, low, high, point, lambda inside: _add_up(expr, tuple(outer[::-1]), inside))
    return _total(index, low, high, point, lambda inside: at(expr, inside))


def _total(index: Any, low: Any, high: Any, point: Mapping[Any, Any], term: Any) -> Any:
    start, high = int(at(low, point)), sp.sympify(high)
    if not high.is_infinite:
        return mpmath.fsum(term({**point, index: mpmath.mpf(j)}) for j in range(start, int(at(high, point)) + 1))
    total, j, quiet = mpmath.mpf(0), start, 0
    while quiet < 50:
        value = term({**point, index: mpmath.mpf(j)})
        quiet = quiet + 1 if abs(value) <= mpmath.mpf(10) ** -22 * abs(total) else 0
        total, j = total + value, j + 1
        if j - start > 5000:  # slower than geometric: extrapolate
            return mpmath.nsum(lambda i: term({**point, index: i}), [start, mpmath.inf])
    return total


def dsolve(
    why: str,
    equation: Any,
    function: Any,
    conditions: Mapping[Any, Any] | None = None,
    *,
    where: Any = None,
    hint: str = "default",
) -> Step:
    """Solve an ordinary differential equation for `function` (`u(t)`), with initial conditions `{u(0): u0}`.

    `hint` names sympy's method, which saves the search for one ("separable", "1st_linear"). The result is the
    right-hand side. Check: the residual of the equation by numerical derivatives, and the conditions.
    """
    equation = equation if isinstance(equation, Relational) else sp.Eq(equation, 0)
    found: Any = sp.dsolve(equation, function, hint=hint, ics=dict(conditions) if conditions else None)
    solutions = found if isinstance(found, list) else [found]
    if len(solutions) != 1 or solutions[0].lhs != function:
        raise DerivationError(f"step {why!r}: {len(solutions)} solutions: {solutions}")
    result = solutions[0].rhs
    (x,) = function.args

    def verify(points: Points, result: Any) -> Pairs:
        residual = sp.sympify(equation.lhs - equation.rhs)
        parts = sorted(residual.atoms(sp.Derivative, type(function)), key=sp.default_sort_key)
        names = {part: sp.Dummy() for part in parts}
        bare = residual.subs({p: names[p] for p in parts if isinstance(p, sp.Derivative)}).subs(names)
        for point in points.draw([result, bare.subs({n: 1 for n in names.values()}), x], where=where):
            values = dict(point)
            for part, name in names.items():
                order = part.derivative_count if isinstance(part, sp.Derivative) else 0
                values[name] = mpmath.diff(lambda v, point=point: at(result, {**point, x: v}), point[x], order)
            size = max(abs(mpmath.mpmathify(values[n])) for n in names.values())
            yield size + at(bare, values), size
            for place, value in (conditions or {}).items():
                if isinstance(place, sp.core.function.AppliedUndef):
                    yield at(result, {**point, x: at(place.args[0], point)}), at(value, point)

    return Step(why, "dsolve", equation, result, verify, tolerance=1e-12)


def generic(expr: Any) -> Any:
    """The first branch of each Piecewise that holds on a set with volume: not that of `Eq(a, 1)`.

    sympy lists the branch of convergence first. The check of the step runs on the domain, so a branch that matters
    there is not lost silently.
    """
    if not isinstance(expr, sp.Basic):
        return sp.sympify(expr)
    while expr.has(sp.Piecewise):
        piece: Any = min(expr.atoms(sp.Piecewise), key=sp.count_ops)
        kept = [value for value, condition in piece.args if not isinstance(condition, sp.Equality)]
        if not kept:
            break
        expr = expr.xreplace({piece: kept[0]})
    return expr
