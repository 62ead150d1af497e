r"""When a two-layer network learns its modes one after the other: half-times from a random start, or from noise.

.. math:: t_i = \frac{\ln(s_i/|q_i^\perp|^2)}{2s_i}, \qquad q_i = \tfrac12(W_1v_i+W_2^\top u_i) \in \mathbb R^h

q_i^perp is what Gram-Schmidt leaves of q_i after the modes learned before: the Riccati solution takes from a mode the
hidden directions that are in use. Gaussian weights make |q_i^perp|^2 a chi-square of h - i + 1 degrees:

.. math:: \mathrm{E}\,t_i = \frac{\ln(s_i/\sigma^2)-\psi(\tfrac{h-i+1}2)}{2s_i}, \qquad
          \mathrm{sd}\,t_i = \frac{\sqrt{\psi_1(\tfrac{h-i+1}2)}}{2s_i}

From zero weights gradient noise seeds q_i: a step multiplies q_i by 1 + eta s_i and adds noise, so that the seed is a
sum of innovations discounted by r = 1/(1 + eta s_i), of variance per coordinate

.. math:: \frac{\eta\sigma^2}{2s(2+\eta s)} \ \text{(white)}, \qquad
          \frac{\eta^3\sigma^2s}{2(2+\eta s)(1+\eta s)^2} \ \text{(differenced)}

Differenced noise takes each innovation back one step later, when it has grown by eta s: that is the part that is left.
"""

import math

import mpmath
import sympy as sp

from models.deep_linear.claims.learning import riccati
from models.deep_linear.symbolic import label_loss, left, right, v, xi
from theorylab.theory import Claim, Control, Margin, asymptotic, symbols
from theorylab.theory.derivation import (
    centred,
    compute,
    density,
    differentiate,
    expect,
    gaussian,
    limit,
    simplify,
    solve,
    substitute,
    summation,
)
from theorylab.theory.symbols import eta, k, s, sigma, t

hidden_input = symbols.input("h", "hidden width", positive=True, integer=True, box=(3, 12))
index_input = symbols.input(
    "index", "which mode in the order of learning, 1 the first", positive=True, integer=True, box=(1, 3)
)
colour_input = symbols.input("colour", "colour of the noise", choices=("white", "differenced"))
h, index = hidden_input.symbol, index_input.symbol

M1, M2, a, c, Q, V, X, z, m, variance, sd, rate = sp.symbols("M_1 M_2 a c Q V X z m v_L s_t rate", positive=True)
n = sp.Symbol("n_free", positive=True, integer=True)
b, d, L = sp.symbols("b d L", real=True)
one, two, three = sp.symbols("x_0 x_1 x_2", real=True)
small = sp.Symbol("epsilon", positive=True)
r = sp.Symbol("r", positive=True)


def _passage():
    """How far a mode must have been amplified when half of it is learned."""
    growth, weight = yield from riccati.flow()
    slope = growth.subs(riccati.w, s) ** 2 / weight.subs(riccati.w, s)
    yield limit("past its start a mode's P is 2s times the share below, its strength half of that", slope, t, sp.oo)
    share = yield compute(
        "shares of two modes, A (1 + A)^-1 with A_ij = 2 sqrt(M_i M_j) q_i.q_j: that of the second",
        _second,
        sp.Matrix([[2 * M1 * a, 2 * sp.sqrt(M1 * M2) * b], [2 * sp.sqrt(M1 * M2) * b, 2 * M2 * c]]),
        oracle=_inverted,
        where=b**2 < a * c,
    )
    share = yield limit("the first has been learned", share, M1, sp.oo, where=b**2 < a * c)
    share = yield substitute("Gram-Schmidt: Q = |q_2|^2 - (q_1.q_2)^2/|q_1|^2", share, {c: Q + b**2 / a})
    share = yield simplify("only the residual Q counts", share)
    return (yield solve("half of the second mode", sp.Eq(share, sp.Rational(1, 2)), M2))


def _second(matrix):
    """Entry (2, 2) of A (1 + A)^-1."""
    return sp.simplify((matrix * (sp.eye(2) + matrix).inv())[1, 1])


def _inverted(point):
    x = mpmath.sqrt(point[M1] * point[M2])
    matrix = 2 * mpmath.matrix([[point[M1] * point[a], x * point[b]], [x * point[b], point[M2] * point[c]]])
    return (matrix * mpmath.inverse(mpmath.eye(2) + matrix))[1, 1]


