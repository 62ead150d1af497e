r"""An aligned, balanced mode of a depth-L network under gradient flow: its strength and its learning time.

.. math:: \dot u = L\,u^{2-2/L}\,(s-u), \qquad u(t) = \frac{s}{1+(s/u_0-1)e^{-2st}} \quad (L = 2)

.. math:: t(u) = \frac{1}{L s}\Bigl[\frac{y^{1-p}}{1-p}\,{}_2F_1\bigl(1, 1-p; 2-p; \tfrac{y}{s}\bigr)\Bigr]_{u_0}^{u},
          \qquad p = 2 - \tfrac2L \quad (L \ne 2)

Every one of the L layers learns, so the product moves L times as fast as one of them.
"""

import math
from functools import lru_cache
from typing import Any

import sympy as sp

from models.deep_linear.symbolic import above, below, depth, depth_input, layer, layer_loss, u, u0, u0_input, u_input
from theorylab.theory import Claim, Control, Margin, limit
from theorylab.theory.derivation import differentiate, identify, integrate, simplify, solve, substitute, summation
from theorylab.theory.symbols import s, t

y = sp.Symbol("y", positive=True)
power = 2 - 2 / depth
FLAT = 34.0  # ln(u/(s-u)) beyond which u is s in float64


def _rate():
    """du/dt of the product u of one mode, from the loss of one layer among the others."""
    on: Any = layer[0, 0]
    off: Any = layer[0, 1]
    leak = yield differentiate("the gradient by an element between two modes", layer_loss, off)
    yield substitute("vanishes where the layers are aligned: modes do not meet", leak, {off: 0})
    slope = yield differentiate("the gradient by one layer's part of one mode", layer_loss, on)
    balanced = {on: u ** (1 / depth), above[0]: u ** (1 - 1 / depth) / below[0]}
    slope = yield substitute("balanced: each of the layers holds u^(1/depth)", slope, balanced)
    index = sp.Symbol("l", integer=True, positive=True)
    rate = yield summation(
        "chain rule: each layer moves along minus its gradient, times the others",
        -(u ** (1 - 1 / depth)) * slope,
        (index, 1, depth),
    )
    return (yield simplify("the mode's rate", rate, _collect))


def _collect(rate):
    return depth * u**power * sp.expand(sp.powsimp(sp.expand(rate / depth)) / u**power)


def _antiderivative(rate, layers):
    """t(u) - t(u0) at a depth where logarithms and powers do."""
    shallow = yield substitute(f"depth {layers}", rate, {depth: layers})
    clock = yield integrate("separate the variables", 1 / shallow, u)
    grows = sp.And(u0 < u, u < s)
    return (yield simplify("from u0 to u, as one logarithm", clock - clock.subs(u, u0), _one_log, where=grows))


def _one_log(clock):
    """The difference of two antiderivatives as rate * log(ratio); log(u - s) and log(s - u) differ by a constant."""
    rate = sp.Mul(*(1 / f for f in sp.denom(sp.together(clock)).as_ordered_factors()))
    logs = sp.expand(clock / rate).subs({sp.log(x - s): sp.log(s - x) for x in (u, u0)})
    return rate * sp.logcombine(logs, force=True)


def _primitive(exponent, x):
    """An antiderivative of y^-q/(s - y) below s, for any q but 1, 2, ..."""
    return x ** (1 - exponent) / ((1 - exponent) * s) * sp.hyper((1, 1 - exponent), (2 - exponent,), x / s)


def _fallen(exponent, x):
    """An antiderivative of y^-q/(y - s) above s."""
    return -(x**-exponent) / exponent * sp.hyper((1, exponent), (exponent + 1,), s / x)


def derive_time():
    rate = yield from _rate()
    rising = sp.Integral(1 / rate.subs(u, y), (y, u0, u))
    deep = yield identify(
        "any other depth: the integral of dy/rate is a hypergeometric function",
        rising,
        (_primitive(power, u) - _primitive(power, u0)) / depth,
        where=sp.Ne(depth, 2),
    )
    flat = yield from _antiderivative(rate, 2)
    return {"depth 2": flat, "any other depth": deep}


def derive_strength():
    rate = yield from _rate()
    single = yield from _antiderivative(rate, 1)
    single = yield solve("depth 1: the mode at time t", sp.Eq(single, t), u)
    double = yield from _antiderivative(rate, 2)
    double = yield solve("depth 2: the mode at time t", sp.Eq(double, t), u)
    deeper = sp.Ge(depth, 3)
    rising = yield identify(
        "deeper, below its target: the time to reach u",
        sp.Integral(1 / rate.subs(u, y), (y, u0, u)),
        (_primitive(power, u) - _primitive(power, u0)) / depth,
        where=sp.And(deeper, u0 < u, u < s),
    )
    falling = yield identify(
        "deeper, above its target: the same integral in s/y",
        sp.Integral(1 / rate.subs(u, y), (y, u0, u)),
        (_fallen(power, u0) - _fallen(power, u)) / depth,
        where=sp.And(deeper, s < u, u < u0),
    )
    return {"depth 1": single, "depth 2": double, "time below": rising, "time above": falling}


