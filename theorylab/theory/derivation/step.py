"""A step of a derivation, its check, and the run of a derivation.

A derivation is a generator: it yields steps and receives their results, so that the mathematics reads top to bottom,
and its formula is the result of the last step (or a tuple or dict of results, returned).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import mpmath
import sympy as sp

from theorylab.theory.domain import Points
from theorylab.theory.formula import high_precision, to_latex, to_text

DIGITS = 50
FLOOR = mpmath.mpf(10) ** -12

Pairs = Iterable[tuple[Any, Any]]


class DerivationError(ValueError):
    """A step that computes nothing, or whose result is not what it says."""


@dataclass(frozen=True)
class StepCheck:
    """Outcome of verifying one step: `error` is the largest relative error over `points` random points."""

    why: str
    operation: str
    ok: bool
    error: float
    tolerance: float
    points: int
    detail: str


@dataclass(frozen=True)
class Step:
    """What was computed and why: `operation` on `before` gave `result`.

    `verify(points, result)` yields pairs (value by the result, the same value found another way).
    `defines` gives the meaning of symbols that the step introduces.
    """

    why: str
    operation: str
    before: Any
    result: Any
    verify: Callable[[Points, Any], Pairs] = field(repr=False)
    tolerance: float = 1e-25
    defines: Mapping[sp.Symbol, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if _same(self.before, self.result):
            raise DerivationError(f"step {self.why!r}: {self.operation} changed nothing: it only restates")

    def check(self, points: Points) -> StepCheck:
        """Compare both ways at random points of the domain, with 50 digits where the other way allows."""
        worst, pairs, said = mpmath.mpf(0), 0, ""
        with mpmath.workdps(DIGITS):
            try:
                for got, expected in self.verify(points, self.result):
                    for one, two in zip(flat(got), flat(expected), strict=True):
                        worst, pairs = max(worst, _difference(one, two)), pairs + 1
            except (ZeroDivisionError, ValueError, ArithmeticError, TypeError) as error:
                worst, said = mpmath.inf, f"; {type(error).__name__}: {' '.join(str(error).split())[:120]}"
        ok = pairs > 0 and worst <= self.tolerance
        size = f"largest relative error {float(worst):.1e} over {pairs} value{'s' if pairs != 1 else ''}"
        detail = f"{size} (tolerance {self.tolerance:.0e}){said}"
        return StepCheck(self.why, self.operation, bool(ok), float(worst), self.tolerance, pairs, detail)

    def as_dict(self) -> dict[str, Any]:
        """why, operation, result as text and LaTeX."""
        return {
            "why": self.why,
            "operation": self.operation,
            "result": to_text(self.result),
            "latex": f"{_latex(self.before)} \\;\\to\\; {_latex(self.result)}",
        }


@dataclass(frozen=True)
class Derivation:
    """The steps of a derivation that has run, and its result."""

    steps: tuple[Step, ...]
    result: Any

    def check(self, points: Points) -> list[StepCheck]:
        """Verify every step; definitions made by earlier steps are known to later ones."""
        checks = []
        for step in self.steps:
            points.definitions.update(step.defines)
            checks.append(step.check(points))
        return checks


def run(derivation: Callable[[], Generator[Step, Any, Any]], name: str = "derivation") -> Derivation:
    """Run a derivation. What it returns, if anything, must be made of results of its steps."""
    generator, steps, sent, returned = derivation(), [], None, None
    while True:
        try:
            step = generator.send(sent)
        except StopIteration as stop:
            returned = stop.value
            break
        if not isinstance(step, Step):
            raise DerivationError(f"{name}: yielded {type(step).__name__}, not a step")
        steps.append(step)
        sent = step.result
    if not steps:
        raise DerivationError(f"{name}: no step computes anything")
    if returned is None:
        return Derivation(tuple(steps), steps[-1].result)
    kept = returned.values() if isinstance(returned, Mapping) else returned if _several(returned) else [returned]
    known = [piece for step in steps for piece in (step.result, *(flat(step.result) if _several(step.result) else ()))]
    for part in kept:
        if not any(_same(part, piece) for piece in known):
            raise DerivationError(f"{name}: returns {to_text(part)}, which no step computed")
    return Derivation(tuple(steps), dict(returned) if isinstance(returned, Mapping) else returned)


def flat(value: Any) -> list[Any]:
    """The numbers or expressions inside a value, in order."""
    if isinstance(value, Mapping):
        return [x for part in value.values() for x in flat(part)]
    if isinstance(value, (sp.MatrixBase, mpmath.matrix)):
        return list(value)
    if isinstance(value, (tuple, list, sp.Tuple)):
        return [x for part in value for x in flat(part)]
    return [value]


def at(expr: Any, point: Mapping[sp.Symbol, Any]) -> Any:
    """Value of an expression (or of each part of a container) at a point, at the working precision."""
    if _several(expr):
        return [at(part, point) for part in flat(expr)]
    symbols, function = _function(expr)
    return function(*(point[s] for s in symbols))


@lru_cache(maxsize=1024)
def _function(expr: Any) -> tuple[list[sp.Symbol], Callable[..., Any]]:
    expr = sp.sympify(expr)
    symbols = sorted(expr.free_symbols, key=str)
    return symbols, high_precision(expr, symbols)


def _several(value: Any) -> bool:
    return isinstance(value, (tuple, list, sp.Tuple, Mapping, sp.MatrixBase))


def _same(one: Any, two: Any) -> bool:
    try:
        return bool(sp.sympify(one) == sp.sympify(two))
    except (sp.SympifyError, TypeError, AttributeError):
        return one is two


def _difference(one: Any, two: Any) -> Any:
    one, two = mpmath.mpmathify(one), mpmath.mpmathify(two)
    if not (mpmath.isfinite(one) and mpmath.isfinite(two)):
        return mpmath.inf  # neither says anything; max() would pass over a NaN
    if one == two:
        return mpmath.mpf(0)
    return abs(one - two) / max(abs(one), abs(two), FLOOR)


def _latex(value: Any) -> str:
    return value if isinstance(value, str) else to_latex(value)
