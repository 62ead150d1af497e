"""Formulas in and out of sympy: text, numbers, JAX, LaTeX.

`parse` reads a formula from text through Python's syntax tree and a whitelist; no text is ever evaluated.
`numeric` evaluates with mpmath; `to_jax` compiles for use inside dynamics (jit, grad, vmap).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.numpy import JaxPrinter
from sympy.printing.pycode import MpmathPrinter
from sympy.printing.str import StrPrinter

from theorylab.errors import InputError
from theorylab.theory.parsing import parse

__all__ = ["Numeric", "canonical", "high_precision", "numeric", "parse", "to_jax", "to_latex", "to_text"]

_LATEX = {"lam": r"\lambda", "Lam": r"\Lambda"}


class _Mpmath(MpmathPrinter):
    """Sums become `nsum`; sines and cosines of half turns are zero where they should be, as at alpha = 1."""

    def _print_sin(self, expr: Any) -> str:
        return self._turn("sin", expr.args[0])

    def _print_cos(self, expr: Any) -> str:
        return self._turn("cos", expr.args[0])

    def _turn(self, name: str, angle: Any) -> str:
        turns = sp.expand(angle / sp.pi)
        if not turns.has(sp.pi):
            name, angle = name + "pi", turns
        return f"{self._module_format('mpmath.' + name)}({self._print(angle)})"

    def _print_Sum(self, expr: sp.Sum) -> str:
        nsum = self._module_format("mpmath.nsum")
        body, limits = self._print(expr.function), list(expr.limits)
        for index, low, high in limits:
            body = f"{nsum}(lambda {self._print(index)}: {body}, ({self._print(low)}, {self._print(high)}))"
        return f"({body})"


class _Jax(JaxPrinter):
    """sympy refuses the incomplete gamma functions although the table has them."""

    def _print_lowergamma(self, expr: sp.Expr) -> str:
        return f"lowergamma({', '.join(self._print(argument) for argument in expr.args)})"

    def _print_uppergamma(self, expr: sp.Expr) -> str:
        return f"uppergamma({', '.join(self._print(argument) for argument in expr.args)})"


_PRINTER_SETTINGS = {"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True}


@lru_cache(maxsize=4096)
def _compiled(expr: Any, symbols: tuple[sp.Symbol, ...]) -> Callable[..., Any]:
    return sp.lambdify(*_anonymous(symbols, expr), modules="mpmath", printer=_Mpmath(_PRINTER_SETTINGS))


def _anonymous(symbols: tuple[sp.Symbol, ...], expr: Any) -> tuple[list[sp.Symbol], Any]:
    """Symbols without names: lambdify would hide the function gamma behind a symbol gamma, bound ones included."""
    named = {*symbols, *(s for s in expr.atoms(sp.Symbol))}
    names = {s: sp.Dummy("v", **s.assumptions0) for s in sorted(named, key=str)}
    return [names[s] for s in symbols], expr.xreplace(names)


def high_precision(expr: Any, symbols: Iterable[sp.Symbol]) -> Callable[..., Any]:
    """mpmath function of the symbols, in their order, at the working precision of `mpmath.mp`."""
    return _compiled(sp.sympify(expr), tuple(symbols))


@dataclass(frozen=True)
class Numeric:
    """A formula as a function of floats, by position or by keyword (the symbols' names).

    `parts` holds the functions of the components where the formula is a tuple or a dict.
    """

    expr: Any
    symbols: tuple[sp.Symbol, ...]
    digits: int = 40

    @property
    def parts(self) -> Any:
        """The functions of a tuple's or dict's components."""
        if isinstance(self.expr, Mapping):
            return {str(key): Numeric(part, self.symbols, self.digits) for key, part in self.expr.items()}
        return tuple(Numeric(part, self.symbols, self.digits) for part in self.expr)

    def __call__(self, *positional: Any, **named: Any) -> Any:
        """The value; InputError where a symbol is missing or the formula has no finite real value."""
        given = dict(zip((s.name for s in self.symbols), positional, strict=False)) | named
        if isinstance(self.expr, Mapping):
            return {key: part(**given) for key, part in self.parts.items()}
        if isinstance(self.expr, (tuple, list, sp.Tuple)):
            return tuple(part(**given) for part in self.parts)
        needed = sorted(sp.sympify(self.expr).free_symbols, key=str)
        missing = [s.name for s in needed if s.name not in given]
        if missing:
            raise InputError(f"formula {to_text(self.expr)}: missing {', '.join(missing)}")
        digits = 20 if sp.sympify(self.expr).has(sp.Integral, sp.Sum) else self.digits
        with mpmath.workdps(digits):
            try:
                value = _compiled(sp.sympify(self.expr), tuple(needed))(*(_exact(given[s.name]) for s in needed))
                return _real(value)
            except (InputError, MemoryError):
                raise
            except Exception as error:  # mpmath's and the printed code's: no convergence, no such function, a pole, ...
                at = ", ".join(f"{s.name}={given[s.name]}" for s in needed)
                raise InputError(f"formula {to_text(self.expr)} has no finite real value at {at}") from error


def _exact(value: Any) -> Any:
    return mpmath.mpf(value) if isinstance(value, int) else mpmath.mpf(float(value))


def _real(value: Any) -> float:
    value = mpmath.mpmathify(value)
    if isinstance(value, mpmath.mpc):
        if abs(value.imag) > 1e-12 * max(abs(value.real), mpmath.mpf(10) ** -300):
            raise ValueError("complex")
        value = value.real
    if mpmath.isnan(value):
        raise ValueError("nan")
    return float(value)


def numeric(expr: Any, symbols: Iterable[sp.Symbol] = ()) -> Numeric:
    """The float function of a formula (or of a tuple or dict of formulas), evaluated by mpmath at 40 digits."""
    return Numeric(expr, tuple(symbols))


def to_jax(expr: Any, symbols: Iterable[sp.Symbol]) -> Callable[..., Any]:
    """JAX function of the symbols, by position; works under jit, grad and vmap. A tuple or dict gives one of arrays.

    Special functions come from `jax.scipy.special`: sympy alone prints several of them as functions of Python's math,
    which fail under jit.
    """
    from theorylab.theory.jax_functions import table

    if isinstance(expr, Mapping):
        named = {key: to_jax(part, symbols) for key, part in expr.items()}
        return lambda *values: {key: function(*values) for key, function in named.items()}
    if isinstance(expr, tuple):
        parts = [to_jax(part, symbols) for part in expr]
        return lambda *values: tuple(function(*values) for function in parts)
    functions = table()
    printer = _Jax(_PRINTER_SETTINGS | {"user_functions": {name: name for name in functions}})
    compiled = sp.lambdify(*_anonymous(tuple(symbols), sp.sympify(expr)), modules=[functions, "jax"], printer=printer)
    if sp.sympify(expr).free_symbols:
        return compiled
    import jax.numpy as jnp

    return lambda *values: jnp.asarray(compiled(*values), jnp.result_type(float))


class _Ordered:
    """Sums with low powers first and no leading minus where a term has none: 2 - eta*lam, eta*lam - 1."""

    def _as_ordered_terms(self, expr: sp.Expr, order: str | None = None) -> list[sp.Expr]:
        terms = super()._as_ordered_terms(expr, order="rev-lex")  # type: ignore[misc]
        first = next((i for i, term in enumerate(terms) if not term.could_extract_minus_sign()), 0)
        return [terms[first], *terms[:first], *terms[first + 1 :]]


class _Latex(_Ordered, LatexPrinter):
    pass


class _Text(_Ordered, StrPrinter):
    """Text that `parse` reads: the gamma function is `Gamma`, because `gamma` is a symbol of the table."""

    def _print_gamma(self, expr: sp.Expr) -> str:
        return f"Gamma({self._print(expr.args[0])})"


def to_text(expr: Any) -> str:
    """Text of an expression, a tuple or a dict; `parse(to_text(f), f.free_symbols) == f` for a canonical f."""
    if isinstance(expr, Mapping):
        return "{" + ", ".join(f"{key}: {to_text(value)}" for key, value in expr.items()) + "}"
    return _Text().doprint(sp.sympify(expr))


def to_latex(expr: Any) -> str:
    """LaTeX of an expression, a tuple or a dict, with lam as lambda."""
    if isinstance(expr, Mapping):
        rows = r" \\ ".join(rf"\mathrm{{{_latex_name(str(k))}}} &= {to_latex(v)}" for k, v in expr.items())
        return rf"\begin{{aligned}} {rows} \end{{aligned}}"
    expr = sp.sympify(expr)
    free = getattr(expr, "free_symbols", set())
    names = {s: _symbol_latex(s) for s in free if isinstance(s, sp.Symbol) and _symbol_latex(s)}
    return _Latex({"symbol_names": names}).doprint(expr)


def _latex_name(name: str) -> str:
    return name.replace("_", r"\_")


def _symbol_latex(symbol: sp.Symbol) -> str:
    head, _, tail = symbol.name.partition("_")
    if head in _LATEX:
        return _LATEX[head] + (f"_{{{tail}}}" if tail else "")
    if re.fullmatch(r"\\[A-Za-z]+", symbol.name):
        return symbol.name
    words = re.fullmatch(r"[a-z]{3,}", symbol.name) and sp.latex(symbol) == symbol.name  # no letter of an alphabet
    return rf"\mathrm{{{symbol.name}}}" if words else ""


def canonical(expr: Any) -> Any:
    """The expression rebuilt by sympy's own constructors, so that its text reads back to the same expression."""
    if isinstance(expr, Mapping):
        return {str(key): canonical(value) for key, value in expr.items()}
    if isinstance(expr, (tuple, list, sp.Tuple)):
        return tuple(canonical(part) for part in expr)
    if not isinstance(expr, sp.Basic) or not expr.args or expr.has(sp.Integral, sp.Sum, sp.Piecewise):
        return sp.sympify(expr)
    return expr.func(*(canonical(argument) for argument in expr.args))
