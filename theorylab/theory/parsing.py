"""Text to formula: a whitelisted syntax tree, never an evaluation.

sympy's own parser calls `eval`; here Python's `ast` reads the text and only numbers, the given symbols, arithmetic and
a table of functions become sympy. Sizes are capped before anything is computed, so that `9**9**9` is refused at once.
"""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp

from theorylab.errors import InputError, unknown

LONGEST_TEXT = 2000
MOST_NODES = 600
DEEPEST = 60
LARGEST_EXPONENT = 1000
MOST_BITS = 4096

_CONSTANTS: dict[str, sp.Expr] = {"pi": sp.pi, "E": sp.E, "EulerGamma": sp.EulerGamma}

# name -> (constructor, numbers of arguments)
_FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    **{name: (getattr(sp, name), (1,)) for name in ("exp", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: (getattr(sp, name), (1,)) for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    **{name: (getattr(sp, name), (1,)) for name in ("erf", "erfc", "erfi", "loggamma", "digamma", "factorial")},
    **{name: (getattr(sp, name), (2,)) for name in ("besseli", "besselj", "besselk", "bessely", "binomial", "atan2")},
    **{name: (getattr(sp, name), (2,)) for name in ("lowergamma", "uppergamma", "beta", "polygamma")},
    "log": (sp.log, (1, 2)),
    "zeta": (sp.zeta, (1, 2)),
    "Abs": (sp.Abs, (1,)),
    "abs": (sp.Abs, (1,)),
    "Gamma": (sp.gamma, (1,)),
    "gamma": (sp.gamma, (1,)),
    "LambertW": (sp.LambertW, (1, 2)),
    "Min": (sp.Min, (1, 2, 3, 4)),
    "Max": (sp.Max, (1, 2, 3, 4)),
}
# Largest number that a function takes: sympy computes some exactly, and a tower of exponentials never ends.
_LARGEST = dict.fromkeys(_FUNCTIONS, 10_000.0) | {"log": 1e100, "sqrt": 1e100, "abs": 1e100, "Abs": 1e100}
_LARGEST |= dict.fromkeys(("Gamma", "gamma", "loggamma", "factorial", "binomial", "zeta", "beta", "digamma"), 500.0)
_LARGEST |= dict.fromkeys(("lowergamma", "uppergamma", "polygamma"), 50.0)
_RELATIONS: dict[type, Callable[..., Any]] = {ast.Lt: sp.Lt, ast.LtE: sp.Le, ast.Gt: sp.Gt, ast.GtE: sp.Ge}
_RELATIONS |= {ast.Eq: sp.Eq, ast.NotEq: sp.Ne}


def parse(text: str, allowed_symbols: Iterable[sp.Symbol]) -> sp.Expr:
    """Read a formula in the given symbols.

    A symbol of the same name hides a function or constant (`gamma` is a scale where it is a symbol; the gamma function
    is always `Gamma`). Decimal numbers are exact fractions. Raises InputError, in one line, for an unknown name (with
    the nearest one), for anything but mathematics, and beyond the caps on length, depth, digits and exponents.
    """
    if not isinstance(text, str):
        raise InputError(f"formula {text!r} is not text")
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise InputError(f"formula of {len(text)} characters is longer than {LONGEST_TEXT}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "nested too deeply or not text"
        raise InputError(f"formula {_short(text)} is not a formula: {reason}") from None
    reader = _Reader(text, {s.name: s for s in allowed_symbols})
    reader.measure(tree.body)
    try:
        result = reader.expression(tree.body)
        finite = isinstance(result, sp.Expr) and not result.has(sp.nan, sp.zoo, sp.oo, -sp.oo)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # sympy raises a dozen kinds: Max of a complex number, an undecided condition, ...
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise InputError(f"formula {_short(text)} is refused by sympy: {reason}") from error
    if not finite:
        raise InputError(f"formula {_short(text)} has no finite value")
    return result


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _size(number: sp.Expr) -> float:
    """Absolute value in double precision; not a number where there is none."""
    try:
        return abs(complex(sp.N(number, 15)))
    except (TypeError, ValueError, OverflowError):
        return float("nan")


class _Reader:
    def __init__(self, text: str, symbols: dict[str, sp.Symbol]):
        self.text, self.symbols = text, symbols

    def refuse(self, reason: str) -> InputError:
        return InputError(f"formula {_short(self.text)}: {reason}")

    def measure(self, root: ast.AST) -> None:
        """Cap size and depth without recursion."""
        stack, nodes = [(root, 1)], 0
        while stack:
            node, depth = stack.pop()
            nodes += 1
            if nodes > MOST_NODES:
                raise self.refuse(f"more than {MOST_NODES} terms")
            if depth > DEEPEST and not isinstance(node, ast.expr_context | ast.operator):
                raise self.refuse(f"nested deeper than {DEEPEST}")
            deeper = 0 if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult) else 1
            stack += [(child, depth + deeper) for child in ast.iter_child_nodes(node)]

    def expression(self, node: ast.AST) -> sp.Expr:
        match node:
            case ast.Constant(value=value):
                return self.number(value)
            case ast.Name(id=name):
                return self.name(name)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return sp.Add(*self.terms(node))
            case ast.BinOp(op=ast.Mult() | ast.Div()) | ast.UnaryOp(op=ast.USub()):
                return self.bounded(sp.Mul(*self.factors(node)))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.expression(operand)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self.power(self.expression(left), self.expression(right))
            case ast.BinOp(op=ast.BitXor()):
                raise self.refuse("'^' is not a power here, write **")
            case ast.Call():
                return self.call(node)
        raise self.refuse(f"only mathematics is read, found {type(node).__name__}")

    def terms(self, node: ast.AST) -> list[sp.Expr]:
        """The terms of a sum, so that sympy sees them at once and in one order."""
        collected: list[sp.Expr] = []
        stack: list[tuple[ast.AST, bool]] = [(node, False)]
        while stack:
            part, negative = stack.pop()
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub):
                stack += [(part.right, negative ^ isinstance(part.op, ast.Sub)), (part.left, negative)]
            elif negative:
                collected.append(self.bounded(sp.Mul(-1, *self.factors(part))))
            else:
                collected.append(self.expression(part))
        return collected

    def factors(self, node: ast.AST) -> list[sp.Expr]:
        """The factors of a product: sympy would distribute a number over a sum when it meets them one by one."""
        collected: list[sp.Expr] = []
        stack: list[tuple[ast.AST, bool]] = [(node, False)]
        while stack:
            part, inverse = stack.pop()
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult | ast.Div):
                stack += [(part.right, inverse ^ isinstance(part.op, ast.Div)), (part.left, inverse)]
            elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
                collected.append(sp.Integer(-1))
                stack.append((part.operand, inverse))
            else:
                factor = self.expression(part)
                if inverse and factor == 0:
                    raise self.refuse("division by zero")
                collected.append(1 / factor if inverse else factor)
        return collected

    def number(self, value: object) -> sp.Expr:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(f"only mathematics is read, found {str(value)[:20]!r}")
        if isinstance(value, float) and not abs(value) < 1e100:
            raise self.refuse("a number beyond 1e100")
        if isinstance(value, int) and not abs(value) < 10**100:
            raise self.refuse("an integer beyond 1e100")
        return sp.Integer(value) if isinstance(value, int) else sp.Rational(repr(value))

    def name(self, name: str) -> sp.Expr:
        if name in self.symbols:
            return self.symbols[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in _FUNCTIONS:
            raise self.refuse(f"{name!r} is a function here and needs its argument")
        known = sorted(self.symbols)
        raise InputError(f"formula {_short(self.text)}: {unknown('symbol', name, known)}")

    def bounded(self, value: sp.Expr) -> sp.Expr:
        if isinstance(value, sp.Rational) and max(abs(value.p), value.q).bit_length() > MOST_BITS:
            raise self.refuse("a number is too large")
        return value

    def power(self, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        if exponent.is_number:
            size = _size(exponent)
            if not size <= LARGEST_EXPONENT:
                raise self.refuse(f"an exponent beyond {LARGEST_EXPONENT}")
            if isinstance(base, sp.Rational):
                bits = max(abs(base.p), base.q).bit_length()
                if bits * size > MOST_BITS:
                    raise self.refuse("a power is too large")
            if base == 0 and not complex(sp.N(exponent, 15)).real > 0:
                raise self.refuse("division by zero")
        return self.bounded(sp.Pow(base, exponent))

    def call(self, node: ast.Call) -> sp.Expr:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.refuse("only mathematics is read, found a call")
        name = node.func.id
        if name in self.symbols:
            hint = "; the gamma function is 'Gamma'" if name == "gamma" else ""
            raise self.refuse(f"{name!r} is a symbol here, not a function{hint}")
        if name == "Piecewise":
            return self.piecewise(node)
        if name not in _FUNCTIONS:
            near = difflib.get_close_matches(name, _FUNCTIONS, 1)
            raise InputError(f"formula {_short(self.text)}: {unknown('function', name, near)}")
        function, counts = _FUNCTIONS[name]
        if len(node.args) not in counts:
            raise self.refuse(f"{name} takes {' or '.join(map(str, counts))} arguments, not {len(node.args)}")
        arguments = [self.expression(argument) for argument in node.args]
        if any(argument.is_number and not _size(argument) <= _LARGEST[name] for argument in arguments):
            raise self.refuse(f"{name} of a number beyond {_LARGEST[name]:g}")
        return function(*arguments)

    def piecewise(self, node: ast.Call) -> sp.Expr:
        branches: list[tuple[sp.Expr, Any]] = []
        for branch in node.args:
            if not (isinstance(branch, ast.Tuple) and len(branch.elts) == 2):
                raise self.refuse("Piecewise takes pairs (value, condition)")
            branches.append((self.expression(branch.elts[0]), self.condition(branch.elts[1])))
        if not branches:
            raise self.refuse("Piecewise takes pairs (value, condition)")
        return sp.Piecewise(*branches)

    def condition(self, node: ast.AST) -> Any:
        match node:
            case ast.Constant(value=True):
                return sp.true
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _RELATIONS:
                return _RELATIONS[type(op)](self.expression(left), self.expression(right))
        raise self.refuse("a condition is one comparison or True")
