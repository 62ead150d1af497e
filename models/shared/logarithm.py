r"""The mean logarithm of one multiplicative kick, the function that runs through label noise.

.. math:: F_\alpha(c) = \mathrm{E}\ln|1+cX|
          = \int_0^\infty \cos\tau\,\bigl(1-e^{-(c\tau)^\alpha}\bigr)\frac{d\tau}{\tau}
          \sim \Gamma(\alpha)\cos\tfrac{\pi\alpha}{2}\,c^\alpha, \qquad X \text{ symmetric stable of scale 1}

For alpha > 1 the integral of the leading term exists only damped; the order of the limits is checked on the whole
integral, turned into the complex plane where it converges fast.
"""

import mpmath
import sympy as sp

from theorylab.theory.derivation import (
    compute,
    expect,
    identify,
    integrate,
    limit,
    series,
    stable,
    substitute,
)
from theorylab.theory.symbols import alpha

c, tau, damping, factor, p = sp.symbols("c tau epsilon z p", positive=True)
x = sp.Symbol("x", real=True)
small = sp.Symbol("m", positive=True)


def powers(expr):
    """The logarithm of a characteristic function with its powers collected; for `simplify`."""
    return sp.powsimp(sp.powdenest(sp.expand_power_base(sp.expand_log(expr, force=True), force=True), force=True))


def cosines():
    """A logarithm as an integral of cosines, and what a kick c X does to them: E exp(i tau c X)."""
    wave = sp.exp(-damping * tau) * (sp.cos(tau) - sp.cos(factor * tau)) / tau
    damped = yield identify(
        "a logarithm is a damped difference of cosines (Frullani)",
        sp.Integral(wave, (tau, 0, sp.oo)),
        sp.log((damping**2 + factor**2) / (damping**2 + 1)) / 2,
        where=sp.And(damping > 2, factor < 2),
        digits=20,
    )
    yield limit("without damping it is ln z; now z = 1 + c X", damped, damping, 0)
    kick = sp.exp(sp.I * tau * c * x)
    return (yield expect("the characteristic function of the kick", kick, {x: stable(alpha, 1)}))


def mean_log():
    """E ln|1 + c X| / c^alpha as c -> 0."""
    wave = yield from cosines()
    lost = sp.cos(tau) * (1 - wave)  # cos(tau) - E cos(tau (1 + c X)): the law is symmetric, its sine has no mean
    lost = yield substitute(
        "what the kick takes from the cosine, in m = (c tau)^alpha", lost, {(c * tau) ** alpha: small}
    )
    first = yield series("small kicks", lost, small, 0, 2)
    first = yield substitute("back to c", first, {small: (c * tau) ** alpha})
    power = sp.expand_power_base(first / (tau * sp.cos(tau)))
    mean = yield integrate(
        "its integral over dtau/tau, with exp(-p tau) for the cosine",
        sp.exp(-p * tau) * power,
        (tau, 0, sp.oo),
        where=sp.And(p > 1, alpha > sp.Rational(1, 2)),
    )
    mean = yield substitute("the cosine is the real part of p = epsilon - i", mean, {p: damping - sp.I})
    mean = yield limit("without damping", mean, damping, 0)
    return (yield compute("its real part, per c^alpha; checked on the whole integral", _real, mean, oracle=_turned))


def _real(mean):
    """Real part, with -i = exp(-i pi/2)."""
    polar = (mean / c**alpha).replace(
        lambda e: e.is_Pow and e.base == -sp.I, lambda e: sp.exp(-sp.I * sp.pi / 2 * e.exp)
    )
    return sp.simplify(sp.re(sp.expand_complex(polar)))


def _turned(point):
    """F(c)/c^alpha at c = 1e-90, by the whole integral along tau = r e^{i phi}, phi = pi/(2 alpha + 2)."""
    index, scale = point[alpha], mpmath.mpf(10) ** -90
    turn = mpmath.exp(1j * mpmath.pi / (2 * index + 2))

    def integrand(r):
        place = r * turn
        return mpmath.re(-mpmath.exp(1j * place) * mpmath.expm1(-((scale * place) ** index)) / scale**index / r)

    with mpmath.workdps(40):
        return mpmath.quad(integrand, [0, 1, 10, 100, 400])
