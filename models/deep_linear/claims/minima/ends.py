r"""Where networks width - 2 - width without a signal end: in a degenerate minimum, or in a regular one.

.. math:: C = W_2^\top W_2 - W_1 W_1^\top, \qquad
          \Pr(C \text{ indefinite}) = \frac12\,\frac{\int_{-1}^1 (1-y^2)^{(w-3)/2}dy}{\int_{-1}^1 (1-y^2)^{w-2}dy}

Gradient flow keeps C and takes W_2 W_1 to zero. Where C has a positive and a negative eigenvalue each layer loses one
rank, on 2w - 1 conditions; where both have one sign a layer loses both, on 2w conditions. Half of them is the learning
coefficient, so the first are the degenerate minima. For independent normal weights the eigenvalues y of
(A+B)^(-1/2) (A-B) (A+B)^(-1/2), with A, B the two Wishart matrices in C, have the density of Jacobi's ensemble,
|y_1 - y_2| times a weight for each [muirhead1982, section 3.3].

The mean step of C under label noise of variance v is -eta^2 v width C, and differenced noise of variance v on each
weight adds a decay of C at the rate 2 v width: both shrink it and leave the signs. What is no mean does not. An error
k of one label that dwarfs all others adds (eta k)^2 (a a' - b b') to C, indefinite whatever the vectors a and b. A step
of one weight that dwarfs all others decides one sign and leaves the other to Pr(chi^2_w > chi^2_(w-1)), which at width
2 is 1/sqrt(2), below pi/4.
"""

import sympy as sp

from theorylab.theory import Claim, Control, Margin, exact, symbols
from theorylab.theory.derivation import differentiate, expect, gaussian, integrate, simplify, substitute
from theorylab.theory.symbols import eta, sigma

width_input = symbols.input(
    "width", "inputs, and outputs, of a network with two hidden units", positive=True, integer=True, box=(2, 9)
)
width = width_input.symbol
y, z = sp.symbols("y z", real=True)
weight = (1 - y**2) ** ((width - 3) / 2)
INSIDE = sp.And(y > -1, y < 1, width >= 2)


def derive():
    mass = yield integrate("the weight of one eigenvalue", weight, (y, -1, 1), where=width >= 2)
    lever = yield integrate("its first moment on one side", y * weight, (y, 0, 1), where=width >= 2)
    primitive = -((1 - y**2) ** ((width - 1) / 2)) / (width - 1)
    yield differentiate("a primitive of y times the weight", primitive, y, where=INSIDE)
    apart = yield simplify("two of them on two sides: |y - z| is |y| + |z|", 2 * (2 * lever * mass / 2), sp.simplify)
    by_parts = "anywhere, by parts: four times minus the primitive, under the weight"
    distance = yield substitute(by_parts, 4 * z * weight, {z: -primitive})
    distance = yield simplify("one power", distance, sp.powsimp, where=INSIDE)
    anywhere = yield integrate("the mean distance", distance, (y, -1, 1), where=width >= 2)
    yield simplify("the share with two signs", apart / anywhere, _gammas)


def derive_blind():
    """One input, one output and one hidden unit stand for an element of C; the noise enters through its variance."""
    u, w, k, j = sp.symbols("u w k j", real=True)
    kicked = (u + eta * w * k) ** 2 - (w + eta * u * k) ** 2 - (u**2 - w**2)
    pulled = yield expect("the mean step of C under an error of the label", kicked, {k: gaussian(sigma)})
    yield simplify("over C: it shrinks and keeps its signs", pulled / (u**2 - w**2), sp.cancel)
    kicked = (u + eta * k) ** 2 - (w + eta * j) ** 2 - (u**2 - w**2)
    yield expect("and under noise on the gradients: none", kicked, {k: gaussian(sigma), j: gaussian(sigma)})


def _gammas(share):
    """Over one power of two: the duplication formula put to use."""
    return sp.powsimp(sp.simplify(share))


_share = lambda width: degenerate_share.predict(width=width)
SIGNS = (
    Control(
        "smallest coefficient",
        1 + 0 * width,
        "the posterior concentrates where lambda is smallest, so training is taken to end there too",
    ),
    Control("independent signs", sp.S.Half + 0 * width, "the two eigenvalues of C are given independent fair signs"),
    Control("gaussian matrix", 1 / sp.sqrt(2) + 0 * width, "C is taken for a Gaussian symmetric matrix: width -> oo"),
)
MARGIN = Margin(0.1, lambda width: 1 - _share(width))

QUESTION = "Do heavy tails favour degenerate minima?"
degenerate_share = Claim(
    id="deep_linear.degenerate_share",
    answers=QUESTION,
    statement="The share of networks width - 2 - width, started from independent normal weights without a signal to "
    "learn, whose gradient flow ends in a degenerate minimum, with learning coefficient width - 1/2 and not width. "
    "Gaussian and differenced label noise and differenced gradient noise leave it, because they shrink C in the mean.",
    inputs=(width_input,),
    domain=sp.Ge(width, 2),
    derivation=derive,
    exactness=exact(),
    source="the law of the eigenvalues: [muirhead1982] section 3.3; the share is derived here",
    noises=("none", "differenced gaussian", "label gaussian", "label differenced"),
    margin=MARGIN,
    controls=SIGNS,
)

indifferent_noise = Claim(
    id="deep_linear.indifferent_noise",
    answers=QUESTION,
    statement="Gaussian gradient noise, or stable label noise, leaves the share of networks that end in a degenerate "
    "minimum, among those that it does not throw out, where gradient flow puts it.",
    inputs=(width_input,),
    domain=sp.Ge(width, 2),
    derivation=derive,
    exactness=exact(),
    source="the law of the eigenvalues: [muirhead1982] section 3.3, as if the noise averaged out in C",
    noises=("gaussian", "label stable"),
    margin=MARGIN,
    expected="disagrees",
    controls=SIGNS,
)

tail_blind_share = Claim(
    id="deep_linear.tail_blind_share",
    answers=QUESTION,
    statement="Stable noise sends as many networks to degenerate minima as Gaussian noise of the same quartile does to "
    "the same networks, among those that it does not throw out: the difference of the two shares is zero.",
    inputs=(width_input,),
    domain=sp.Ge(width, 2),
    derivation=derive_blind,
    evaluate=lambda f, width: float(f()),
    exactness=exact(),
    source="derived here, as if the mean step of C decided",
    noises=("stable", "label stable"),
    margin=MARGIN,
    expected="disagrees",
    controls=(
        Control(
            "tails find them all",
            lambda width: 1 - _share(width),
            "long jumps are said to leave narrow minima for degenerate ones: all networks would end there",
        ),
        Control(
            "tails find none",
            lambda width: -_share(width),
            "jumps land at random, and degenerate minima are taken for a set that chance does not hit",
        ),
    ),
)