def _strength(f, depth, s, u0, t):
    """u(t): the closed form, or the root of time(u) = t."""
    if t == 0 or u0 == s:
        return float(u0)
    return f.parts[f"depth {depth}"](s=s, u0=u0, t=t) if depth <= 2 else _root(depth, s, u0, t)


@lru_cache(maxsize=4096)
def _root(depth, s, u0, t):
    """Root of the derived time(u) = t, in the coordinate ln|u/(s - u)|."""
    from scipy.optimize import brentq

    below = u0 < s
    clock = mode_strength.numeric.parts["time below" if below else "time above"]
    sign = 1 if below else -1

    def late(place):
        reached = s / (1 + sign * math.exp(-place))
        return clock(depth=depth, s=s, u0=u0, u=reached) - t

    start = math.log(u0 / abs(s - u0))
    if start >= FLAT or late(FLAT) < 0:
        return float(s)
    place: Any = brentq(lambda x: late(x) if x > start else -t, start, FLAT, xtol=1e-12)
    return s / (1 + sign * math.exp(-place))


def _time(f, depth, s, u0, u):
    if u == u0:
        return 0.0
    return f.parts["depth 2" if depth == 2 else "any other depth"](depth=depth, s=s, u0=u0, u=u)


def _root_of(exponent):
    """Mode strength where the rate is depth*u^q*(s - u), q = exponent(depth): for the controls."""

    @lru_cache(maxsize=4096)
    def value(depth, s, u0, t):
        from scipy.integrate import solve_ivp

        q = exponent(depth)
        flow = solve_ivp(lambda _, x: depth * x**q * (s - x), (0, t), [u0], method="LSODA", rtol=1e-10, atol=1e-14)
        return float(flow.y[0, -1]) if t > 0 else float(u0)

    return value


def _time_of(exponent):
    """Learning time where the rate is depth*u^q*(s - u)."""

    def value(depth, s, u0, u):
        from scipy.integrate import quad

        q = exponent(depth)  # in x = ln y, so that small starts cost nothing
        return quad(lambda x: math.exp(x * (1 - q)) / (depth * (s - math.exp(x))), math.log(u0), math.log(u))[0]

    return value


def plateau(depth, s, u0, u):
    """The limit u0 -> 0 of the learning time, which does not know u."""
    return u0 ** -(1 - 2 / depth) / ((depth - 2) * s) if depth > 2 else math.nan


mode_strength = Claim(
    id="deep_linear.mode_strength",
    statement="The strength at time t of an aligned, balanced mode of singular value s in a network of `depth` "
    "matrices under gradient flow from strength u0. Small gradient noise leaves the median network there, up to the "
    "square of its scale.",
    inputs=(depth_input, s, u0_input, t),
    domain=sp.Ge(depth, 1),
    derivation=derive_strength,
    evaluate=_strength,
    exactness=limit(1),
    source="[saxe2014] section 1.2 (two layers), section 2 (deeper)",
    noises=("none", "gaussian", "stable", "differenced gaussian", "minibatch with"),
    margin=Margin(0.02, s),
    controls=(
        Control(
            "one layer learns",
            lambda depth, s, u0, t: mode_strength.predict(depth=depth, s=s, u0=u0, t=t / depth),
            "the rate s of one layer, not depth*s: the others are held fixed when the gradient is taken",
        ),
        Control(
            "exponent 2-1/L",
            _root_of(lambda layers: 2 - 1 / layers),
            "the layer's own factor u^(1/L) is counted once instead of twice",
        ),
        Control(
            "linear model",
            s + (u0 - s) * sp.exp(-s * t),
            "the rate at the end of training is used from its beginning: no plateau",
        ),
    ),
)

learning_time = Claim(
    id="deep_linear.learning_time",
    statement="The time at which such a mode, growing from u0 under gradient flow, reaches the strength u.",
    inputs=(depth_input, s, u0_input, u_input),
    domain=sp.And(sp.Le(u0, u), u < s),
    derivation=derive_time,
    evaluate=_time,
    exactness=limit(1),
    source="[saxe2014] section 1.2 (two layers), section 2 (deeper); the closed form is derived here",
    noises=("none", "gaussian", "stable", "differenced gaussian", "minibatch with"),
    margin=0.02,
    controls=(
        Control(
            "one layer learns",
            lambda depth, s, u0, u: depth * learning_time.predict(depth=depth, s=s, u0=u0, u=u),
            "the rate s of one layer, not depth*s: the others are held fixed when the gradient is taken",
        ),
        Control(
            "exponent 2-1/L",
            _time_of(lambda layers: 2 - 1 / layers),
            "the layer's own factor u^(1/L) is counted once instead of twice",
        ),
        Control(
            "plateau",
            plateau,
            "the limit of small u0 is quoted: its error falls only as u0^(1/3) at depth 3",
            "[saxe2014]",
        ),
    ),
)
