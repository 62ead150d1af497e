r"""When label noise collapses two factors: the origin attracts where ln of their product falls on average.

.. math:: x \mapsto x\,(1 + \eta v + \eta\xi)^2 \;(x \to 0), \qquad
          \mathrm{E}\,\Delta\ln x = 2\ln(1+\eta v) + 2F_\alpha\Bigl(\frac{\eta\gamma}{1+\eta v}\Bigr),
          \qquad F_\alpha(c) = \mathrm{E}\ln|1+cX|

.. math:: F_\alpha(c) = \int_0^\infty \cos\tau\,\bigl(1-e^{-(c\tau)^\alpha}\bigr)\frac{d\tau}{\tau}
          \sim \Gamma(\alpha)\cos\tfrac{\pi\alpha}2\,c^\alpha

The stochastic differential equation keeps the leading order: any noise collapses the product at a large enough learning
rate, B (v/(gamma^alpha Gamma(alpha) |cos(pi alpha/2)|))^(1/(alpha-1)), if alpha > 1. A step of SGD is finite: large
kicks 1 + c X throw the product out instead, so that there is a window of learning rates, and none where gamma/v is
small. With c = eta gamma/(1 + eta v) its edges solve gamma/v = c/(1 - exp F(c)).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from models.deep_linear.claims.label_noise.one_step import one_step
from models.deep_linear.symbolic import label_loss, v, v_input, xi
from models.shared.logarithm import cosines, mean_log, powers
from theorylab.theory import Claim, Control, Margin, asymptotic, exact, symbols
from theorylab.theory.derivation import compute, expect, limit, simplify, solve, stable, substitute
from theorylab.theory.symbols import B, alpha, eta, gamma

heavy_input = symbols.input("alpha", "stability index", positive=True, box=(1.1, 2.0))

x, c, k, tau, r, damping, factor, power = sp.symbols("x c k tau r epsilon z q", positive=True)
X, label, size = sp.symbols("X y m", real=True)
lead = sp.gamma(alpha) * sp.cos(sp.pi * alpha / 2)
share = eta * gamma / (1 + eta * v)  # the scale of a kick, per 1 + eta v
turn = sp.exp(sp.I * sp.pi / (2 * alpha + 2))  # the path of integration where the integral converges fast


def _kick():
    """The factor by which one step multiplies a small balanced product."""
    grown = yield from one_step(label_loss)
    return (yield limit("near the origin", grown, x, 0))


def _exponent():
    """The mean change of ln x, and the mean logarithm of a kick, F(c)."""
    kick = yield from _kick()
    split = yield simplify("its logarithm: growth, and one kick", sp.log(kick), _split, operation="expand_log")
    wave = yield from cosines()
    mean = yield compute(
        "cos(tau) less E cos(tau (1 + c X)), along a path that turns into the complex plane; checked by the density",
        _turned,
        wave,
        oracle=lambda point: _by_density(point[alpha], point[c]),
        where=sp.And(alpha > sp.Rational(4, 3), c < 2),
        points=2,
        tolerance=1e-6,
    )
    kicked = sp.log(sp.Abs(1 + eta * xi / (1 + eta * v)))
    grown = yield substitute("write m for the mean logarithm of the kick, whose scale is c", split, {kicked: size})
    return grown, mean


def _split(log: Any) -> Any:
    """ln of a square, with 1 + eta v before the bracket."""
    return 2 * sp.log(1 + eta * v) + 2 * sp.log(sp.Abs(1 + eta * xi / (1 + eta * v)))


def _turned(wave: Any) -> Any:
    """Integral of Re e^{i tau} (1 - wave) dtau/tau along tau = r e^{i phi}."""
    path = wave.subs(sp.Abs(c * tau), c * tau).subs(tau, r * turn)
    return sp.Integral(sp.re(sp.exp(sp.I * r * turn) * (1 - path), evaluate=False) / r, (r, 0, sp.oo))


def _by_density(index: Any, scale: Any) -> float:
    """E ln|1 + c X| by the product form X = +-A(U) W^q, W exponential: ln|1 - (w/w0)^2q|/2 between and beyond zeros."""
    index, scale = float(index), float(scale)
    q, (place, weight) = (index - 1) / index, _unit()
    u, dw = (math.pi / 2 * f[:, None] for f in (place, weight))
    cosine = np.sin(math.pi / 2 * place[::-1])[:, None]  # cos u, from the distance to pi/2
    top = np.sin(index * u) / cosine ** (1 / index) * np.cos((1 - index) * u) ** -q
    zero = (scale * top) ** (-1 / q)
    log = np.where(place < 0.5, np.log(place), np.log1p(-np.minimum(place[::-1], 0.5)))
    below = zero * weight * np.exp(-zero * place) * np.log(-np.expm1(2 * q * log))
    far, step = place / place[::-1], weight / place[::-1] ** 2  # from 0 to infinity
    beyond = step * np.exp(-zero - far) * np.log(np.expm1(2 * q * np.log1p(far / zero)))
    return float((dw * (below + beyond)).sum() / math.pi)


@lru_cache
def _unit():
    """Nodes and weights of a double-exponential rule on (0, 1); place[::-1] is 1 - place."""
    t = np.linspace(-3.0, 3.0, 301)
    place = 1 / (1 + np.exp(-math.pi * np.sinh(t)))
    return place, (t[1] - t[0]) * math.pi * np.cosh(t) * place * place[::-1]


def derive_exponent():
    grown, mean = yield from _exponent()
    return {"change": grown, "logarithm": mean}


def derive_window():
    grown, mean = yield from _exponent()
    at_scale = yield solve("the learning rate at which kicks have the scale c", sp.Eq(share, c), eta)
    grown = yield substitute("the mean change of ln x, by c", grown, {eta: at_scale})
    edge = yield solve("it vanishes at the edge of collapse", sp.Eq(grown, 0), gamma)
    edge = yield simplify("the ratio gamma/v there", edge / v, sp.factor)
    return {"ratio": edge, "rate": at_scale, "logarithm": mean}


def derive_rate():
    kick = yield from _kick()
    flow = yield substitute("without noise", sp.log(kick) / eta, {xi: 0})
    flow = yield limit("as eta -> 0: the growth rate of ln x", flow, eta, 0)
    one = yield from mean_log()
    part = yield expect(
        "the labels are averaged over a batch: characteristic function of one share",
        sp.exp(sp.I * k * label / B),
        {label: stable(alpha, gamma)},
    )
    scale = yield simplify("B of them: the batch's scale to the power alpha", -B * sp.log(part), powers)
    still = sp.Eq(flow + 2 * one * power * scale / k**alpha, 0)
    found = yield solve("the noise cancels the growth, with q = eta^(alpha - 1)", still, power)
    return (yield simplify("the learning rate", found ** (1 / (alpha - 1)), _root, where=alpha > 1))


def _root(expr: Any) -> Any:
    """B (v/(gamma^alpha |Gamma(alpha) cos|))^(1/(alpha-1))."""
    return B * (v / (gamma**alpha * sp.gamma(alpha) * sp.Abs(sp.cos(sp.pi * alpha / 2)))) ** (1 / (alpha - 1))


_arguments = (r, alpha, c)


def mean_logarithm(f: Any, alpha: float, c: Any) -> Any:
    """F(c) from the derived integrand, by the trapezoid rule in ln r; c a number or an array."""
    wide = np.asarray(c, float)
    low = -45 / alpha - math.log(max(1.0, float(wide.max())))
    ends = low, math.log(45 / math.sin(math.pi / (2 * alpha + 2)))
    path = np.exp(np.arange(*ends, 0.02))
    return 0.02 * (_stable(_arguments, f.expr.function)(path, alpha, wide[..., None]) * path).sum(-1)


@lru_cache(maxsize=64)
def _stable(symbols: Any, expr: Any) -> Any:
    """The expression in float64, with expm1 for exp - 1."""
    from sympy.codegen.rewriting import expm1_opt, optimize

    return sp.lambdify(symbols, optimize(expr, [expm1_opt]), "numpy")


def _change(f, v, eta, gamma, alpha):
    """2 ln(1 + eta v) + 2 F."""
    mean = mean_logarithm(f.parts["logarithm"], alpha, eta * gamma / (1 + eta * v))
    return f.parts["change"](v=v, eta=eta, m=float(mean))


def _window(f, v, gamma, alpha):
    """Both roots of ratio(c) = gamma/v, as learning rates."""
    if alpha <= 1:
        return np.zeros(0)
    mean = lambda place: float(mean_logarithm(f.parts["logarithm"], alpha, math.exp(place)))
    ratio = _stable((c, size), f.parts["ratio"].expr)
    places = _roots(mean, lambda place, m: ratio(math.exp(place), m), gamma / v)
    return np.array([f.parts["rate"](c=math.exp(z), v=v, gamma=gamma) for z in places])


def _roots(mean, ratio, wanted):
    """Both ln c with ratio(ln c, mean(ln c)) = wanted, where mean is negative; [] below the least ratio."""
    from scipy.optimize import brentq, minimize_scalar

    low, high = -60.0, 20.0
    top: Any = brentq(mean, low, high, xtol=1e-14) if mean(low) < 0 < mean(high) else high
    rise = lambda z: 1 / ratio(z, m) if (m := mean(z)) < 0 else 0.0
    best: Any = minimize_scalar(lambda z: -rise(z), bounds=(top - 20, top), method="bounded", options={"xatol": 1e-10})
    miss = lambda z: rise(z) - 1 / wanted
    if mean(low) >= 0 or miss(best.x) <= 0:
        return []
    ends: Any = [brentq(miss, low, best.x, xtol=1e-14), brentq(miss, best.x, top, xtol=1e-14)]
    return ends


def _forgotten(v, gamma, alpha):
    """The window where the scale of a kick is eta*gamma, without the growth of the rest."""
    from scipy.optimize import brentq

    f = collapse_window.numeric.parts["logarithm"]
    change = lambda z: math.log1p(math.exp(z) * v) + float(mean_logarithm(f, alpha, math.exp(z) * gamma))
    grid = np.linspace(-25, 3, 800) - math.log(gamma)
    signs = np.array([change(z) for z in grid]) < 0
    if not signs.any():
        return [math.nan, math.nan]
    first, last = np.flatnonzero(signs)[[0, -1]]
    ends: Any = [brentq(change, grid[i], grid[i + 1]) for i in (first - 1, last)]
    return np.exp(ends)


def _gaussian(v, gamma, alpha):
    """The window at alpha = 2."""
    found = collapse_window.predict(v=v, gamma=gamma, alpha=2.0)
    return found if len(found) else [math.nan, math.nan]


def _equation(v, gamma, alpha):
    """From the rate of the stochastic differential equation to the edge of stability of gradient descent."""
    return [collapse_rate.predict(v=v, gamma=gamma, alpha=alpha, B=1), 2 / v]


def _mean_square(v, eta, gamma, alpha):
    """ln E (1 + eta v + eta xi)^2."""
    return math.log((1 + eta * v) ** 2 + 2 * (eta * gamma) ** 2) if alpha == 2 else math.nan


def _unshared(v, eta, gamma, alpha):
    mean = mean_logarithm(collapse_exponent.numeric.parts["logarithm"], alpha, eta * gamma)
    return 2 * math.log1p(eta * v) + 2 * float(mean)


_noises = ("label gaussian", "label stable", "label differenced", "label differenced stable")
_rest = "a kick is measured against 1, not against the growth 1 + eta*v of the same step"

collapse_exponent = Claim(
    id="deep_linear.collapse_exponent",
    statement="The mean change per step of ln|product| near the origin for two balanced factors trained on labels v "
    "with stable noise of scale gamma, batch 1: negative where the origin attracts. Correlation of the labels does not "
    "change it: a differenced label counts with its own scale, 2^(1/alpha) times that of its innovations.",
    inputs=(v_input, eta, gamma, alpha),
    domain=alpha <= 2,
    derivation=derive_exponent,
    evaluate=_change,
    exactness=exact(),
    source="[chen2023collapse] attraction by the sign of the Lyapunov exponent; the stable exponent is derived here",
    noises=_noises,
    margin=Margin(0.05, 2 * sp.log(1 + eta * v)),
    controls=(
        Control(
            "sde",
            2 * eta * v + 2 * lead * (eta * gamma) ** alpha,
            "the stochastic differential equation: growth and noise to leading order at any learning rate",
        ),
        Control("marcus", 2 * eta * v, "ordinary calculus for the noise (Marcus, Stratonovich): it leaves ln x alone"),
        Control("mean square", _mean_square, "stability in mean square, ln E x^2 in place of E ln x^2; at alpha = 2"),
        Control("rest forgotten", _unshared, _rest),
    ),
)

collapse_window = Claim(
    id="deep_linear.collapse_window",
    statement="The two learning rates between which label noise of scale gamma collapses two factors trained by SGD "
    "with batch 1 to product zero, [] where no learning rate does: where gamma/v is too small, and for alpha <= 1.",
    inputs=(v_input, gamma, alpha),
    domain=alpha <= 2,
    derivation=derive_window,
    evaluate=_window,
    exactness=exact(),
    source="[chen2023collapse] attraction by the sign of the Lyapunov exponent; the window is derived here",
    noises=_noises,
    margin=0.05,
    controls=(
        Control("sde", _equation, "the threshold of the SDE, and no upper edge before gradient descent is unstable"),
        Control("gaussian", _gaussian, "the window of alpha = 2 at every alpha"),
        Control("rest forgotten", _forgotten, _rest),
    ),
)

collapse_rate = Claim(
    id="deep_linear.collapse_rate",
    statement="The learning rate above which the origin attracts in the stochastic differential equation of two "
    "factors under label noise of scale gamma, batches of B; the lower edge of SGD's window where gamma/v is large. "
    "For alpha <= 1 the noise pushes away from the origin at any learning rate: never.",
    inputs=(v_input, gamma, heavy_input, B),
    domain=alpha <= 2,
    conditions=(("alpha > 1: at alpha <= 1 the origin never attracts, at no learning rate", lambda i: i["alpha"] > 1),),
    derivation=derive_rate,
    exactness=asymptotic("large gamma/v: relative correction of order c^alpha, c^(alpha-1) = v/gamma"),
    source="[ziyin2023] at alpha = 2; the stable law is derived here",
    noises=_noises,
    margin=0.05,
    controls=(
        Control("gaussian", B * v / gamma**2, "the law of alpha = 2 at every alpha"),
        Control(
            "sine",
            B * (v / (gamma**alpha * sp.gamma(alpha) * sp.sin(sp.pi * alpha / 2))) ** (1 / (alpha - 1)),
            "the tail constant Gamma(alpha) sin(pi alpha/2) of the stable law in place of the cosine",
        ),
        Control(
            "half",
            B * (2 * v / (gamma**alpha * sp.Abs(lead))) ** (1 / (alpha - 1)),
            "gamma^2 read as the variance at alpha = 2: half of Ito's term",
        ),
        Control(
            "no averaging",
            (v / (gamma**alpha * sp.Abs(lead))) ** (1 / (alpha - 1)),
            "the batch is forgotten: each step sees one label's noise",
        ),
    ),
)
