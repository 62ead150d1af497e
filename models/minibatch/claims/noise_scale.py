r"""The simple noise scale, and the second moment of one example's gradient over the square of the mean gradient.

.. math:: B_{simple} = \frac{\operatorname{tr}\Sigma}{|g|^2}, \qquad
          \kappa = \frac{E|g_i|^2}{|g|^2} = 1 + B_{simple}
"""

import numpy as np
import sympy as sp

from theorylab.theory import Claim, Control, exact, symbols
from theorylab.theory.arguments import same_size, semidefinite, symmetric
from theorylab.theory.derivation import expect, jointly_centred, simplify, solve, substitute, summation
from theorylab.theory.symbols import B

covariance = symbols.input("Sigma", "covariance of one example's gradient", "loss^2/param^2", kind="matrix")
gradient = symbols.input("g", "mean gradient, not zero", "loss/param", kind="vector")
g_1, g_2, xi_1, xi_2, S_12 = sp.symbols("g_1 g_2 xi_1 xi_2 S_12", real=True)
S_11, S_22, trace, square, size = sp.symbols("S_11 S_22 tr_Sigma g_squared B_simple", positive=True)
draw = sp.Symbol("b", integer=True, positive=True)


def derive():
    """Two coordinates stand for all: the traces add coordinate by coordinate."""
    noise = {(xi_1, xi_2): jointly_centred([[S_11, S_12], [S_12, S_22]])}
    moment = yield expect("the squared length of one example's gradient", (g_1 + xi_1) ** 2 + (g_2 + xi_2) ** 2, noise)
    sums = {g_1**2 + g_2**2: square, S_11 + S_22: trace}
    moment = yield substitute("write |g|^2 and the trace of Sigma", moment, sums)
    kappa = yield simplify("over the square of the mean gradient", moment / square, sp.expand)
    batch = yield summation("the noise of a mean of B independent examples", trace / B**2, (draw, 1, B))
    batch = yield substitute("at the batch size in question", batch, {B: size})
    scale = yield solve("the batch whose noise is as large as the mean gradient", sp.Eq(batch, square), size)
    return {"noise_scale": scale, "kappa": kappa}


def of_arrays(f, Sigma, g):
    """Both numbers from the trace of Sigma and the square of g."""
    return f(tr_Sigma=float(np.trace(Sigma)), g_squared=float(g @ g))


def largest_direction(Sigma, g):
    """The largest eigenvalue in the place of the trace."""
    scale = float(np.linalg.eigvalsh(Sigma)[-1] / (g @ g))
    return {"noise_scale": scale, "kappa": 1 + scale}


def without_square(Sigma, g):
    """The length of g in the place of its square."""
    scale = float(np.trace(Sigma) / np.sqrt(g @ g))
    return {"noise_scale": scale, "kappa": 1 + scale}


noise_scale = Claim(
    id="minibatch.noise_scale",
    statement="The batch size at which the noise of the gradient is as large as the gradient is tr Sigma/|g|^2; one "
    "example's squared gradient exceeds the mean gradient's by one plus that.",
    inputs=(covariance, gradient),
    domain=True,
    derivation=derive,
    exactness=exact(),
    source="[mccandlish2018] equation 2.9; [yin2018] for the gradient diversity",
    noises=("minibatch with", "minibatch without"),
    controls=(
        Control("largest direction", largest_direction, "the largest eigenvalue of Sigma is used for its trace"),
        Control("not squared", without_square, "the length of the gradient is used for its square"),
    ),
    evaluate=of_arrays,
    conditions=(
        *symmetric("Sigma"),
        *same_size("Sigma", "g"),
        *semidefinite("Sigma"),
        ("g is not zero", lambda values: bool(values["g"] @ values["g"] > 0)),
    ),
)
