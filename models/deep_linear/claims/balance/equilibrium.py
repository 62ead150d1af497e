r"""Where Gaussian label noise takes two layers along the minima: not to balance, unless inputs and outputs are as many.

.. math:: 0 = \mathrm{E}\,(G_2^\top G_2 - G_1G_1^\top), \quad G_2 = -\xi\,(W_1x)^\top, \; G_1 = -W_2^\top\xi x^\top
          \;\Rightarrow\; d_{out}\,W_1W_1^\top = d_{in}\,W_2^\top W_2

xi' xi counts the outputs, x' x the inputs. The residual of the product adds the same factor to both sides.
"""

import sympy as sp

from theorylab.theory import Claim, Control, asymptotic, symbols
from theorylab.theory.derivation import centred, expect, jointly_centred, solve, substitute, summation
from theorylab.theory.symbols import sigma

in_input = symbols.input("d_in", "number of inputs", positive=True, integer=True, box=(1, 12))
out_input = symbols.input("d_out", "number of outputs", positive=True, integer=True, box=(1, 12))
d_in, d_out = in_input.symbol, out_input.symbol

a_1, a_2, b_1, b_2, x_1, x_2, xi_1, xi_2 = sp.symbols("a_1 a_2 b_1 b_2 x_1 x_2 xi_1 xi_2", real=True)
lower, upper = sp.symbols("N_1 N_2", positive=True)
j = sp.Symbol("j", integer=True, positive=True)


def derive():
    pair = sp.eye(2)
    one = yield expect(
        "one output's share of (G2' G2)_11: the noise times the first hidden unit, squared",
        xi_1**2 * (a_1 * x_1 + a_2 * x_2) ** 2,
        {xi_1: centred(sigma**2), (x_1, x_2): jointly_centred(pair)},
    )
    all_out = yield summation("all outputs", sp.factor(one), (j, 1, d_out))
    two = yield expect(
        "one input's share of (G1 G1')_11: the input times the noise sent back to that unit, squared",
        x_1**2 * (b_1 * xi_1 + b_2 * xi_2) ** 2,
        {x_1: centred(1), (xi_1, xi_2): jointly_centred(sigma**2 * pair)},
    )
    all_in = yield summation("all inputs", sp.factor(two), (j, 1, d_in))
    left = yield substitute("N_1 = (W1 W1')_11", all_out, {a_1: sp.sqrt(lower - a_2**2)})
    right = yield substitute("N_2 = (W2' W2)_11", all_in, {b_1: sp.sqrt(upper - b_2**2)})
    balanced = yield solve("stationarity", sp.Eq(left, right), lower)
    yield substitute("the layer below in units of the layer above", balanced, {upper: 1})


noise_equilibrium = Claim(
    id="deep_linear.noise_equilibrium",
    statement="The ratio of W1 W1' to W2' W2 to which Gaussian label noise takes a two-layer network with white inputs "
    "along its minima: d_in/d_out, not balance. Differencing the noise changes nothing.",
    inputs=(in_input, out_input),
    domain=True,
    derivation=derive,
    exactness=asymptotic("small learning rates: relative corrections of order eta"),
    source="[ziyin2024] noise equilibria of SGD; this one is derived here",
    noises=("label gaussian", "label differenced"),
    margin=0.03,
    controls=(
        Control(
            "balanced", sp.S.One + 0 * d_in, "label noise is taken to balance any two layers, as it does two factors"
        ),
        Control("inverse", d_out / d_in, "the layer with the more weights is taken to be the smaller one"),
        Control("spread evenly", sp.sqrt(d_in / d_out), "the square is forgotten: the ratio of sizes, not of squares"),
    ),
)
