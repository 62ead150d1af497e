r"""The stationary law itself of the product of two factors under stable label noise: its Mellin transform, inverted.

.. math:: M(z+1) = R(z)\,M(z), \qquad
          R(z) = v + 2^{\alpha-1}S\,\frac{\Gamma(\frac12+z)\,\Gamma(\frac\alpha2-z)}
                                         {\Gamma(\frac{1-\alpha}2+z)\,\Gamma(1-z)}, \qquad M(z) = \mathrm{E}\,x^z

.. math:: \ln M(z) = -\tfrac12\int_{-\infty}^\infty
          \frac{\sin\pi z\;\ln R(w)}{\sin\pi(z-w)\,\sin\pi w}\,dt, \qquad w = -c+it, \quad -c < \mathrm{Re}\,z < 1-c

.. math:: P(x > X) = \frac1{2\pi}\int_{-\infty}^\infty M(z)\,\frac{X^{-z}}z\,ds, \qquad z = \tfrac12-c+is

for any 0 < c < min(k, 1/2), where k is the first zero of R(-k). There 2 w R(w) is the exponent of ln x's drift and
jumps, whose real part is negative on the whole line: ln R is its principal value.

No other law has these moments. Two solutions differ by a factor of period 1, analytic in the strip; a law's |M(z)| is
bounded there, and 1/|exp(ln M)| above grows as exp((pi/2 + 0)|s|) since arg R -> +-pi/2: slower than exp(2 pi|s|), the
least that such a factor can unless it is constant.
"""

from __future__ import annotations

import math
from functools import lru_cache

import mpmath
import numpy as np
import sympy as sp

from models.deep_linear.claims.label_noise.moments import derive_ratio, exists, noise, z
from models.deep_linear.symbolic import v, v_input
from theorylab.theory import Claim, Control, Margin, asymptotic, symbols
from theorylab.theory.derivation import compute, identify, integrate, limit, simplify, substitute
from theorylab.theory.derivation.step import at
from theorylab.theory.symbols import B, alpha, eta, gamma

X_input = symbols.input("X", "bound of the product", positive=True, box=(0.1, 3.0))
X = X_input.symbol
w, t, s = sp.symbols("w t s", real=True)
c, edge = sp.symbols("c k", positive=True)  # the line is at -c
x, theta = sp.symbols("x theta", positive=True)
half = sp.Rational(1, 2)
STEP = 0.05  # along Re z = 1/2 - c: the sum repeats the law in ln X after 2 pi/STEP; the domain of X keeps clear


def derive():
    found = yield from derive_ratio()
    rest = sp.gamma(half + z) * sp.gamma(alpha / 2 - z) / (sp.gamma((1 - alpha) / 2 + z) * sp.gamma(1 - z))
    where = sp.And(z > -half, z < alpha / 2)
    found = yield identify("by duplication and reflection", found, v + 2 ** (alpha - 1) * noise * rest, where=where)
    kernel = sp.pi * sp.cot(sp.pi * (z - w))
    yield limit("a kernel of period 1 whose pole has strength 1: it jumps across w", (z - w) * kernel, z, w)
    kernel = yield simplify(
        "less its value at z = 0, where ln M = 0; it is small far from both",
        kernel - kernel.subs(z, 0),
        lambda _: sp.pi * sp.sin(sp.pi * z) / (sp.sin(sp.pi * (z - w)) * sp.sin(sp.pi * w)),
        operation="addition theorem",
    )
    log = yield compute(
        "the logarithm of M: ln R summed up, on a line left of z; checked by M(z+1) = R(z) M(z), across the line",
        _summed_up,
        found,
        kernel,
        oracle=lambda point: _one_further(found, kernel, point),
        where=sp.And(z < 0, z > -c, sp.Gt(found.subs(z, -c), 0), c < half, c > sp.Rational(1, 20)),
        operation="Cauchy's integral",
        points=1,
    )
    yield from _known(found, kernel)
    yield integrate("the share above X has the transform M(z)/z", X ** (z - 1), (X, 0, x), where=z > half)
    return {"log_moment": log, "ratio": found}


