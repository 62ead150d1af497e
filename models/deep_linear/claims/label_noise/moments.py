r"""The whole stationary law of the product of two factors under stable label noise, by its Mellin transform.

.. math:: \frac{M(z+1)}{M(z)} = v + \frac{\kappa(2z)}{2z}S, \qquad M(z) = \mathrm{E}\,x^z, \qquad
          S = \gamma^\alpha\eta^{\alpha-1}B^{1-\alpha}, \qquad -\tfrac12 < z < \tfrac\alpha2

.. math:: \mathrm{E}|1+cX|^q - 1 \sim \kappa(q)\,c^\alpha, \qquad
          \kappa(q) = \tfrac2\pi\,\Gamma(1+q)\sin\tfrac{\pi q}2\;\Gamma(\alpha-q)\cos\tfrac{\pi(\alpha-q)}2

A kick multiplies x by (1 + y)^2 and the flow moves x^z by 2 z (v - x) x^z: together they leave E x^z in its place. The
pole at z = alpha/2 is the right tail, P(x > X) ~ X^(-1-alpha/2); the zero at z = -k of the right side is the left one,
P(x < X) ~ X^k with k < 1/2 for alpha < 2: kicks near -1 reset the product, and the flow takes its time to restore it.
"""

from __future__ import annotations

import math
from typing import Any

import mpmath
import sympy as sp

from models.deep_linear.claims.label_noise.mean import shift
from models.deep_linear.claims.label_noise.one_step import one_step
from models.deep_linear.symbolic import label_loss, v, v_input, xi
from theorylab.theory import Claim, Control, Margin, asymptotic, symbols
from theorylab.theory.derivation import (
    compute,
    expect,
    identify,
    integrate,
    limit,
    series,
    simplify,
    solve,
    stable,
    substitute,
)
from theorylab.theory.symbols import B, alpha, eta, gamma

z_input = symbols.input("z", "power of the product", real=True, box=(-0.45, 0.45))
z = z_input.symbol

c, tau, p, damping, small, x, ratio = sp.symbols("c tau p epsilon m x R", positive=True)
k = sp.Symbol("k", positive=True)
q, X = sp.symbols("q X", real=True)
between = sp.And(q > -1, q < -sp.Rational(1, 3))
noise = gamma**alpha * (eta / B) ** (alpha - 1)


def cosine_integral(why, exponent, where):
    """Integral of cos(tau) tau^(exponent - 1), from that of exp(-p tau) at p = epsilon - i."""
    mean = yield integrate(why, sp.exp(-p * tau) * tau ** (exponent - 1), (tau, 0, sp.oo), where=where)
    mean = yield substitute("the cosine is the real part at p = epsilon - i", mean, {p: damping - sp.I})
    mean = yield limit("without damping", mean, damping, 0, where=where)
    real = lambda _: sp.gamma(exponent) * sp.cos(sp.pi * exponent / 2)
    return (yield simplify("its real part", sp.re(mean), real, where=where, operation="re"))


def mean_power():
    """kappa(q): E |1 + c X|^q - 1 per c^alpha as c -> 0."""
    norm = yield from cosine_integral("|x|^q is the integral of tau^(-1-q) cos(x tau) over this one", -q, between)
    wave = yield expect("the characteristic function of the kick", sp.exp(sp.I * tau * c * X), {X: stable(alpha, 1)})
    lost = sp.cos(tau) * (wave - 1)
    lost = yield substitute("what the kick adds to the cosine, in m = (c tau)^alpha", lost, {(c * tau) ** alpha: small})
    yield series("small kicks", lost, small, 0, 2)
    weak = sp.And(p > 1, q < 0)
    top = yield from cosine_integral("its integral, minus that of tau^(alpha-1-q) cos(tau)", alpha - q, weak)
    kappa = yield compute(
        "the ratio; checked on the whole integral, for any q between -1 and alpha",
        lambda a, b: -a / b,
        top,
        norm,
        operation="divide",
        oracle=_whole,
        where=sp.And(q > -1, q < alpha - sp.Rational(1, 2)),
    )
    return (
        yield identify(
            "without poles, by Euler's reflection",
            kappa,
            2 / sp.pi * sp.gamma(1 + q) * sp.sin(sp.pi * q / 2) * top,
            where=sp.And(q > -1, q < alpha),
        )
    )


def _whole(point):
    """(E|1 + c X|^q - 1)/c^alpha at c = 1e-90, by the whole integral along tau = r e^{i phi}."""
    index, power, scale = point[alpha], point[q], mpmath.mpf(10) ** -90
    with mpmath.workdps(40):
        turn = mpmath.exp(1j * mpmath.pi / (2 * index + 2))

        def integrand(r):
            place = r * turn
            kick = mpmath.expm1(-((scale * place) ** index)) / scale**index
            return mpmath.re(mpmath.exp(1j * place) * kick * place ** (-power) / r)

        whole = mpmath.quad(integrand, [0, 1, 10, 100, 400])
        return whole / (mpmath.gamma(-power) * mpmath.cos(mpmath.pi * power / 2))


def derive_ratio():
    step = yield from one_step(label_loss)
    flow = yield substitute("without noise", (step**z - 1) / eta, {xi: 0})
    flow = yield limit("as eta -> 0: the flow of x^z, per x^z", flow, eta, 0)
    kick = yield substitute("with noise, where the product has its target", step, {x: v})
    yield simplify("the kick is a square", kick, sp.factor)
    kappa = yield from mean_power()
    moved = yield substitute(
        "its power z is the power 2 z of one kick, at the batch's scale", kappa * noise, {q: 2 * z}
    )
    still = sp.expand(flow).subs(x, ratio) + moved  # the flow is linear in x, and E x^(z+1) = R E x^z
    found = yield solve("stationarity of E x^z, with R = E x^(z+1)/E x^z", sp.Eq(still, 0), ratio)
    return (yield simplify("collect", found, lambda f: v + sp.simplify(f - v)))


