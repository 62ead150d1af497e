"""Steps of algebra: solve, substitute, simplify, identify, compute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import sympy as sp

from theorylab.theory.derivation.step import DerivationError, Pairs, Step, at, flat
from theorylab.theory.domain import Points


def solve(
    why: str,
    equations: Any,
    unknowns: Any,
    *,
    pick: Callable[[Any], bool] | None = None,
    where: Any = None,
) -> Step:
    """Solve one equation for one symbol, or a system for a tuple of symbols (the result is then a tuple).

    Where several solutions are left, `pick(solution)` chooses; otherwise the step is refused. Check: the residual of
    every equation at random points of the domain.
    """
    several = isinstance(unknowns, (tuple, list))
    system = list(equations) if isinstance(equations, (tuple, list)) else [equations]
    symbols = list(unknowns) if several else [unknowns]
    solutions = [s for s in sp.solve(system, symbols, dict=True) if all(u in s for u in symbols)]
    found = [sp.Tuple(*(s[u] for u in symbols)) if several else s[symbols[0]] for s in solutions]
    if pick is not None:
        found = [solution for solution in found if pick(solution)]
    if len(found) != 1:
        raise DerivationError(f"step {why!r}: {len(found)} solutions for {symbols}: {found}")
    result = sp.Tuple(*map(tidy, found[0])) if several else tidy(found[0])

    def verify(points: Points, result: Any) -> Pairs:
        sides = [(e.lhs, e.rhs) if isinstance(e, sp.Equality) else (e, sp.S.Zero) for e in map(sp.sympify, system)]
        for point in points.draw([*(s for pair in sides for s in pair if s is not None), result], where=where):
            inside = {**point, **dict(zip(symbols, flat(at(result, point)), strict=True))}
            yield [at(left, inside) for left, _ in sides], [at(right, inside) for _, right in sides]

    before = sp.Tuple(*system) if len(system) > 1 else system[0]
    return Step(why, "solve", before, result, verify)


def substitute(why: str, expr: Any, replacements: Mapping[Any, Any], *, where: Any = None) -> Step:
    r"""Replace expressions by others, all at once.

    A compound expression replaced by a new symbol defines that symbol. Powers of one symbol may be replaced by moments,
    `{theta**2: V, theta: 0}`; the expression must then be a polynomial in theta, and the check reads its coefficients
    from numerical derivatives. Otherwise the check evaluates the expression at the replaced values.
    """
    expr = sp.sympify(expr)
    pairs = {sp.sympify(old): sp.sympify(new) for old, new in replacements.items()}
    result = expr.subs(pairs, simultaneous=True) if len(pairs) > 1 else expr.subs(pairs)
    moments = _moments(pairs)
    defines = (
        {}
        if moments
        else {
            new: old
            for old, new in pairs.items()
            if new.is_Symbol and not old.is_Symbol and new not in expr.free_symbols
        }
    )

    def verify(points: Points, result: Any) -> Pairs:
        needed = [expr, result, *pairs, *pairs.values()]
        for point in points.draw(needed, where=where):
            if moments:
                yield at(result, point), _by_moments(expr, moments, point)
                continue
            inside = {**point, **{old: at(new, point) for old, new in pairs.items() if old.is_Symbol}}
            yield at(result, {**point, **{new: at(old, point) for new, old in defines.items()}}), at(expr, inside)

    return Step(why, "substitute", expr, result, verify, defines=defines)


def _moments(pairs: Mapping[Any, Any]) -> dict[sp.Symbol, dict[int, Any]]:
    """symbol -> {power: value} where a symbol's powers are replaced separately."""
    found: dict[sp.Symbol, dict[int, Any]] = {}
    for old, new in pairs.items():
        base, power = old.as_base_exp()
        if not (base.is_Symbol and power.is_Integer and power > 0):
            return {}
        found.setdefault(base, {})[int(power)] = new
    return found if any(len(powers) > 1 for powers in found.values()) else {}


