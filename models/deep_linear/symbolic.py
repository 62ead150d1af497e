r"""Deep linear networks in symbols.

.. math:: L = \tfrac12\,\|W_L \cdots W_1 - S\|_F^2 \quad\text{(white inputs)}, \qquad
          \ell = \tfrac12\,(u w - v - \xi)^2 \quad\text{(two factors, one label with noise } \xi)

A layer W between the layers above it, A, and below it, C, has the loss 1/2 |A W C - S|^2; two modes are enough to see
that aligned ones do not meet.
"""

import sympy as sp

from theorylab.theory import symbols
from theorylab.theory.symbols import s

depth_input = symbols.input("depth", "number of weight matrices", positive=True, integer=True, box=(1, 6))
u0_input = symbols.input("u0", "initial mode strength (product)", positive=True, box=(0.002, 3.0))
u_input = symbols.input("u", "mode strength that is reached", positive=True, box=(0.01, 3.0))
v_input = symbols.input("v", "target product", positive=True, box=(0.3, 3.0))
noise_input = symbols.input(
    "s", "standard deviation of the innovations, per factor", unit="param", nonnegative=True, box=(0.0, 1.5)
)
spread_input = symbols.input(
    "spread",
    "variance of the input's square, mean square 1: 0 for inputs +-1, 2 for Gaussian ones",
    nonnegative=True,
    box=(0.0, 3.0),
)
spread = spread_input.symbol
depth, u0, u, v = depth_input.symbol, u0_input.symbol, u_input.symbol, v_input.symbol

# one layer of two aligned modes between the layers above and below it
above = sp.symbols("a1 a2", positive=True)
below = sp.symbols("c1 c2", positive=True)
layer = sp.Matrix(2, 2, sp.symbols("w11 w12 w21 w22", real=True))
target = sp.diag(s, sp.Symbol("s2", positive=True))
_error = sp.diag(*above) * layer * sp.diag(*below) - target
layer_loss = sp.Add(*(e**2 for e in _error)) / 2

# two scalar factors with label v + xi
left, right = sp.symbols("u w", real=True)
xi = sp.Symbol("xi", real=True)
label_loss = (left * right - v - xi) ** 2 / 2


def small(depth: int = 3, size: int = 2) -> tuple[sp.Expr, dict[str, sp.Matrix]]:
    """Loss of `depth` square matrices, every entry a symbol; the symbols of W1, W2, ... and of the target."""
    weights = {
        f"W{i + 1}": sp.Matrix(size, size, sp.symbols(f"w{i + 1}_:{size * size}", real=True)) for i in range(depth)
    }
    teacher = sp.Matrix(size, size, sp.symbols(f"s_:{size * size}", real=True))
    product = sp.eye(size)
    for weight in weights.values():
        product = weight * product
    return sp.Add(*(e**2 for e in product - teacher)) / 2, {**weights, "target": teacher}
