r"""Mean and variance of the logarithm of a stable variable of scale 1.

.. math:: \mathrm{E}|X|^{-z} = \frac{\int_0^\infty t^{z-1}e^{-t^\alpha}\,dt}{\Gamma(z)\cos(\pi z/2)}
          \;\Rightarrow\; \mathrm{E}\ln|X| = \gamma_E\Bigl(\frac1\alpha-1\Bigr), \quad
          \mathrm{Var}\ln|X| = \frac{\pi^2}{6}\Bigl(\frac1{\alpha^2}+\frac12\Bigr)

since the integral of t^(z-1) cos(x t) is Gamma(z) cos(pi z/2) |x|^-z for 0 < z < 1.
"""

import sympy as sp

from theorylab.theory.derivation import differentiate, expect, integrate, limit, simplify, stable, substitute
from theorylab.theory.symbols import alpha

z, tau, p = sp.symbols("z tau p", positive=True)
x = sp.Symbol("x", real=True)
damping = sp.Symbol("epsilon", positive=True)
small = sp.And(z < 1, z > sp.Rational(1, 2), alpha > sp.Rational(1, 2))


def log_moments():
    """(mean, variance) of ln|X|."""
    kernel = yield integrate(
        "a power against exp(-p tau)",
        tau ** (z - 1) * sp.exp(-p * tau),
        (tau, 0, sp.oo),
        where=sp.And(p > 1, z > sp.Rational(1, 2)),
    )
    kernel = yield substitute("a cosine is the real part of p = epsilon - i", kernel, {p: damping - sp.I})
    kernel = yield limit("without damping", kernel, damping, 0, where=small)
    kernel = yield simplify(
        "what the cosine of a number of size one gives", sp.re(kernel, evaluate=False), _polar, where=small
    )
    wave = yield expect("the characteristic function", sp.exp(sp.I * tau * x), {x: stable(alpha, 1)})
    whole = yield integrate("the same power against it", tau ** (z - 1) * wave, (tau, 0, sp.oo), where=small)
    moment = yield simplify("their ratio: the moment of order -z", sp.log(whole / kernel), _shifted, where=small)
    mean = yield differentiate("its cumulants: the first", moment, z, where=small)
    mean = yield substitute("at z = 0, minus the mean of the logarithm", mean, {z: 0})
    second = yield differentiate("and the second", moment, z, 2, where=small)
    variance = yield substitute("at z = 0, its variance", second, {z: 0})
    return sp.expand(-mean), sp.expand(variance)


def _shifted(log):
    """With Gamma(1 + z) for z Gamma(z), as a sum of logarithms."""
    ratio = log.args[0].replace(sp.gamma, lambda a: sp.gamma(a + 1, evaluate=False) / a)
    return sp.expand_log(sp.log(sp.simplify(ratio.cancel())), force=True)


def _polar(real):
    turned = real.args[0].replace(lambda e: e.is_Pow and e.base == -sp.I, lambda e: sp.exp(-sp.I * sp.pi / 2 * e.exp))
    return sp.simplify(sp.re(sp.expand_complex(turned)))
