r"""Escape from the saddle at zero, where the weights start and noise alone moves them.

.. math:: p_k = r^k P,\quad r = 1+\eta v,\quad
          P = -\eta\sum_j r^{-j-1}\xi_j,\qquad t = \frac{\eta}{\ln r}\Bigl(\tfrac12\ln 2v - \ln|P|\Bigr)
          \qquad (L = 2)

.. math:: dw_l = v\prod_{m\ne l} w_m\,dt + dZ_l \;\Rightarrow\; t \propto \gamma^{-\alpha(L-2)/(\alpha+L-2)}
          \qquad (L \ge 3)

Two layers leave their strict saddle exponentially: the logarithm of the noise, the same law for all noises but for a
constant. Deeper, the saddle is flat to higher order, and the tail of the noise changes the exponent.
"""

import math

import sympy as sp

from models.deep_linear.claims.escape.log_law import log_moments
from models.deep_linear.symbolic import depth, depth_input, label_loss, left, right, v, v_input, xi
from theorylab.theory import Claim, Control, Margin, asymptotic, symbols
from theorylab.theory.derivation import (
    differentiate,
    expect,
    gaussian,
    integrate,
    limit,
    series,
    simplify,
    solve,
    stable,
    substitute,
    summation,
)
from theorylab.theory.symbols import alpha, eta, gamma

colour = symbols.input("colour", "colour of the noise", kind="choice", choices=("white", "differenced"))
along, across, first, second = sp.symbols("p q zeta_u zeta_w", real=True)
k = sp.Symbol("k", positive=True)
growth, delta, z = sp.symbols("r delta z", positive=True)
j = sp.Symbol("j", integer=True, nonnegative=True)
seed, size, small = sp.symbols("P x x_0", positive=True)
scale_w, scale_t, drift = sp.symbols("c tau ln_c", positive=True)


def derive_time():
    """Mean and standard deviation of the half-time of two factors."""
    turned = {left: (along + across) / sp.sqrt(2), right: (along - across) / sp.sqrt(2), xi: 0}
    loss = yield substitute("the loss along p = (u + w)/sqrt(2) and across", label_loss, turned)
    pull = yield differentiate("the gradient along p", loss, along)
    pull = yield series("at the saddle", pull.subs(across, 0), along, 0, 2)
    factor = yield simplify("one step multiplies p by r", (along - eta * pull) / along, sp.expand)
    wave = yield expect(
        "one step's noise along p: characteristic function",
        sp.exp(sp.I * k * (first + second) / sp.sqrt(2)),
        {first: stable(alpha, gamma), second: stable(alpha, gamma)},
    )
    step = yield simplify("its scale to the power alpha", -sp.log(wave) / k**alpha, _powers)
    kept = yield simplify(
        "an innovation enters P with r^(-j-1), less what the next step takes back",
        eta * (growth ** (-j - 1) - delta * growth ** (-j - 2)) * growth ** (j + 1),
        sp.simplify,
    )
    total = yield summation("all of them, in powers of z = r^-alpha", z ** (j + 1), (j, 0, sp.oo), where=z < 1)
    total = yield substitute("their scale to the power alpha", kept**alpha * total, {z: growth**-alpha})
    scale = yield substitute("that of P", step * total, {growth: factor})
    mean, variance = yield from log_moments()
    even = {left: sp.sqrt(size), right: sp.sqrt(size), xi: 0}
    force = yield differentiate("far from the saddle the factors are equal: the gradient by one", label_loss, left)
    force = yield substitute("on a product x", force, even)
    flow = -2 * sp.sqrt(size) * force  # both factors move it
    clock = yield integrate("the time that the product x takes", sp.factor(1 / flow), size, where=size < v)
    half = clock.subs(size, v / 2) - clock.subs(size, small) + sp.log(small) / (2 * v)
    rest = yield limit(
        "to half of the target, from a vanishing start x_0, beyond ln(1/x_0)/(2 v)", sp.re(half), small, 0
    )
    late = yield substitute("from x_0 = P^2/2, in units of 1/v", v * rest - sp.log(small) / 2, {small: seed**2 / 2})
    rate = yield substitute("as a function of ln P", late, {seed: sp.exp(_log)})
    centre = yield substitute("average", eta * rate / sp.log(factor), {_log: sp.log(scale) / alpha + mean})
    spread = yield simplify("and its spread", eta / sp.log(factor) * sp.sqrt(variance), sp.factor)
    return {"mean": centre, "sd": spread}


