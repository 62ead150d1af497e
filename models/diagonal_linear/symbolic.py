r"""Diagonal linear networks in symbols: :math:`L = \tfrac1{2n}\sum_i \bigl(x_i\cdot(u^2-w^2) - y_i\bigr)^2`.

One coordinate beta = u^2 - w^2 on one sample, the others' part of the output held in `rest`, shows all of it.
"""

from typing import Any

import sympy as sp

from theorylab.theory import symbols

data_input = symbols.input("X", "inputs, one row for each sample", kind="matrix")
label_input = symbols.input("y", "labels, one for each sample", kind="vector")
start_input = symbols.input("alpha", "initial size of all weights", unit="param", positive=True, box=(0.01, 2.0))
left, right, x, y, rest = sp.symbols("u w x y r", real=True)
start = start_input.symbol
beta, z = sp.symbols("beta z", real=True)
loss = (x * (left**2 - right**2) + rest - y) ** 2 / 2


samples, size = 2, 3  # of the small instances
_u, _w = sp.symbols(f"u:{size}", real=True), sp.symbols(f"w:{size}", real=True)
_X = sp.Matrix(samples, size, sp.symbols(f"x:{samples}:{size}", real=True))
_y = sp.symbols(f"y:{samples}", real=True)
_numbers = {"u": list(_u), "w": list(_w), "X": _X.tolist(), "y": list(_y)}
_strength = sp.Matrix([a**2 - b**2 for a, b in zip(_u, _w, strict=True)])


def small() -> tuple[sp.Expr, dict[str, Any]]:
    """The loss over all samples; the symbols of u, w, X and y."""
    return _mean_square(_X * _strength - sp.Matrix(_y)), _numbers


def noisy() -> tuple[sp.Expr, dict[str, Any]]:
    """The same with noise in the labels."""
    xi = sp.symbols(f"xi:{samples}", real=True)
    return _mean_square(_X * _strength - sp.Matrix(_y) - sp.Matrix(xi)), {**_numbers, "batch": list(xi)}


def batch(index: tuple[int, ...] = (1,)) -> tuple[sp.Expr, dict[str, Any]]:
    """The loss over the samples `index`."""
    return _mean_square((_X * _strength - sp.Matrix(_y))[list(index), :]), _numbers


def single() -> tuple[sp.Expr, dict[str, Any]]:
    """The loss on one sample of its own."""
    one, label = sp.symbols(f"z:{size}", real=True), sp.Symbol("q", real=True)
    numbers = {"u": list(_u), "w": list(_w), "batch": {"x": list(one), "y": label}}
    return ((sp.Matrix([one]) * _strength)[0] - label) ** 2 / 2, numbers


def within_reach() -> tuple[sp.Expr, dict[str, Any]]:
    """The same, and no loss where the error on some sample is out of reach."""
    value, numbers = single()
    eta, reach = sp.symbols("eta reach", positive=True)
    here = sp.And(*(eta * sp.Abs(e) <= reach for e in _X * _strength - sp.Matrix(_y)))
    return sp.Piecewise((value, here), (0, True)), {**_numbers, **numbers, "eta": eta, "reach": reach}


def _mean_square(error: Any) -> sp.Expr:
    return sp.Add(*(e**2 for e in error)) / (2 * len(error))
