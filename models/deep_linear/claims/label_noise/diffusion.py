r"""How much one sample moves a mode: diffusion peaks before the feature is learned.

.. math:: \operatorname{Var}\,\Delta x = \eta^2 D^2\,x^{4-4/D}\,\bigl(2(x-s)^2 + \sigma^2\bigr), \qquad
          x_{peak} = \frac{2D-2}{3D-2}\,s \quad (\sigma = 0)

An aligned, balanced mode x moves by its own error on the sample, (x - s) z - xi, times its own input z: what the sample
holds of other modes is orthogonal to it. (The drift has no such luck: beyond first order other modes enter it.)
"""

import sympy as sp

from models.deep_linear.symbolic import depth, depth_input
from theorylab.theory import Claim, Control, Margin, limit, symbols
from theorylab.theory.derivation import centred, differentiate, expect, gaussian, simplify, solve, substitute, summation
from theorylab.theory.symbols import eta, s, sigma

x_input = symbols.input("x", "strength of the mode", positive=True, box=(0.05, 3.0))
x = x_input.symbol
w, above, below = sp.symbols("w a c", positive=True)  # one layer's part of the mode, and what stands above and below it
z, xi = sp.symbols("z xi", real=True)


def derive():
    sample = ((above * w * below - s) * z - xi) ** 2 / 2
    slope = yield differentiate("the gradient by one layer's part, on one sample", sample, w)
    alike = {above: x ** (1 - 1 / depth) / below, w: x ** (1 / depth)}
    slope = yield substitute("balanced", slope, alike)
    layer = sp.Symbol("l", integer=True, positive=True)
    move = yield summation("each layer moves, times the others", -eta * x ** (1 - 1 / depth) * slope, (layer, 1, depth))
    law = {xi: centred(sigma**2), z: gaussian(1)}
    mean = yield expect("on average", sp.expand(move), law)
    spread = yield expect("its variance", sp.expand((move - mean) ** 2), law)
    spread = yield simplify("collected", spread, _collect)
    bare = yield substitute("without label noise", spread, {sigma: 0})
    tilt = yield differentiate("its slope", sp.log(bare), x)
    yield solve("it peaks at", tilt, x, where=sp.Ge(depth, 2))
    return spread


def _collect(spread):
    front = eta**2 * depth**2 * x ** (4 - 4 / depth)
    return front * sp.collect(sp.expand(sp.powsimp(sp.expand(spread / front))), sigma).subs(
        2 * s**2 - 4 * s * x + 2 * x**2, 2 * (x - s) ** 2
    )


mode_diffusion = Claim(
    id="deep_linear.mode_diffusion",
    statement="The variance of the change in one step of SGD on one white Gaussian sample, with label noise of "
    "standard deviation sigma, of an aligned, balanced mode of strength x and singular value s in a network of `depth` "
    "matrices. Without label noise it peaks at x = s (2 depth - 2)/(3 depth - 2), before the mode is learned.",
    inputs=(depth_input, eta, s, x_input, sigma),
    domain=True,
    derivation=derive,
    exactness=limit(1),
    source="derived here",
    noises=("label gaussian",),
    margin=Margin(0.06),
    controls=(
        Control(
            "second moment",
            eta**2 * depth**2 * x ** (4 - 4 / depth) * (3 * (x - s) ** 2 + sigma**2),
            "the drift is not taken off: E z^4 = 3 in place of 2",
        ),
        Control(
            "one layer",
            eta**2 * x ** (4 - 4 / depth) * (2 * (x - s) ** 2 + sigma**2),
            "one of the layers moves at a time: its square is not that of their sum",
        ),
        Control(
            "labels only",
            eta**2 * depth**2 * x ** (4 - 4 / depth) * sigma**2,
            "the inputs are white and taken to make no noise of their own",
        ),
    ),
)
