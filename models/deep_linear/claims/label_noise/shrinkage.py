r"""Every singular value of a two-layer network under Gaussian label noise: a soft threshold that knows the shape.

.. math:: \Delta\,\mathrm{E}(W_1W_1^\top)_{ii} = -2\eta X + \eta^2\sigma^2 d_{in} b^2, \qquad
          \Delta\,\mathrm{E}(W_2^\top W_2)_{ii} = -2\eta X + \eta^2\sigma^2 d_{out} a^2

.. math:: X = a b\,m + \tfrac{\eta\sigma^2}2\,(d_{out} a^2 + d_{in} b^2) \quad\Rightarrow\quad
          d_{out}a^2 = d_{in}b^2, \qquad m = -\tfrac{\eta\sigma^2}2\sqrt{d_{in}d_{out}}

a and b are the two layers' parts of mode i, m the shift of its strength, and X = E (W_2' (P - S) W_1')_ii, in which the
fluctuations of all elements of row and column i of the product P take part: that is where the dimensions come from.
Both identities hold exactly for one step; the fluctuations are those of small eta.
"""

import sympy as sp

from theorylab.theory import Claim, Control, Margin, asymptotic, symbols
from theorylab.theory.derivation import (
    centred,
    differentiate,
    expect,
    gaussian,
    limit,
    simplify,
    solve,
    substitute,
    summation,
)
from theorylab.theory.symbols import eta, sigma

in_input = symbols.input("d_in", "number of inputs", positive=True, integer=True, box=(1, 12))
out_input = symbols.input("d_out", "number of outputs", positive=True, integer=True, box=(1, 12))
d_in, d_out = in_input.symbol, out_input.symbol
shift = -eta * sigma**2 * sp.sqrt(d_in * d_out) / 2

a, b = sp.symbols("a b", positive=True)  # the first and the second layer's part of the mode
first, second, element = sp.symbols("w1 w2 p", real=True)  # small elements of W1, of W2, and of the product
x, xi = sp.symbols("x xi", real=True)
m = sp.Symbol("m", real=True)
V = sp.Symbol("V", positive=True)


def _fluctuation():
    """E of an element of the product times the elements of the layers that make it, as eta -> 0."""
    error = ((b * first + a * second) * x - xi) ** 2 / 2
    by_first = yield differentiate("the gradient by an element of the first layer", error, first)
    by_second = yield differentiate("and by the element of the second that feeds the same product", error, second)
    step = {first: first - eta * by_first, second: second - eta * by_second}
    inert = a * first - b * second
    yield simplify(
        "one of their combinations feels neither loss nor noise", inert.subs(step, simultaneous=True) - inert, sp.expand
    )
    after = (b * first + a * second).subs(step, simultaneous=True)
    after = yield substitute("the other is the element p of the product", after, {first: (element - a * second) / b})
    laws = {xi: centred(sigma**2), x: gaussian(1), element: centred(V)}
    moment = yield expect("its second moment after a step with a fresh sample", sp.expand(after) ** 2, laws)
    spread = yield solve("stationarity", sp.Eq(V, moment), V)
    spread = yield limit("per learning rate, for small ones", spread / eta, eta, 0)
    moving = yield solve(
        "the elements that move with p, the inert combination at rest",
        [sp.Eq(b * first + a * second, element), sp.Eq(inert, 0)],
        (first, second),
    )
    law = {element: centred(eta * spread)}
    with_first = yield expect("the product's element times the first layer's", element * moving[0], law)
    with_second = yield expect("and times the second layer's", element * moving[1], law)
    return with_first, with_second


def derive():
    with_first, with_second = yield from _fluctuation()
    k = sp.Symbol("k", integer=True, positive=True)
    down = yield summation("column i of the product: the second layer's elements", a * with_second, (k, 1, d_out))
    across = yield summation("row i: the first layer's elements", b * with_first, (k, 1, d_in))
    pull = a * b * m + down + across
    sample = {xi: centred(sigma**2), x: gaussian(1)}
    kick = yield expect("the label noise drives an element of the first layer", (eta * b * xi * x) ** 2, sample)
    gain = yield summation("through all inputs: what it adds to (W1 W1')_ii", kick, (k, 1, d_in))
    kick = yield expect("and an element of the second", (eta * a * xi * x) ** 2, sample)
    other = yield summation("through all outputs: to (W2' W2)_ii", kick, (k, 1, d_out))
    still = [sp.Eq(gain, 2 * eta * pull), sp.Eq(other, 2 * eta * pull)]
    found = yield solve("both stand still: the noise equilibrium b/a, and the shift there", still, (b, m))
    return found[1]


shrinkage = Claim(
    id="deep_linear.shrinkage",
    statement="The shift of every singular value of the mean product of a two-layer network trained on one white "
    "Gaussian sample a step, whose labels carry Gaussian noise of standard deviation sigma, at the noise equilibrium: "
    "a soft threshold. Differencing the labels' noise leaves it at the value for their own variance.",
    inputs=(eta, sigma, in_input, out_input),
    domain=True,
    derivation=derive,
    exactness=asymptotic("small eta: relative to the shift, eta*(d_in + d_out) times the singular value"),
    source="[ziyin2023] the scalar law, d_in = d_out = 1; the matrix law is derived here",
    noises=("label gaussian", "label differenced"),
    margin=Margin(0.05),
    controls=(
        Control(
            "balanced",
            -eta * sigma**2 * (d_in + d_out) / 4,
            "the layers are taken to be balanced: label noise leaves them at d_out W1 W1' = d_in W2' W2 instead",
        ),
        Control(
            "scalar", -eta * sigma**2 / 2 + 0 * d_in * d_out, "the law of one scalar mode is put for each of many modes"
        ),
        Control("gradient flow", 0 * eta * d_in, "the noise of the labels has no mean and is taken to leave none"),
        Control("half", shift / 2, "the half of the loss is counted twice"),
    ),
)
