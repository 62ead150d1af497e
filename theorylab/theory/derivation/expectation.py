"""The step `expect`: an average over named laws, by algebra, compared with a quadrature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from theorylab.theory.derivation.random_variable import Law
from theorylab.theory.derivation.step import DerivationError, Pairs, Step, at
from theorylab.theory.domain import Points


def expect(why: str, expr: Any, laws: Mapping[Any, Law], *, where: Any = None) -> Step:
    """Expectation over the variables of `laws`, the first innermost.

    Keys are symbols, or tuples of symbols for a joint law. The law of an earlier variable may depend on a later one
    (noise given the state). Check: quadrature, law by law.
    """
    expr = sp.sympify(expr)
    result = expr
    for variable, law in laws.items():
        result = law.symbolic(result, variable)
    variables = [v for key in laws for v in (key if isinstance(key, tuple) else (key,))]
    if result.free_symbols & set(variables):
        raise DerivationError(f"step {why!r}: the average still depends on {variables}")

    def verify(points: Points, result: Any) -> Pairs:
        needed = [expr, result, *(parameter for law in laws.values() for parameter in law.parameters)]
        for point in points.draw(needed, 3, where=where):
            yield at(result, point), _nested(expr, list(laws.items()), point)

    names = sp.Function("E", real=True)(expr)
    return Step(why, "expect", names, result, verify, tolerance=max(law.tolerance for law in laws.values()))


def _nested(expr: Any, laws: list[tuple[Any, Law]], point: Mapping[Any, Any]) -> Any:
    if not laws:
        return at(expr, point)
    variable, law = laws[-1]

    def inner(value: Any) -> Any:
        inside = dict(zip(variable, value, strict=True)) if isinstance(variable, tuple) else {variable: value}
        return _nested(expr, laws[:-1], {**point, **inside})

    return law.numerical(inner, point)
