r"""Weight decay on one mode of a deep linear network: first-order beyond depth two.

.. math:: \phi(x) = \tfrac12(x-s)^2 + \tfrac{gD}2\,x^{2/D}, \qquad \phi' = 0 \;\Leftrightarrow\; g = x^{1-2/D}(s-x)

.. math:: x_b = \frac{D-2}{D-1}\,s, \qquad g_b = x_b^{1-2/D}(s-x_b), \qquad
          g_s = x_s^{1-2/D}(s-x_s), \quad x_s = \tfrac12 x_b

A balanced mode x = w^D pays (g/2) w^2 in each of its D layers. Below g_s the learned mode is a minimum, below g_b the
lower one; zero is a minimum for every g > 0. At depth two both meet in the soft threshold x = s - g.
"""

import sympy as sp

from theorylab.theory import Claim, Control, Margin, limit, symbols
from theorylab.theory.derivation import differentiate, simplify, solve, substitute
from theorylab.theory.symbols import s

depth_input = symbols.input("depth", "number of weight matrices", positive=True, integer=True, box=(3, 7))
depth = depth_input.symbol
x, w, g = sp.symbols("x w g", positive=True)


def derive():
    balanced = yield substitute(
        "a mode of the loss and of its layers' decay, all layers alike",
        (w**depth - s) ** 2 / 2 + depth * g * w**2 / 2,
        {w: x ** (1 / depth)},
    )
    slope = yield differentiate("where it is flat", balanced, x)
    decay = yield solve("the decay that leaves a strength x", slope, g)
    decay = yield simplify("as one power", decay, sp.simplify)
    rise = yield differentiate("its largest value", decay, x)
    edge = yield solve("is reached at", rise, x)
    spinodal = yield substitute("the spinodal: beyond it the learned mode is no minimum", decay, {x: edge})
    gain = yield substitute("the loss less that of a mode at zero", balanced - s**2 / 2, {g: decay})
    jump = yield solve("the two minima are level at", sp.simplify(gain), x)
    binodal = yield substitute("the binodal: beyond it zero is the lower one", decay, {x: jump})
    return {"spinodal": spinodal, "binodal": binodal, "jump": jump}


def _all(formula):
    return lambda depth, s: dict(zip(("spinodal", "binodal", "jump"), formula(depth, s), strict=True))


decay_transition = Claim(
    id="deep_linear.decay_transition",
    statement="Weight decay g on each layer of a network of three matrices or more: the decay beyond which gradient "
    "descent loses a mode of singular value s that it has learned (spinodal), that at which the learned mode and zero "
    "have the same loss (binodal), and the strength there, by which the best network jumps.",
    inputs=(depth_input, s),
    domain=sp.Ge(depth, 3),
    derivation=derive,
    exactness=limit(1),
    source="derived here",
    noises=("none",),
    margin=Margin(0.02),
    controls=(
        Control("soft threshold", _all(lambda depth, s: (s, s, 0.0)), "depth two: the mode shrinks to zero at g = s"),
        Control(
            "one layer",
            lambda depth, s: {
                name: value * (1 if name == "jump" else depth)
                for name, value in decay_transition.predict(depth=depth, s=s).items()
            },
            "the decay is paid in one of the layers: (g/2) x^(2/D) in place of D times that",
        ),
        Control(
            "one transition",
            lambda depth, s: (
                decay_transition.predict(depth=depth, s=s)
                | {"spinodal": decay_transition.predict(depth=depth, s=s)["binodal"]}
            ),
            "the learned mode is lost where it stops to be the best: no hysteresis",
        ),
    ),
)
