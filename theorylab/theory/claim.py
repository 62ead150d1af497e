"""A claim: a sentence, its derivation, its domain, and the wrong formulas that the same data must reject.

    variance = Claim(
        id="quadratic.variance",
        statement="...",
        inputs=(eta, lam, sigma),
        domain=eta * lam < 2,
        derivation=derive,
        exactness=exact(),
        source="[mandt2017] ...",
        noises=("gaussian",),
        controls=(Control("ou", eta * sigma**2 / (2 * lam), "the SDE is quoted at any learning rate"),),
    )
    variance.predict(eta=0.1, lam=1.0, sigma=0.5)

The formula is the last result of the derivation. `predict` evaluates it; `check` verifies every step of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import sympy as sp

from theorylab.errors import InputError, unknown
from theorylab.theory import arguments, symbols
from theorylab.theory.control import Control, Margin, expression, is_function, scaled
from theorylab.theory.derivation.step import Derivation, Step, StepCheck, flat, run
from theorylab.theory.domain import Condition, Points, conditions
from theorylab.theory.exactness import Exactness, asymptotic, exact, identity, limit, order, ordering
from theorylab.theory.formula import Numeric, canonical, numeric, parse, to_jax, to_latex, to_text
from theorylab.theory.symbols import Input

__all__ = ["Claim", "Control", "Exactness", "Margin", "asymptotic", "exact", "identity", "limit", "order", "ordering"]

ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True, repr=False)
class Claim:
    """See the module's text; `evaluate(f, **inputs)` predicts from arrays and choices by the numeric formula f.

    Fields:
        inputs: symbols of the table or declared inputs, in the order of the sentence.
        domain: sympy condition on the scalar inputs; their assumptions (positive, integer) are part of it.
        conditions: further named conditions, (text, test(inputs by name) -> bool).
        answers: the question of the research programme that it bears on; claims of one question share a page.
        declares: names used in another sense than the symbol table's.
        expected: the outcome that judging it should give ("disagrees" for a claim kept because it is refuted).

    >>> from theorylab.theory.derivation import solve
    >>> from theorylab.theory.symbols import eta, lam, sigma
    >>> V = sp.Symbol("V", positive=True)
    >>> def derive():
    ...     yield solve("stationarity", sp.Eq(V, (1 - eta * lam) ** 2 * V + eta**2 * sigma**2), V)
    >>> mine = Claim(
    ...     id="bowl.variance", statement="SGD on a bowl spreads this far.", inputs=(eta, lam, sigma),
    ...     domain=eta * lam < 2, derivation=derive, exactness=exact(), source="one-step second moment",
    ... )
    >>> print(f"{mine.predict(eta=0.5, lam=1.0, sigma=0.5):.4f}", all(step.ok for step in mine.check()))
    0.0833 True
    """

    id: str
    statement: str
    inputs: tuple[Any, ...]
    domain: Any
    derivation: Callable[[], Generator[Step, Any, Any]]
    exactness: Exactness
    source: str
    noises: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()
    expected: Literal["agrees", "disagrees"] = "agrees"
    margin: float | Margin = 0.02
    evaluate: Callable[..., Any] | None = None
    conditions: tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...] = ()
    declares: tuple[str, ...] = ()
    answers: str = ""
    recall: Callable[[str, Callable[[], Any]], Any] | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not ID.fullmatch(self.id):
            raise InputError(f"claim id {self.id!r} is not of the form model.quantity in lower case")
        rows = tuple(i if isinstance(i, Input) else symbols.row(i) for i in self.inputs)
        object.__setattr__(self, "inputs", rows)
        names = [control.name for control in self.controls]
        for name in {n for n in names if names.count(n) > 1}:
            raise InputError(f"claim {self.id}: two controls are called {name!r}")
        known = {i.name: replace(symbols.table[i.name], box=i.box) for i in rows if i.name in symbols.table}
        foreign = {i.name for i in rows if known.get(i.name, i) != i} - set(self.declares)
        if foreign:
            raise InputError(f"claim {self.id}: {', '.join(sorted(foreign))} is used in another sense and not declared")
        stray = {s.name for s in getattr(sp.sympify(self.domain), "free_symbols", ())} - {s.name for s in self.scalars}
        if stray:
            raise InputError(f"claim {self.id}: the domain names {', '.join(sorted(stray))}, no scalar input")

    @property
    def model(self) -> str:
        """The room it lives in."""
        return self.id.partition(".")[0]

    @property
    def scalars(self) -> tuple[sp.Symbol, ...]:
        """Symbols of the scalar inputs: a formula given to `challenge` may use them."""
        return tuple(i.symbol for i in self.inputs if i.symbol is not None)

    @cached_property
    def derived(self) -> Derivation:
        """The derivation, run once; nothing is verified by running it."""
        return run(self.derivation, f"claim {self.id}")

    @cached_property
    def formula(self) -> Any:
        """The last result of the derivation (or the tuple or dict of results that it returns).

        Where a lab has found the claim and this code has derived it before, the lab recalls it from disk.
        """
        if self.recall is None or "derived" in vars(self):
            return canonical(self.derived.result)
        return self.recall(self.id, lambda: canonical(self.derived.result))

    @property
    def formula_text(self) -> str | None:
        """Text that `parse` reads back; None where the formula is no closed form in the scalar inputs."""
        formula = self.formula
        if self.evaluate is not None or not self._is_closed(formula):
            return None
        try:
            parse(to_text(formula), self.scalars)
        except InputError:
            return None
        return to_text(formula)

    @property
    def latex(self) -> str:
        """LaTeX of the formula."""
        return to_latex(self.formula)

    @cached_property
    def numeric(self) -> Numeric:
        """The formula as a function of floats."""
        return numeric(self.formula, self.scalars)

    @cached_property
    def domain_conditions(self) -> tuple[Condition, ...]:
        """Every condition on the inputs, in words and as a test."""
        scalar = conditions(self.scalars, self.domain)
        known = [i.name for i in self.inputs]
        named = [Condition(text, arguments.names_in(text, known), test, "breaks:") for text, test in self.conditions]
        return (*scalar, *named)

    def parse(self, text: str) -> sp.Expr:
        """A formula from text, in this claim's symbols; InputError where it is not one."""
        return parse(text, self.scalars)

    def values(self, **inputs: Any) -> dict[str, Any]:
        """The inputs as numbers, arrays and texts; InputError for an unknown, missing, malformed or excluded one."""
        return arguments.check(self.id, self.inputs, self.domain_conditions, inputs)

    def predict(self, **inputs: Any) -> Any:
        """The predicted float, array or dict. A list given for a scalar input predicts each element.

        Raises InputError, in one line, naming argument, value and violated condition.
        """
        return self._each(inputs, lambda values: self._evaluated(self.formula, self.numeric, values))

    def predict_with(self, formula: Any, **inputs: Any) -> Any:
        """The prediction of another formula in this claim's symbols (`challenge`)."""
        function = formula if is_function(formula) else numeric(formula, self.scalars)
        return self._each(inputs, lambda values: self._evaluated(formula, function, values))

    def predict_control(self, name: str, **inputs: Any) -> Any:
        """The value of the control `name`; not a number where the wrong formula has none."""
        found = {control.name: control for control in self.controls}
        if name not in found:
            raise InputError(f"claim {self.id}: {unknown('control', name, found)}")
        return self._each(inputs, lambda values: self._controlled(found[name].formula, values))

    def jax(self, **inputs: Any) -> Any:
        """The formula in JAX, of inputs that may be traced: under jit, grad and vmap, inside one's own loss.

        An array in the precision of the inputs (they broadcast), or a tuple or dict of arrays. No domain is checked:
        outside of it the value means nothing. Raises InputError for an unknown or missing input, and where the claim
        has no closed formula in scalar inputs.
        """
        arguments.check_names(self.id, self.inputs, inputs)
        values = [inputs[symbol.name] for symbol in self.scalars]
        try:
            return self._in_jax(*values)
        except NameError as error:
            raise InputError(f"claim {self.id}: JAX has no function {error.name}") from error

    @cached_property
    def _in_jax(self) -> Any:
        if self.evaluate is not None or not all(map(self._is_closed, flat(self.formula))):
            raise InputError(f"claim {self.id} has no closed formula in scalar inputs, which claim.jax needs")
        return to_jax(self.formula, self.scalars)

    def _is_closed(self, formula: Any) -> bool:
        """Whether it is an expression in the scalar inputs, without integrals, sums and limits."""
        closed = isinstance(formula, sp.Expr) and formula.free_symbols <= set(self.scalars)
        return closed and not formula.has(sp.Integral, sp.Sum, sp.Derivative, sp.Limit)

    def absolute_margin(self, **inputs: Any) -> Any:
        """The margin in the prediction's unit, of the prediction's shape."""
        margin = self.margin if isinstance(self.margin, Margin) else Margin(self.margin)
        if margin.scale is None:
            return scaled(self.predict(**inputs), margin.relative)
        return self._each(inputs, lambda values: scaled(self._controlled(margin.scale, values), margin.relative))

    def points(self) -> Points:
        """Random points of the domain, the same ones each time."""
        boxes = {i.name: i.box for i in self.inputs if i.box is not None}
        return Points(self.scalars, self.domain, boxes, f"claim {self.id}")

    def check(self) -> list[StepCheck]:
        """Verify every step at random points of the domain (once; the points are the same each time)."""
        return list(self._checked)

    @cached_property
    def _checked(self) -> list[StepCheck]:
        return self.derived.check(self.points())

    def as_dict(self) -> dict[str, Any]:
        """The row of `theorylab claims --json`."""
        from theorylab.theory import described

        return described.row(self)

    def derivation_as_dict(self) -> dict[str, Any]:
        """Steps with their checks, LaTeX, controls with their reasons; `verified` where every step is."""
        from theorylab.theory import described

        return described.derivation(self)

    def __repr__(self) -> str:
        return f"<claim {self.id}: {self.statement}>"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def _repr_html_(self) -> str:
        from theorylab.theory.notebook import page

        return page(self)

    def _each(self, inputs: Mapping[str, Any], one: Callable[[dict[str, Any]], Any]) -> Any:
        """Apply to the values, or to each element where scalar inputs are given as lists."""
        arguments.refuse_traced(self.id, inputs)
        spread = arguments.spread(self.id, self.inputs, inputs)
        if spread is None:
            return one(self.values(**inputs))
        shape, rows = spread
        results = [one(self.values(**row)) for row in rows]
        if results and isinstance(results[0], Mapping):
            return {key: np.array([r[key] for r in results]).reshape(shape) for key in results[0]}
        return np.array(results).reshape(shape + np.shape(results[0] if results else 0.0))

    def _evaluated(self, formula: Any, function: Numeric, values: dict[str, Any]) -> Any:
        own = formula is self.formula
        closed = isinstance(formula, sp.Expr) and formula.free_symbols <= set(self.scalars)
        closed = not own and (closed or is_function(formula))
        try:
            if self.evaluate is not None and not closed:
                return self.evaluate(function, **values)
            return function(**{name: value for name, value in values.items() if not isinstance(value, str)})
        except InputError as error:
            text = str(error)
            raise InputError(text if text.startswith("claim ") else f"claim {self.id}: {text}") from error

    def _controlled(self, formula: Any, values: dict[str, Any]) -> Any:
        try:
            if isinstance(formula, Claim):
                return formula.predict(**{i.name: values[i.name] for i in formula.inputs})
            if is_function(formula):
                return formula(**values)
            formula = expression(formula)
            return self._evaluated(formula, numeric(formula, self.scalars), values)
        except InputError:
            return float("nan")