def _by_moments(expr: Any, moments: Mapping[sp.Symbol, dict[int, Any]], point: Mapping[Any, Any]) -> Any:
    (symbol, powers), *others = moments.items()
    if others:
        raise DerivationError("moments of one symbol at a time")
    degree = sp.Poly(expr, symbol).degree()
    coefficients = mpmath.taylor(lambda x: at(expr, {**point, symbol: x}), 0, degree)
    total = coefficients[0]
    for power, coefficient in enumerate(coefficients[1:], 1):
        value = at(powers[power], point) if power in powers else at(powers[1], point) ** power
        total += coefficient * value
    return total


def simplify(
    why: str, expr: Any, how: Callable[[Any], Any] = sp.simplify, *, where: Any = None, operation: str | None = None
) -> Step:
    """Rewrite by a sympy function (`sp.expand`, `sp.factor`, `sp.expand_log`...) into something equal on the domain.

    Check: equality at random points of the domain.
    """
    expr = _container(expr)
    result = _container(how(expr)) if not isinstance(expr, sp.Tuple) else sp.Tuple(*(how(part) for part in expr))

    def verify(points: Points, result: Any) -> Pairs:
        for point in points.draw([expr, result], where=where):
            yield at(result, point), at(expr, point)

    name = operation or getattr(how, "__name__", "simplify")
    return Step(why, "simplify" if name == "<lambda>" else name, expr, result, verify)


def identify(why: str, expr: Any, closed: Any, *, where: Any = None, points: int = 3, digits: int = 50) -> Step:
    """Put a closed form in the place of an integral, a sum or a root.

    The closed form is found outside of the computer algebra; it is compared with the object that it replaces at
    `digits` digits, at random points of the domain, and the step is marked *identified*.
    """
    expr, result = sp.sympify(expr), sp.sympify(closed)

    def verify(sampler: Points, result: Any) -> Pairs:
        for point in sampler.draw([expr, result], points, where=where):
            with mpmath.workdps(digits + 10):
                yield at(result, point), at(expr, point)

    return Step(why, "identified", expr, result, verify, tolerance=10.0 ** (2 - digits))


def compute(
    why: str,
    function: Callable[..., Any],
    *arguments: Any,
    oracle: Callable[..., Any],
    operation: str | None = None,
    where: Any = None,
    points: int = 3,
    tolerance: float = 1e-12,
    symbols: Sequence[sp.Symbol] = (),
) -> Step:
    """Any other computation: `result = function(*arguments)`.

    `oracle(point)` finds the value of the result in another way: it receives a dict of numbers by symbol and returns
    numbers in the order of the result. `symbols` are further symbols that the oracle needs.
    """
    result = _container(function(*arguments))
    before = sp.Tuple(*(_container(a) for a in arguments)) if len(arguments) != 1 else _container(arguments[0])

    def verify(sampler: Points, result: Any) -> Pairs:
        for point in sampler.draw([before, result, *symbols], points, where=where):
            yield at(result, point), oracle(point)

    name = operation or getattr(function, "__name__", "compute").strip("<>").replace("_", " ").strip()
    return Step(why, name, before, result, verify, tolerance=tolerance)


def tidy(expr: Any) -> Any:
    """Factored where rational, with the signs of products inside their sums: a/(2 - x), not -a/(x - 2)."""
    if not isinstance(expr, sp.Expr):
        return expr
    expr = sp.factor(expr) if expr.is_rational_function() else expr
    return expr.replace(lambda e: e.is_Mul, _turned)


def _turned(product: Any) -> Any:
    """Turn the factors with a negative constant; a sign that is left over turns one more."""
    coefficient, rest = product.as_coeff_Mul()
    factors = list(sp.Mul.make_args(rest))
    sums = [i for i, f in enumerate(factors) if f.as_base_exp()[0].is_Add and f.as_base_exp()[1].is_odd]
    turn = [i for i in sums if factors[i].as_base_exp()[0].as_coeff_Add()[0].is_negative]
    if (-1) ** len(turn) * coefficient < 0:
        turn = [i for i in turn if i != turn[0]] if turn else sums[:1]
        if (-1) ** len(turn) * coefficient < 0:
            return product
    for i in turn:
        base, power = factors[i].as_base_exp()
        factors[i] = sp.expand(-base) ** power
    return sp.Mul((-1) ** len(turn) * coefficient, *factors)


def _container(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): sp.sympify(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return sp.Tuple(*value)
    return sp.sympify(value)