def _known(ratio, kernel):
    """Both integrals at alpha = 2, where the law is known."""
    cold = {alpha: 2, eta: theta * B / (2 * gamma**2), v: theta * (edge + half)}
    gauss = yield substitute("at alpha = 2, with theta = 2 gamma^2 eta/B and v = theta (k + 1/2)", ratio, cold)
    gauss = yield simplify(
        "the ratio of a Gamma law", gauss, lambda _: theta * (edge + z), operation="recurrence of the gamma function"
    )
    log = sp.log(sp.gamma(edge + z) * theta**z / sp.gamma(edge))
    own = sp.And(c < edge, c > sp.Rational(1, 10), z > -c, z < half, edge < 3)
    yield identify("of which these are the moments", _summed_up(gauss, kernel), log, where=own, points=1, digits=15)
    line = half + sp.I * s
    wave = sp.gamma(edge + line) * theta**line / sp.gamma(edge) * X**-line / line
    whole = sp.Integral(wave / (2 * sp.pi), (s, -sp.oo, sp.oo))
    share = sp.uppergamma(edge, X / theta) / sp.gamma(edge)
    yield identify("whose inverse transform, along Re z = 1/2, is its share above X", whole, share, digits=15)


def _summed_up(ratio, kernel):
    """The contour integral of ln R(w) times the kernel, over w = -c + i t."""
    line = -c + sp.I * t
    return sp.Integral(-sp.log(ratio.subs(z, line)) * kernel.subs(w, line) / (2 * sp.pi), (t, -sp.oo, sp.oo))


def _one_further(ratio, kernel, point):
    """ln M(z) = ln M(z + 1) - ln R(z), the former on a line to the right of z: a quarter of c."""
    above = at(_summed_up(ratio, kernel), {**point, z: point[z] + 1, c: min(point[c], -point[z]) / 4})
    return above - mpmath.log(at(ratio, point))


@lru_cache(maxsize=16)
def _compiled(expr):
    """The ratio R(z, v, eta, B, gamma, alpha) for complex z, by logarithms of gamma functions."""
    from scipy.special import loggamma

    log, scale = sp.Function("loggamma"), sp.Symbol("scale", positive=True)  # gamma is also the name of a function
    expr = expr.replace(sp.gamma, lambda place: sp.exp(log(place))).subs(gamma, scale)
    return sp.lambdify((z, v, eta, B, scale, alpha), sp.powsimp(expr, combine="exp"), [{"loggamma": loggamma}, "numpy"])