_log = sp.Symbol("lnP", real=True)


def _powers(expr):
    return sp.powsimp(sp.expand_power_base(sp.expand_log(expr, force=True), force=True))


def by_colour(f, v, eta, gamma, alpha, colour):
    """delta = 1 takes an innovation back one step later, 0 never does."""
    return f(v=v, eta=eta, gamma=gamma, alpha=alpha, delta=1.0 if colour == "differenced" else 0.0)


def derive_exponent():
    """Powers of the scale in which the pure saddle's equation looks the same for all scales."""
    layer, others = sp.symbols("w_1 w", positive=True)
    pull = yield differentiate("the gradient by one layer of L", (layer * others ** (depth - 1) - v) ** 2 / 2, layer)
    near = yield substitute("all weights of size c, to leading order at zero", -pull, {layer: 0, others: scale_w})
    balance = yield solve(
        "the time in which the drift moves them by their size", sp.Eq(near * scale_t, scale_w), scale_t
    )
    wide = yield substitute(
        "the noise gathers gamma tau^(1/alpha) by then", gamma * scale_t ** (1 / alpha), {scale_t: balance}
    )
    size = yield solve(
        "which is that size",
        sp.Eq(sp.expand_log(sp.log(wide) - sp.log(scale_w), force=True).subs(sp.log(scale_w), drift), 0),
        drift,
    )
    log_time = sp.expand_log(sp.log(balance), force=True).subs(sp.log(scale_w), size)
    slope = yield differentiate(
        "the logarithm of the time, by that of the scale", log_time.subs(gamma, sp.exp(_log)), _log
    )
    return (yield simplify("the exponent of 1/gamma", -slope, sp.factor))


def derive_anticorrelated():
    """Noise that is undone leaves a jitter of the weights; their product over the other layers is white again."""
    jitter = yield expect(
        "the jitter of one weight, squared", (eta * first) ** 2, {first: gaussian(sp.sqrt(2) * gamma)}
    )
    others = sp.Symbol("V", positive=True)
    kick = yield substitute(
        "the force on a layer, v times the jitters of the others: its kick, squared",
        (eta * v) ** 2 * others ** (depth - 1),
        {others: jitter},
    )
    size = sp.expand_log(sp.log(kick.subs(gamma, sp.exp(_log))) / 2, force=True)
    power = yield differentiate("the power of gamma in the size of the kicks", size, _log)
    white = yield from derive_exponent()
    gauss = yield substitute("which act as white Gaussian noise", white, {alpha: 2})
    times = sp.Symbol("m", positive=True)
    yield substitute("of a scale gamma to that power: the exponent of 1/gamma", times * gauss, {times: power})


def effects(v, eta, gamma, alpha, colour):
    """A constant in the logarithm of the noise counts, not its size: three time constants 1/v for the mean."""
    return {"mean": 3 / v, "sd": escape_time.predict(v=v, eta=eta, gamma=gamma, alpha=alpha, colour=colour)["sd"]}


def wells(v, eta, gamma, alpha, colour):
    """The law of wells: v^(1/alpha - 1)/gamma to the power alpha."""
    time = (v * eta ** (1 / alpha - 1) / gamma) ** alpha
    return {"mean": time, "sd": time}


def as_gaussian(v, eta, gamma, alpha, colour):
    """The formula of alpha = 2."""
    return escape_time.predict(v=v, eta=eta, gamma=gamma, alpha=2.0, colour=colour)