def logarithm():
    """Mean and variance of the logarithm of a chi-square of h - index + 1 degrees."""
    law = X ** (n / 2 - 1) * sp.exp(-X / 2) / (2 ** (n / 2) * sp.gamma(n / 2))
    moment = yield expect("moments of a chi-square of n degrees", X**z, {X: density(law, X, 0, sp.oo)})
    slope = yield differentiate("cumulants of its logarithm", sp.log(moment), z)
    bend = yield differentiate("and the second", sp.log(moment), z, 2)
    free = {n: h - index + 1}
    first = yield substitute("the mean", slope, {z: 0})
    second = yield substitute("the variance", bend, {z: 0})
    first = yield substitute("index - 1 directions are in use", first, free, where=index <= h)
    second = yield substitute("in both", second, free, where=index <= h)
    return (yield simplify("tidied", sp.Tuple(first, second), _tidied, where=index <= h))


def _tidied(value):
    return sp.simplify(sp.expand_func(value) if not value.has(sp.polygamma) else value)


def _collected(mean):
    return sp.logcombine(sp.together(mean), force=True)


def _moments(clock, start, law=logarithm):
    """Mean and standard deviation of the time `clock`(Q) where Q is `start` times a chi-square, or exp(L) by `law`."""
    first, second = yield from law()
    late = yield substitute("the residual is V exp(L), of random L", clock, {Q: V * sp.exp(L)})
    late = yield simplify(
        "linear in L", late, lambda f: sp.expand(sp.expand_log(f, force=True)), operation="expand_log"
    )
    mean = yield expect("its mean", late.subs(L, m + d), {d: centred(variance)})
    square = yield expect("its variance", (late.subs(L, m + d) - mean) ** 2, {d: centred(variance)})
    spread = yield solve("its standard deviation", sp.Eq(sd**2, square), sd)
    spread = yield substitute("with that of L", spread, {variance: second}, where=index <= h)
    out = {}
    for name, value in start.items():
        found = yield substitute(f"the mean time {name}".rstrip(), mean, {m: first, V: value}, where=index <= h)
        out[name] = yield simplify("collected", found, _collected, where=index <= h, operation="logcombine")
    return out, spread


def derive_staged():
    amplified = yield from _passage()
    clock = yield solve("M grows as exp(2st)/(2s): the half-time", sp.Eq(sp.exp(2 * s * t) / (2 * s), amplified), t)
    start = yield expect(
        "variance of a coordinate of q = (W1 v + W2' u)/2",
        ((one + two) / 2) ** 2,
        {one: gaussian(sigma), two: gaussian(sigma)},
    )
    mean, spread = yield from _moments(clock, {"": start})
    return {"mean": mean[""], "sd": spread}


def discount():
    """The factor of one step for q near zero weights."""
    pulls = []
    for factor in (left, right):
        slope = yield differentiate("the gradient by a factor of one mode", label_loss.subs({xi: 0, v: s}), factor)
        pulls.append(slope)
    step = (left + right - eta * sum(pulls)) / (left + right)
    near = step.subs({left: small * left, right: small * right}, simultaneous=True)
    factor = yield limit("one step multiplies q = (a + b)/2 near the origin", sp.together(near), small, 0)
    return (yield simplify("whatever a and b", factor))


def derive_seeded():
    factor = yield from discount()
    coordinate = yield expect(
        "variance of the noise in a coordinate of q",
        ((one + two) / 2) ** 2,
        {one: gaussian(sigma), two: gaussian(sigma)},
    )
    seeds = {}
    for colour, weight in (("white", r ** (k + 1)), ("differenced", r ** (k + 1) - r ** (k + 2))):
        total = yield summation(
            f"{colour}: innovations discounted by r, squared",
            sp.expand(weight**2),
            (k, 0, sp.oo),
            where=r < sp.Rational(9, 10),
        )
        seed = yield substitute("r undoes one step", eta**2 * coordinate * total, {r: 1 / factor})
        seeds[colour] = yield simplify("the seed's variance", seed, sp.factor)
    return (yield from seeded(factor, seeds))


