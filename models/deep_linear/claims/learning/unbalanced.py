r"""One mode of two layers that start with unequal parts, and the flow of the product of balanced layers of any number.

.. math:: \dot u = \sqrt{c^2+4u^2}\,(s-u), \quad u = ab, \; c = a^2-b^2, \qquad
          K t = \left[\ln\frac{K\sqrt{c^2+4u^2}+c^2+4su}{s-u}\right]_{u_0}^{u}, \quad K = \sqrt{c^2+4s^2}

c is conserved. c = 0 is the sigmoid of balanced layers, c -> infinity the exponential exp(-|c|t) of a linear model.
"""

import math
from typing import Any

import sympy as sp

from models.deep_linear.symbolic import label_loss, left, right, u, u0, u0_input, v, xi
from theorylab.theory import Claim, Control, Margin, limit, symbols
from theorylab.theory.derivation import differentiate, identify, simplify, substitute
from theorylab.theory.derivation import limit as limit_step
from theorylab.theory.symbols import s, t

c_input = symbols.input(
    "c", "conserved difference a^2 - b^2 of the squared parts", "param^2", nonnegative=True, box=(0.05, 6.0)
)
c = c_input.symbol
y = sp.Symbol("y", positive=True)


def _clock(x):
    """The logarithm whose increment is K t."""
    k = sp.sqrt(c**2 + 4 * s**2)
    return sp.log((k * sp.sqrt(c**2 + 4 * x**2) + c**2 + 4 * s * x) / (s - x))


def derive():
    bare = label_loss.subs({xi: 0, v: s})
    pull_left = yield differentiate("the gradient by one part", bare, left)
    pull_right = yield differentiate("and by the other", bare, right)
    moved = (left - t * pull_left) ** 2 - (right - t * pull_right) ** 2
    yield limit_step("the difference of the squares has no slope", (moved - left**2 + right**2) / t, t, 0)
    rate = yield simplify("the product's rate", -(right * pull_left + left * pull_right), sp.factor)
    own = sp.sqrt((c + sp.sqrt(c**2 + 4 * u**2)) / 2)
    rate = yield substitute("both parts by their product u and c", rate, {left: own, right: u / own})
    rate = yield simplify("a^2 + b^2 = sqrt(c^2 + 4u^2)", rate, _rooted, operation="radsimp")
    below = sp.And(u0 < u, u < s)
    clock = yield identify(
        "separate the variables; the integral of 1/rate is a logarithm",
        sp.Integral(1 / rate.subs(u, y), (y, u0, u)),
        (_clock(u) - _clock(u0)) / sp.sqrt(c**2 + 4 * s**2),
        where=below,
        digits=30,
    )
    yield limit_step("the lazy limit: c t is the logarithm of the error's decay", c * clock, c, sp.oo, where=below)
    return clock


def _rooted(rate):
    return sp.simplify(sp.radsimp(sp.simplify(rate / (s - u)))) * (s - u)


def _strength(f: Any, s: float, c: float, u0: float, t: float) -> float:
    """u(t): the root of the derived clock(u) = t, in the coordinate ln(u/(s - u))."""
    from scipy.optimize import brentq

    reached = lambda place: s / (1 + math.exp(-place))
    late = lambda place: f(s=s, c=c, u0=u0, u=reached(place)) - t
    start, end = math.log(u0 / (s - u0)), 34.0
    if t == 0:
        return u0
    if late(end) < 0:
        return s
    root: Any = brentq(lambda x: late(x) if x > start else -t, start, end, xtol=1e-12)
    return reached(root)


unbalanced_mode = Claim(
    id="deep_linear.unbalanced_mode",
    statement="The strength at time t of a mode of a two-layer network under gradient flow from strength u0, where "
    "the squares of the layers' parts differ by c: a sigmoid at c = 0, an exponential of rate c for large c. Small "
    "gradient noise leaves the median network there, up to the square of its scale.",
    inputs=(s, c_input, u0_input, t),
    domain=u0 < s,
    derivation=derive,
    evaluate=_strength,
    exactness=limit(1),
    source="[saxe2014] the hyperbolic solution; this closed form of the time is derived here",
    noises=("none", "gaussian", "stable", "differenced gaussian"),
    declares=("s",),
    margin=Margin(0.02, s),
    controls=(
        Control(
            "balanced", s / (1 + (s / u0 - 1) * sp.exp(-2 * s * t)), "the sigmoid of equal parts, whatever the start"
        ),
        Control("lazy", s + (u0 - s) * sp.exp(-c * t), "the rate of the start for ever: the larger layer never moves"),
        Control(
            "sum of rates",
            s + (u0 - s) * sp.exp(-sp.sqrt(c**2 + 4 * s**2) * t),
            "the rate at the end of training, from the beginning",
        ),
    ),
)