@lru_cache(maxsize=64)
def _transform(expr, at, *inputs):
    """s >= 0, and M at 1/2 - c + i s for c = `at` from the ratio `expr`: by Gauss's rule on panels of t."""
    ratio = _compiled(expr)
    far = np.arange(0.5, 1e4)
    fallen = np.cumsum(np.angle(ratio(-at + 1j * far, *inputs)))  # of -ln|M|, at large s
    top = int(far[np.searchsorted(fallen, 36)]) + 2
    panels = np.concatenate([[0], 0.5 * np.geomspace(at, 1, 12), np.arange(1, top + 12)])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    wide = np.diff(panels)[:, None]
    t, weights = (panels[:-1, None] + wide * (1 + nodes) / 2).ravel(), (wide * weights / 2).ravel()
    log = weights * np.log(ratio(-at + 1j * t, *inputs))
    origin = 2 * (log / np.tan(np.pi * (-at + 1j * t))).real.sum()
    place, found = np.arange(0, top, STEP), []
    for part in np.array_split(place, 1 + len(place) * len(t) // 1_000_000):
        near, far = (np.tanh(np.pi * (part[:, None] + sign * t)) for sign in (-1, 1))
        found.append(np.exp((1j * (near @ log + far @ log.conj()) - origin) / 2))  # cot(pi/2 + i y) = -i tanh y
    return place, np.concatenate(found)


def _share(f, X, **inputs):
    """P(x < X): the inverse transform by the trapezoidal rule, which is exact to rounding here."""
    ratio, own, at = f.expr["ratio"], tuple(inputs[i] for i in ("v", "eta", "B", "gamma", "alpha")), 0.25
    while _compiled(ratio)(complex(-1.5 * at), *own).real <= 0:  # c is to stay clear of k
        at /= 2
    place, moments = _transform(ratio, at, *own)
    line = 0.5 - at + 1j * place
    terms = (moments * np.exp(-line * math.log(X)) / line).real
    return 1 - float(STEP / math.pi * (terms.sum() - terms[0] / 2))


def _rate(eta, B, gamma, alpha):
    """S."""
    return gamma**alpha * (eta / B) ** (alpha - 1)


def _gamma_law(v, rate, X, power=0.5):
    """P(x < X) of x^(v/2S - power - 1) exp(-x/2S): for the controls."""
    from scipy.special import gammainc

    shape = v / (2 * rate) - power
    return float(gammainc(shape, X / (2 * rate))) if shape > 0 else math.nan


def _gaussian(v, eta, B, gamma, alpha, X):
    return _gamma_law(v, _rate(eta, B, gamma, 2), X)


def _same_rate(v, eta, B, gamma, alpha, X):
    return _gamma_law(v, _rate(eta, B, gamma, alpha), X)


def _ordinary(v, eta, B, gamma, alpha, X):
    """ln x without Ito's term; its kicks have no exponential moments below alpha = 2."""
    return _gamma_law(v, _rate(eta, B, gamma, 2), X, 0) if alpha == 2 else math.nan


def _weaker(factor):
    """The law at S divided by factor(B)."""

    def value(v, eta, B, gamma, alpha, X):
        scale = gamma * factor(B, alpha) ** (-1 / alpha)
        return label_noise_density.predict(v=v, eta=eta, B=B, gamma=scale, alpha=alpha, X=X)

    return value


def _variance(**inputs):
    share = label_noise_density.predict(**inputs)
    return share * (1 - share)


label_noise_density = Claim(
    id="deep_linear.label_noise_density",
    statement="The share P(x < X) of the flow that the product x of two factors, trained on labels v with stable noise "
    "of scale gamma, spends below X in the long run, among networks that survive to the stated horizon: the whole law, "
    "of which X times its derivative by X is the density of ln x.",
    inputs=(v_input, eta, B, gamma, alpha, X_input),
    domain=sp.And(*exists, sp.Ge(20 * noise, v), 1e-20 * v < X, 1e20 * v > X),
    derivation=derive,
    evaluate=_share,
    exactness=asymptotic(
        "small eta: relative corrections of order eta*v and (eta*gamma)^alpha; X small against the reach 1/eta of "
        "survivors. The inversion itself is exact, and unique"
    ),
    source="derived here; [ziyin2023] the stationary law at alpha = 2",
    noises=("label gaussian", "label stable"),
    margin=Margin(0.1, _variance),
    controls=(
        Control("gaussian", _gaussian, "the Gamma law of a Gaussian SDE, with eta*gamma^2/B, at every alpha"),
        Control("same rate", _same_rate, "the Gamma law again, the noise's rate S put for eta*gamma^2/B"),
        Control("marcus", _ordinary, "ordinary calculus (Marcus, Stratonovich) for the noise; at alpha = 2"),
        Control(
            "linear scaling",
            _weaker(lambda B, alpha: B ** (2 - alpha)),
            "B labels averaged have 1/B of one label's rate, as if they had a variance",
        ),
        Control("half", _weaker(lambda B, alpha: 2), "2 S is the rate that gamma^alpha stands for: half of the noise"),
    ),
)