def derive_edge():
    found = yield from derive_ratio()
    return (yield substitute("x^(k-1) at the origin is a pole of E x^z at z = -k: the ratio vanishes", found, {z: -k}))


def derive_tail():
    found = yield from derive_ratio()
    rest = yield limit("the pole at z = alpha/2: its strength", (alpha / 2 - z) * found, z, alpha / 2, "-")
    yield simplify("P(x > X) = A X^(-b) gives A b/(b - z - 1), b = 1 + alpha/2", rest / (1 + alpha / 2), sp.factor)


def _edge(f, v, eta, B, gamma, alpha):
    """The root k > 0 of the ratio at z = -k; below 1/2 where alpha < 2."""
    from scipy.optimize import brentq

    ratio = lambda place: f(k=place, v=v, eta=eta, B=B, gamma=gamma, alpha=alpha)
    if alpha == 2:  # linear in k, beyond poles of its gamma functions
        near, far = ratio(0.1), ratio(0.2)
        return 0.1 + 0.1 * near / (near - far)
    root: Any = brentq(ratio, 1e-9, 0.5 - 1e-12, xtol=1e-12)
    return root


def _ordinary(v, eta, B, gamma, alpha, z):
    """Kicks e^(2 y z): without a mean below alpha = 2."""
    return v + 2 * z * gamma**2 * eta / B if alpha == 2 else math.nan


tail = 2 / sp.pi * sp.gamma(alpha) * sp.sin(sp.pi * alpha / 2) * noise / (2 + alpha)
exists = (alpha > 1, alpha <= 2, sp.Gt(v + shift, 0))
sine = 2 / sp.pi * sp.gamma(2 * z) * sp.sin(sp.pi * z) * sp.gamma(alpha - 2 * z) * sp.sin(sp.pi * (alpha / 2 - z))
_survive = "among networks that survive to the stated horizon."
_small = asymptotic(
    "small eta: relative to the noise's part, eta*v and (eta*gamma)^alpha, and what no survivor has seen"
)
_derived = "derived here; [ziyin2023] the stationary law at alpha = 2, whose moments these are"

label_noise_moment = Claim(
    id="deep_linear.label_noise_moment",
    statement="The ratio E x^(z+1)/E x^z of moments of the product x of two factors trained on labels v with stable "
    "noise of scale gamma, averaged along the flow, " + _survive,
    inputs=(v_input, eta, B, gamma, alpha, z_input),
    domain=sp.And(*exists, z > -sp.Rational(1, 2), z < alpha / 2),
    conditions=(("z is not 0: there the ratio is the mean, label_noise_mean", lambda i: i["z"] != 0),),
    derivation=derive_ratio,
    exactness=_small,
    source=_derived,
    noises=("label gaussian", "label stable"),
    margin=Margin(0.1, sp.Abs(shift)),
    controls=(
        Control("mean", v + shift, "the mean at every z: a narrow law"),
        Control("gaussian", v + (2 * z - 1) * gamma**2 * eta / B, "the Gamma law of alpha = 2 at every alpha"),
        Control(
            "sine", v + sine * noise, "the tail constant's sine in place of the cosine of the fractional derivative"
        ),
        Control("marcus", _ordinary, "ordinary calculus (Marcus, Stratonovich) for the noise; at alpha = 2"),
    ),
)

label_noise_edge = Claim(
    id="deep_linear.label_noise_edge",
    statement="The exponent k of the left edge, P(x < X) ~ X^k, of the product x of two factors trained on labels v "
    "with stable noise of scale gamma, " + _survive,
    inputs=(v_input, eta, B, gamma, alpha),
    domain=sp.And(*exists),
    derivation=derive_edge,
    evaluate=_edge,
    exactness=asymptotic("small eta, and X -> 0: relative correction of order X/v"),
    source=_derived,
    noises=("label gaussian", "label stable"),
    margin=0.08,
    controls=(
        Control("gamma law", v * B / (2 * gamma**2 * eta) - sp.Rational(1, 2), "the shape of the law of alpha = 2"),
        Control("one reset", sp.Rational(1, 2) + 0 * eta, "the density of 1 + y at zero: one kick, (1 + y)^2 < X"),
    ),
)

label_noise_tail = Claim(
    id="deep_linear.label_noise_tail",
    statement="The constant A of the right tail, P(x > X) = A E x^(alpha/2) X^(-1-alpha/2), of the product x of two "
    "factors trained on labels v with stable noise of scale gamma below alpha = 2, averaged along the flow, "
    + _survive,
    inputs=(v_input, eta, B, gamma, alpha),
    domain=sp.And(alpha > 1, alpha < 2, sp.Gt(v + shift, 0)),
    derivation=derive_tail,
    exactness=asymptotic("v << X << 1/eta: relative corrections v/X and, of the other sign, (eta*X)^(alpha/2)"),
    source="derived here",
    noises=("label stable",),
    margin=0.2,
    controls=(
        Control(
            "no flow",
            2 / sp.pi * sp.gamma(alpha) * sp.sin(sp.pi * alpha / 2) * noise / alpha,
            "the index alpha/2 of one kick integrated over all times: the return shortens large excursions, not these",
        ),
        Control(
            "cosine",
            2 / sp.pi * sp.gamma(alpha) * sp.Abs(sp.cos(sp.pi * alpha / 2)) * noise / (2 + alpha),
            "the constant of the mean, with the cosine, in place of the tail's",
        ),
        Control("two kicks", 2 * tail, "one law for each factor: twice the rate of kicks"),
    ),
)
