"""Expressions as the text of sympy's constructors, and back without evaluating any text.

eta*lam  <->  Mul(Symbol('eta', positive=True), Symbol('lam', positive=True))
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy.functions.elementary.piecewise import ExprCondPair

_NAMED = ("Symbol", "Dummy", "Float")  # constructors that take text; others would evaluate it

_OTHERS = {"ExprCondPair": ExprCondPair, "TupleArg": sp.Tuple}  # not among sympy's names; hyper takes any tuple


def spelled(value: Any) -> str:
    """Text of an expression, or of a tuple or dict of them."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {spelled(part)}" for key, part in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + "".join(f"{spelled(part)}, " for part in value) + ")"
    return sp.srepr(value)


def read(text: str) -> Any:
    """What `spelled` has written. Raises ValueError for anything but sympy's constructors, numbers and containers."""
    return _value(ast.parse(text, mode="eval").body)


def _value(node: ast.AST, *, may_be_text: bool = False) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | None as value):
            return value
        case ast.Constant(value=str() as value) if may_be_text:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.Dict(keys=keys, values=values):
            names = [_value(key, may_be_text=True) for key in keys if key is not None]
            return dict(zip(names, map(_value, values), strict=True))
        case ast.Tuple(elts=parts):
            return tuple(map(_value, parts))
        case ast.List(elts=parts):
            return list(map(_value, parts))
        case ast.Name(id=name) if isinstance(found := getattr(sp, name, None), sp.Basic) or _constructs(found):
            return found
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            made = _OTHERS.get(name) or getattr(sp, name, None)
            if made is not None and _constructs(made):
                named = {k.arg: _value(k.value) for k in keywords if k.arg is not None}
                return made(*(_value(a, may_be_text=name in _NAMED) for a in arguments), **named)
    raise ValueError(f"{type(node).__name__} is no constructor of sympy")


def _constructs(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, sp.Basic | sp.MatrixBase)