def seeded(factor, seeds, law=logarithm):
    """Means of the half-time for each colour's seed, and the standard deviation: steps multiply q by `factor`."""
    amplified = yield from _passage()
    clock = yield solve(
        "amplified by (1 + eta s)^(2t/eta): the half-time",
        sp.Eq(sp.exp(2 * rate * t) / (2 * s), amplified),
        t,
    )
    mean, spread = yield from _moments(clock, seeds, law)
    exact = {rate: sp.log(factor) / eta}
    spread = yield substitute("the rate of discrete growth", spread, exact, where=index <= h)
    out = {"sd": spread}
    for colour in seeds:
        out[colour] = yield substitute("in the mean time too", mean[colour], exact, where=index <= h)
    return out


def margin(value: dict) -> dict:
    return {"mean": 0.1 * value["sd"], "sd": 0.07 * value["sd"]}


def _all_free(claim):
    """Every mode has the whole hidden space to itself."""
    return lambda **inputs: claim().predict(**(inputs | {"index": 1}))


_whole = "the residuals are taken for the whole vectors: a chi-square of h degrees for every mode"
_twice = "one of two layers is counted: the rate s instead of 2s"

staged_time = Claim(
    id="deep_linear.staged_time",
    statement="Mean and standard deviation of the time at which a two-layer network under gradient flow from small "
    "Gaussian weights of standard deviation sigma has learned half of the mode that comes as number `index`, of "
    "singular value s. The h hidden units are at least as many as the modes, and the singular values well apart.",
    inputs=(s, sigma, hidden_input, index_input),
    domain=sp.And(index <= h, 100 * sigma**2 <= s),
    derivation=derive_staged,
    exactness=asymptotic(
        "small sigma: relative corrections sigma^2/s to the power of s_(i-1)/s_i - 1, and of sigma^2 h/s"
    ),
    source="[saxe2014] the staircase; the Gram-Schmidt law is derived here from the matrix Riccati solution",
    noises=("none",),
    declares=("sigma", "h"),
    margin=Margin(1.0, lambda **inputs: margin(staged_time.predict(**inputs))),
    controls=(
        Control("all directions free", _all_free(lambda: staged_time), _whole),
        Control(
            "one layer",
            lambda **inputs: {name: 2 * x for name, x in staged_time.predict(**inputs).items()},
            _twice,
        ),
        Control(
            "norm of the first layer",
            lambda s, sigma, h, index: staged_time.predict(s=s, sigma=sigma * 2**0.5, h=h, index=index),
            "sigma^2 per coordinate of q: what grows and what falls in the two layers is not told apart",
        ),
    ),
)


def _by_colour(f, s, eta, sigma, h, index, colour):
    values = {"s": s, "eta": eta, "sigma": sigma, "h": h, "index": index}
    return {"mean": f.parts[colour](**values), "sd": f.parts["sd"](**values)}


def _flow_growth(s, eta, sigma, h, index, colour):
    """exp(2st) instead of (1 + eta s)^(2t/eta)."""
    value, slower = seeded_time.predict(s=s, eta=eta, sigma=sigma, h=h, index=index, colour=colour), math.log1p(eta * s)
    return {name: x * slower / (eta * s) for name, x in value.items()}


seeded_time = Claim(
    id="deep_linear.seeded_time",
    statement="The same for gradient descent from zero weights, seeded by small Gaussian gradient noise of standard "
    "deviation sigma per weight, white or differenced. White noise is a random start of variance eta sigma^2/(2s) per "
    "weight; differenced noise one of variance eta^3 sigma^2 s/2, smaller by (eta s)^2.",
    inputs=(s, eta, sigma, hidden_input, index_input, colour_input),
    domain=sp.And(index <= h, 100 * eta * sigma**2 <= s**2, eta * s < sp.Rational(1, 2)),
    derivation=derive_seeded,
    evaluate=_by_colour,
    exactness=asymptotic(
        "small noise; the growth is that of discrete steps, the passage itself is shorter by 3/4 eta ln 2"
    ),
    source="derived here",
    noises=("gaussian", "differenced gaussian"),
    declares=("h",),
    margin=Margin(1.0, lambda **inputs: margin(seeded_time.predict(**inputs))),
    controls=(
        Control("all directions free", _all_free(lambda: seeded_time), _whole),
        Control(
            "start of one step",
            lambda s, eta, sigma, h, index, colour: staged_time.predict(s=s, sigma=eta * sigma, h=h, index=index),
            "noise is a random start of the size of one innovation: right for neither colour",
        ),
        Control(
            "colour forgotten",
            lambda **inputs: seeded_time.predict(**(inputs | {"colour": "white"})),
            "differenced noise is taken for white noise of the size of its innovations",
        ),
    ),
)
