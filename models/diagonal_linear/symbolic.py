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


def small(samples: int = 2, size: int = 3) -> tuple[sp.Expr, dict[str, Any]]:
    """The loss of `samples` samples and `size` coordinates; the symbols of u, w, X and y."""
    u, w = (sp.Matrix(sp.symbols(f"{name}:{size}", real=True)) for name in "uw")
    data = sp.Matrix(samples, size, sp.symbols(f"x:{samples * size}", real=True))
    labels = sp.Matrix(sp.symbols(f"y:{samples}", real=True))
    strength = sp.Matrix([a**2 - b**2 for a, b in zip(u, w, strict=True)])
    error = data * strength - labels
    return sp.Add(*(e**2 for e in error)) / (2 * samples), {"u": list(u), "w": list(w), "X": data, "y": list(labels)}