def one_factor(v, eta, gamma, alpha, colour):
    """The noise along p is put for that of one weight."""
    return escape_time.predict(v=v, eta=eta, gamma=gamma * 2 ** (0.5 - 1 / alpha), alpha=alpha, colour=colour)


def as_start(v, eta, gamma, alpha, colour):
    """A random start of scale eta*gamma, then no noise."""
    found = escape_time.predict(v=v, eta=eta, gamma=gamma, alpha=alpha, colour="white")
    r = 1 + eta * v
    shift = eta / math.log(r) * math.log((r**alpha - 1) ** (1 / alpha))
    return {"mean": found["mean"] - shift, "sd": found["sd"]}


escape_time = Claim(
    id="deep_linear.escape_time",
    statement="Mean and standard deviation of the time at which the product of two factors reaches half of its target "
    "v, when both start at zero and gradient noise of scale gamma alone moves them off the saddle. Anti-correlated "
    "noise escapes as white noise weaker by eta*v/(1 + eta*v) does.",
    inputs=(v_input, eta, gamma, alpha, colour),
    domain=sp.And(alpha <= 2, eta * v < 1),
    derivation=derive_time,
    evaluate=by_colour,
    exactness=asymptotic("small noise: relative (gamma*eta)^2; an error eta*ln(2)/2 of the last, nonlinear stretch"),
    source="derived here",
    noises=("gaussian", "stable", "differenced gaussian", "differenced stable"),
    margin=Margin(0.03, effects),
    controls=(
        Control("wells", wells, "the power law gamma^-alpha by which heavy-tailed noise leaves a well"),
        Control("gaussian", as_gaussian, "the law of alpha = 2 at every alpha"),
        Control(
            "one weight's noise", one_factor, "the noise along p = (u + w)/sqrt(2) is taken to have the scale gamma"
        ),
        Control("random start", as_start, "the noise is put for a start of its own scale, eta*gamma"),
    ),
)

escape_exponent = Claim(
    id="deep_linear.escape_exponent",
    statement="The power of 1/gamma with which the time to leave the saddle at zero grows, for networks of three or "
    "more layers moved by white noise of scale gamma: the tail of the noise changes the exponent.",
    inputs=(depth_input, alpha),
    domain=sp.And(sp.Ge(depth, 2), alpha <= 2),
    derivation=derive_exponent,
    exactness=asymptotic("small noise: a relative correction gamma^exponent, the time of the last stretch"),
    source="derived here",
    noises=("gaussian", "stable"),
    margin=Margin(0.05, sp.Integer(1)),
    controls=(
        Control("gaussian", 2 * (depth - 2) / depth, "the exponent of alpha = 2 at every alpha"),
        Control("wells", alpha + 0 * depth, "the power law gamma^-alpha by which heavy-tailed noise leaves a well"),
        Control(
            "start of the noise's scale",
            depth - 2 + 0 * alpha,
            "the plateau of a start of scale gamma, no further noise",
        ),
        Control("logarithm", 0 * depth, "the strict saddle of two layers at every depth"),
    ),
)

escape_exponent_anticorrelated = Claim(
    id="deep_linear.escape_exponent_anticorrelated",
    statement="The power of 1/gamma with which the time to leave that saddle grows when the noise is anti-correlated, "
    "zeta_k - zeta_(k-1) with Gaussian zeta: depth - 1 times that of white noise, since only the product of the other "
    "layers' jitters adds up.",
    inputs=(depth_input,),
    domain=sp.Ge(depth, 3),
    derivation=derive_anticorrelated,
    exactness=asymptotic("small noise: eta*gamma small against the weights' own scale"),
    source="derived here",
    noises=("differenced gaussian",),
    margin=Margin(0.05, sp.Integer(1)),
    controls=(
        Control("white", 2 * (depth - 2) / depth, "the anti-correlation is forgotten, or only rescales the noise"),
        Control("start of the noise's scale", depth - 2, "the jitter is put for a random start, no further noise"),
    ),
)
