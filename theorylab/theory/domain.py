"""Domains: a condition on the inputs that says itself in words, tests numbers, and draws random points.

0 < eta*lam < 2      from  Lt(eta*lam, 2)  and the assumption that eta and lam are positive
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mpmath
import sympy as sp
from sympy.core.relational import Relational

from theorylab.errors import InputError
from theorylab.theory.formula import high_precision, to_text
from theorylab.theory.symbols import table

Point = dict[sp.Symbol, Any]
ATTEMPTS = 20_000


@dataclass(frozen=True)
class Condition:
    """`text` says it, `names` are the inputs in it, `holds(values by name)` tests it; `verb` joins values and text."""

    text: str
    names: tuple[str, ...]
    holds: Callable[[Mapping[str, Any]], bool]
    verb: str = "is outside"


def conditions(symbols: Sequence[sp.Symbol], domain: Any) -> tuple[Condition, ...]:
    """The conditions in words: those of the symbols' assumptions first, then the domain's relations.

    Relations that bound one expression from both sides are said as one, and a positive expression below a number reads
    `0 < expression < number`.
    """
    relations = _relations(domain)
    used: set[int] = set()
    found: list[Condition] = []
    for symbol in symbols:
        alone = [i for i, r in enumerate(relations) if r.free_symbols == {symbol} and _side(r, symbol)]
        used |= set(alone)
        found += _bounds(symbol, [_side(relations[i], symbol) for i in alone], symbol)
    rest = [r for i, r in enumerate(relations) if i not in used]
    order = {s: i for i, s in enumerate(symbols)}
    rest.sort(key=lambda r: (len(r.free_symbols), sorted(order.get(s, 99) for s in r.free_symbols), str(r)))
    expressions = list(dict.fromkeys(e for r in rest if (e := _left(r)) is not None))
    for expression in expressions:
        found += _bounds(expression, [_side(r, expression) for r in rest if _left(r) == expression], None)
    for r in rest:
        if _left(r) is None:
            found.append(Condition(to_text(r), _names(r), _holds(r)))
    return tuple(found)


def _relations(domain: Any) -> list[Any]:
    if domain is None or domain is True or domain == sp.true:
        return []
    domain = sp.sympify(domain)
    if domain == sp.false:
        raise InputError("the domain is empty: its condition is false")
    return list(domain.args) if isinstance(domain, sp.And) else [domain]


def _left(relation: Any) -> Any:
    """The bounded expression of a strict or weak inequality with a number or an expression on the other side."""
    if not isinstance(relation, sp.Lt | sp.Le | sp.Gt | sp.Ge):
        return None
    return relation.lhs if relation.lhs.free_symbols else relation.rhs


def _side(relation: Any, expression: Any) -> tuple[str, Any, Any] | None:
    """(sign, bound, relation) with `expression sign bound`."""
    if _left(relation) != expression:
        return None
    names = {sp.Lt: "<", sp.Le: "<=", sp.Gt: ">", sp.Ge: ">="}
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    sign = names[type(relation)]
    return (sign, relation.rhs, relation) if relation.lhs == expression else (turned[sign], relation.lhs, relation)


def _bounds(expression: Any, sides: list[Any], symbol: sp.Symbol | None) -> list[Condition]:
    lower = [s for s in sides if s[0][0] == ">"]
    upper = [s for s in sides if s[0][0] == "<"]
    if not lower and (symbol is not None or (len(upper) == 1 and upper[0][1].is_number)):
        if expression.is_positive:
            lower = [(">", sp.S.Zero, _unevaluated(">", expression))]
        elif expression.is_nonnegative:
            lower = [(">=", sp.S.Zero, _unevaluated(">=", expression))]
    text, found = to_text(expression), []
    if len(lower) == 1 and len(upper) == 1:
        (low_sign, low, low_relation), (high_sign, high, high_relation) = lower[0], upper[0]
        sign = "<" if low_sign == ">" else "<="
        said = f"{to_text(low)} {sign} {text} {high_sign} {to_text(high)}"
        tests = (_holds(low_relation), _holds(high_relation))
        names = tuple(sorted({*_names(low_relation), *_names(high_relation)}))
        return [Condition(said, names, lambda values: all(test(values) for test in tests))]
    for sign, bound, relation in lower + upper:
        found.append(Condition(f"{text} {sign} {to_text(bound)}", _names(relation), _holds(relation)))
    return found


def _unevaluated(sign: str, expression: Any) -> Any:
    """expression > 0 as a relation; sympy would evaluate it to true by the assumptions."""
    relation: Any = sp.StrictGreaterThan if sign == ">" else sp.GreaterThan
    return relation(expression, 0, evaluate=False)


def _names(relation: Any) -> tuple[str, ...]:
    return tuple(sorted(s.name for s in relation.free_symbols))


def _holds(relation: Any) -> Callable[[Mapping[str, Any]], bool]:
    symbols = sorted(relation.free_symbols, key=str)

    def holds(values: Mapping[str, Any]) -> bool:
        if not all(s.name in values for s in symbols):
            return True
        with mpmath.workdps(30):
            arguments = [_number(values[s.name]) for s in symbols]
            if isinstance(relation, Relational):
                sides = [high_precision(side, symbols)(*arguments) for side in (relation.lhs, relation.rhs)]
                if any(isinstance(side, mpmath.mpc) and side.imag != 0 for side in map(mpmath.mpmathify, sides)):
                    return False
                left, right = (mpmath.re(side) for side in sides)
                sign = str(getattr(relation, "rel_op", "=="))
                tests = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
                return bool(tests.get(sign, (left == right) == (sign == "==")))
            return bool(high_precision(relation, symbols)(*arguments))

    return holds


def _number(value: Any) -> Any:
    return mpmath.mpf(value)  # integers too: Python would divide them in double precision


@dataclass
class Points:
    """Random points of a domain, for checks: reproducible, and an empty domain is an error.

    `definitions` give the value of an abbreviation (`a` for `1 - eta*lam`) at a point of the other symbols.
    """

    symbols: tuple[sp.Symbol, ...] = ()
    domain: Any = sp.true
    boxes: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    name: str = "a derivation"
    definitions: dict[sp.Symbol, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.name)
        self.conditions = conditions(self.symbols, self.domain)

    def __iter__(self) -> Iterator[Point]:
        """Points without end, with values for the symbols of the domain."""
        while True:
            yield from self.draw((), 1)

    def draw(self, wanted: Iterable[Any], count: int = 5, where: Any = None) -> list[Point]:
        """`count` points with a value for every symbol of the expressions `wanted`, inside the domain and `where`."""
        named: set[sp.Symbol] = set()
        for item in wanted:
            named |= _free(item)
        further = _relations(where)
        for relation in further:
            named |= relation.free_symbols
        primary = self._primary(named)
        tests = [*self.conditions, *(Condition("", _names(r), _holds(r)) for r in further)]
        found: list[Point] = []
        for _ in range(ATTEMPTS):
            point = {symbol: self._value(symbol) for symbol in primary}
            self._define(point, named)
            if all(test.holds({s.name: v for s, v in point.items()}) for test in tests):
                found.append(point)
                if len(found) == count:
                    return found
        raise InputError(f"{self.name}: its domain is empty (no point in {ATTEMPTS} random draws)")

    def _primary(self, named: set[sp.Symbol]) -> list[sp.Symbol]:
        pending, primary = list(named) + list(self.symbols), set()
        while pending:
            symbol = pending.pop()
            if symbol in self.definitions:
                pending += list(_free(self.definitions[symbol]))
            else:
                primary.add(symbol)
        return sorted(primary, key=str)

    def _define(self, point: Point, named: set[sp.Symbol]) -> None:
        for symbol in sorted(named, key=str):
            self._lookup(symbol, point)

    def _lookup(self, symbol: sp.Symbol, point: Point) -> Any:
        if symbol not in point:
            definition = self.definitions[symbol]
            inner = sorted(_free(definition), key=str)
            point[symbol] = high_precision(definition, inner)(*(self._lookup(s, point) for s in inner))
        return point[symbol]

    def _value(self, symbol: sp.Symbol) -> Any:
        low, high = self.box(symbol)
        if symbol.is_integer:
            return mpmath.mpf(self.random.randint(math.ceil(low), math.floor(high)))
        if low > 0 and high / low > 3:
            value = math.exp(self.random.uniform(math.log(low), math.log(high)))
        else:
            value = self.random.uniform(low, high)
        return mpmath.mpf(round(value * 2**20)) / 2**20 if abs(value) > 2**-10 else mpmath.mpf(value)

    def box(self, symbol: sp.Symbol) -> tuple[float, float]:
        """Where values of a symbol are looked for: its input's box, the table's, or one that its assumptions allow."""
        if symbol.name in self.boxes:
            return self.boxes[symbol.name]
        row = table.get(symbol.name)
        if row is not None and row.symbol == symbol and row.box is not None:
            return row.box
        if symbol.is_integer:
            return (1, 8) if symbol.is_positive else (0, 8) if symbol.is_nonnegative else (-6, 6)
        if symbol.is_positive:
            return (0.2, 3.0)
        if symbol.is_nonnegative:
            return (0.0, 3.0)
        return (-3.0, -0.2) if symbol.is_negative else (-2.0, 2.0)


def _free(item: Any) -> set[sp.Symbol]:
    if isinstance(item, Mapping):
        return set().union(*(_free(v) for v in item.values()))
    if isinstance(item, (tuple, list)):
        return set().union(*(_free(v) for v in item)) if item else set()
    return {s for s in sp.sympify(item).free_symbols if isinstance(s, sp.Symbol)}
