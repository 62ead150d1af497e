r"""When a two-layer network leaves the saddle at zero mode by mode, seeded by isotropic stable gradient noise.

.. math:: |q_i^\perp|^2 = c^2\,2A\,\chi^2_{h-i+1}, \qquad
          c = \frac{\eta\gamma}{\sqrt2}\Bigl(\sum_k r^{\alpha(k+1)}\Bigr)^{1/\alpha}, \quad r = \frac1{1+\eta s}

A stable vector is a Gaussian one of random variance 2A, A positive stable of index alpha/2, and so is a discounted sum
of them, given the variances of all steps: Gram-Schmidt leaves a chi-square of h - i + 1 degrees whatever they are. A
single stable number is sqrt(2A) G as well, which tells the logarithm of 2A:

.. math:: \mathrm{E}\ln\frac{|q_i^\perp|^2}{c^2} = 2\gamma_E\Bigl(\frac1\alpha-1\Bigr)
          + \psi\bigl(\tfrac{h-i+1}2\bigr) - \psi\bigl(\tfrac12\bigr), \qquad
          \mathrm{Var} = \frac{2\pi^2}3\Bigl(\frac1{\alpha^2}-\frac14\Bigr) + \psi_1\bigl(\tfrac{h-i+1}2\bigr)

Differenced noise takes each innovation back one step later: its c is eta s/(1 + eta s) times smaller, at any alpha.
"""

import sympy as sp

from models.deep_linear.claims.escape.log_law import log_moments
from models.deep_linear.claims.learning.staged import (
    colour_input,
    discount,
    h,
    hidden_input,
    index,
    index_input,
    logarithm,
    margin,
    r,
    seeded,
)
from models.shared.logarithm import powers
from theorylab.theory import Claim, Control, Margin, asymptotic
from theorylab.theory.derivation import expect, simplify, solve, stable, substitute, summation
from theorylab.theory.symbols import alpha, eta, gamma, s

along = sp.Symbol("zeta", real=True)
length, z = sp.symbols("ell z", positive=True)
k = sp.Symbol("k", positive=True)
j = sp.Symbol("j", integer=True, nonnegative=True)
total, one, free = sp.symbols("L_X L_1 L_n", real=True)


def derive():
    factor = yield from discount()
    size = yield solve(
        "along a unit vector a of the hidden space, q takes the part (a v'/2, u a'/2) of the noise: its length",
        sp.Eq(length**2, sp.Rational(1, 4) + sp.Rational(1, 4)),
        length,
    )
    wave = yield expect(
        "isotropic noise has one law along every unit vector",
        sp.exp(sp.I * k * length * along),
        {along: stable(alpha, gamma)},
    )
    wave = yield substitute("with that length", wave, {length: size})
    step = yield simplify("one innovation of q: its scale to the power alpha", -sp.log(wave) / k**alpha, powers)
    later = yield summation("the steps that discount it, in powers of z", z ** (j + 1), (j, 0, sp.oo), where=z < 1)
    seeds = {}
    for colour, weight in (("white", sp.S.One), ("differenced", 1 - r)):
        whole = yield substitute(
            f"{colour}: all innovations, each times r^(k+1){'' if weight == 1 else ' - r^(k+2)'}",
            weight**alpha * step * eta**alpha * later,
            {z: r**alpha},
        )
        seed = yield simplify("its square", whole ** (2 / alpha), _square, where=r < 1)
        seeds[colour] = yield substitute("r undoes one step", seed, {r: 1 / factor})
    return (yield from seeded(factor, seeds, _law))


def _law():
    """Mean and variance of the logarithm of 2A times a chi-square of h - index + 1 degrees."""
    mean, variance = yield from log_moments()
    first, second = yield from logarithm()
    alone = yield substitute("one hidden unit: a single stable number, 2A G^2", sp.Tuple(first, second), {h: index})
    mean = yield substitute(
        "2A is told by ln X^2 less ln G^2: the mean of all",
        2 * total - one + free,
        {total: mean, one: alone[0], free: first},
    )
    variance = yield substitute(
        "and the variance, 2A and the chi-square being independent",
        4 * total - one + free,
        {total: variance, one: alone[1], free: second},
    )
    return mean, variance


def _square(expr):
    return sp.powdenest(sp.expand_power_base(expr, force=True), force=True)


def _by_colour(f, s, eta, gamma, alpha, h, index, colour):
    values = {"s": s, "eta": eta, "gamma": gamma, "alpha": alpha, "h": h, "index": index}
    return {"mean": f.parts[colour](**values), "sd": f.parts["sd"](**values)}


def _instead(**changes):
    """The prediction at other inputs."""
    return lambda **inputs: seeded_time_stable.predict(**(inputs | changes))


def _averaged(s, eta, gamma, alpha, h, index, colour):
    """Squares are added: sqrt(2) gamma as if it were a standard deviation."""
    from models.deep_linear.claims.learning.staged import seeded_time

    return seeded_time.predict(s=s, eta=eta, sigma=2**0.5 * gamma, h=h, index=index, colour=colour)


def _narrow(s, eta, gamma, alpha, h, index, colour):
    """The right scale, the spread of Gaussian seeds."""
    own = {"s": s, "eta": eta, "gamma": gamma, "h": h, "index": index, "colour": colour}
    found = {a: seeded_time_stable.predict(alpha=a, **own) for a in (alpha, 2.0)}
    return {"mean": found[alpha]["mean"], "sd": found[2.0]["sd"]}


small = sp.Lt(400 * (eta * gamma) ** 2, s * (alpha * eta * s) ** (2 / alpha))

seeded_time_stable = Claim(
    id="deep_linear.seeded_time_stable",
    statement="Mean and standard deviation of the time at which a two-layer network, started at zero weights and "
    "seeded by small isotropic stable gradient noise of scale gamma, white or differenced, has learned half of the "
    "mode that comes as number `index`, of singular value s. The tail of the noise does not change the logarithm of "
    "gamma, but its constant, and it widens the spread. The h hidden units are at least as many as the modes, the "
    "singular values well apart; the few networks that a large kick throws out do not count.",
    inputs=(s, eta, gamma, alpha, hidden_input, index_input, colour_input),
    domain=sp.And(index <= h, alpha <= 2, small, eta * s < sp.Rational(1, 2)),
    derivation=derive,
    evaluate=_by_colour,
    exactness=asymptotic(
        "small noise: relative to the spread, (c^2/s)^(alpha/2); the growth is that of discrete steps, the passage "
        "itself is shorter by 3/4 eta ln 2"
    ),
    source="derived here",
    noises=("stable", "differenced stable"),
    declares=("h",),
    margin=Margin(1.0, lambda **inputs: margin(seeded_time_stable.predict(**inputs))),
    controls=(
        Control("gaussian", _averaged, "the law of alpha = 2 at every alpha: the noise's squares are added"),
        Control("narrow", _narrow, "the right scale, but many steps are believed to make the seed Gaussian"),
        Control(
            "all directions free",
            _instead(index=1),
            "the residuals are taken for the whole vectors: a chi-square of h degrees for every mode",
        ),
        Control(
            "colour forgotten",
            _instead(colour="white"),
            "differenced noise is taken for white noise of the size of its innovations",
        ),
    ),
)
