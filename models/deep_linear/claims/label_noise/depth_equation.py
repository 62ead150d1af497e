r"""The equation for the stationary law of the product of `depth` balanced factors under Gaussian label noise.

.. math:: x \mapsto x\,\bigl(1 - \eta\,x^{1-2/L}g\bigr)^L, \qquad \mathrm{E}\,g = x - v, \quad
          \mathrm{Var}\,g = G(x)/B, \quad G(x) = \kappa\,(x-v)^2 + \sigma^2

.. math:: dx = \Bigl[-L x^{2-2/L}(x-v) + \tfrac{L(L-1)}2\,T x^{3-4/L}G\Bigr]dt + L x^{2-2/L}\sqrt{T G}\,dW,
          \qquad T = \eta/B

.. math:: p(x) \propto \frac{x^{-3+3/L}}{G(x)} \exp\Bigl[-\frac2{TL}\int^x \frac{(y-v)\,y^{-2+2/L}}{G(y)}\,dy\Bigr],
          \qquad p \propto x^{v/\theta-3/2}e^{-x/\theta} \quad (L = 2,\ \kappa = 0,\ \theta = T\sigma^2)

Inputs have mean square 1 and kappa is the variance of the square: 0 for x = 1, 2 for Gaussian inputs. The square of a
kick has a mean, L(L-1)/2 times the noise (Ito's term): it is what shifts the law towards the origin at last.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from models.deep_linear.symbolic import depth, spread, v, xi
from theorylab.theory import symbols
from theorylab.theory.derivation import (
    centred,
    differentiate,
    dsolve,
    expect,
    four_moments,
    gaussian,
    integrate,
    series,
    simplify,
    solve,
    substitute,
)
from theorylab.theory.symbols import B, eta, sigma

level_input = symbols.input("level", "probability below the quantile", positive=True, box=(0.02, 0.98))
level = level_input.symbol

x = sp.Symbol("x", positive=True)
w, others = sp.symbols("w A", positive=True)
r, zeta = sp.symbols("r zeta", real=True)
e, h, c = sp.symbols("epsilon h c", positive=True)
slope = sp.Symbol("l", real=True)
theta = sp.Symbol("theta", positive=True)
heat = eta * sigma**2 / B


def _equation():
    """Drift and diffusion of the product per unit time, as functions of x."""
    loss = (r * w * others - v * r - xi) ** 2 / 2
    pull = yield differentiate("the gradient by one factor, the others held", loss, w)
    pull = yield substitute("balanced", pull, {w: x ** (1 / depth), others: x ** (1 - 1 / depth)})
    g = yield simplify("per x^(1-1/depth): the gradient by the product", pull / x ** (1 - 1 / depth), sp.simplify)
    laws = {xi: gaussian(sigma), r: four_moments(1, 0, 1 + spread)}
    mean = yield expect("its mean over inputs and labels", g, laws)
    square = yield expect("its second moment", g**2, laws)
    noise = yield simplify("its variance", square - mean**2, lambda f: sp.collect(sp.factor(sp.expand(f)), spread))
    factor = (1 - e**2 * c * mean - e * sp.sqrt(h) * c * zeta) ** depth - 1
    step = yield series(
        "one step of every factor by eta = epsilon^2, the batch's noise being sqrt(h)/epsilon", factor, e, 0, 3
    )
    drift = yield expect("mean step per unit time: the square of a kick stays", x * step / e**2, {zeta: centred(1)})
    spreads = yield series("its square", (x * factor) ** 2, e, 0, 3)
    diffusion = yield expect("mean square step per unit time", spreads / e**2, {zeta: centred(1)})
    where = {c: x ** (1 - 2 / depth), h: eta * noise / B}
    drift = yield substitute("as a function of the product", drift, where)
    diffusion = yield substitute("and its diffusion", diffusion, where)
    return drift, diffusion


def derive_slope():
    """d ln p/dx of the law without flux."""
    drift, diffusion = yield from _equation()
    growth = yield differentiate("the slope of the diffusion", diffusion, x)
    flux = sp.Eq(drift - growth / 2 - diffusion * slope / 2, 0)
    found = yield solve("no flux, per density: drift - (diffusion p)'/(2 p) = 0, with slope l = p'/p", flux, slope)
    return (yield simplify("the slope of ln p", found, _apart))


def _apart(expr):
    """A sum of three: power, noise, force."""
    noise = spread * (x - v) ** 2 + sigma**2
    force = -2 * B * (x - v) * x ** (-2 + 2 / depth) / (depth * eta * noise)
    return (-3 + 3 / depth) / x - sp.diff(noise, x) / noise + force


def _gamma_law():
    """The density for inputs 1 at depth 2, up to its norm, with shape a and theta = eta sigma^2/B; its norm."""
    found = yield from derive_slope()
    plain = yield substitute("depth 2, inputs 1", found, {depth: 2, spread: 0})
    plain = yield substitute("theta = eta sigma^2/B, v = theta (a + 1/2)", plain, {v: theta * (a + half), eta: eta_of})
    density = sp.Function("p")
    flow = sp.Eq(density(x).diff(x), plain * density(x))
    found = yield dsolve("the law", flow, density(x), {density(1): 1}, hint="separable")
    norm = yield integrate("its norm", found, (x, 0, sp.oo), where=a > 1)
    return found, norm


a, y = sp.symbols("a y", positive=True)
half = sp.Rational(1, 2)
eta_of = theta * B / sigma**2
back = {a: v / heat - half, theta: heat}


def derive_moments():
    density, norm = yield from _gamma_law()
    first = yield integrate("its first moment", x * density, (x, 0, sp.oo))
    second = yield integrate("its second moment", x**2 * density, (x, 0, sp.oo))
    mean = yield simplify("the mean", first / norm, sp.gammasimp)
    variance = yield simplify("the variance", second / norm - mean**2, _short)
    mean = yield substitute("a and theta in the inputs", mean, back)
    mean = yield simplify("the mean: less than v by half the noise", mean, sp.expand)
    variance = yield substitute("and the variance", variance, back)
    variance = yield simplify("the variance", variance, sp.factor)
    return {"mean": mean, "variance": variance}


def _short(expr):
    return sp.factor(sp.gammasimp(expr))


def derive_share():
    density, norm = yield from _gamma_law()
    part = yield integrate("the part below y", density, (x, 0, y), where=a > 1)
    share = yield simplify("its share: a regularised incomplete gamma function", part / norm, sp.gammasimp)
    return (yield substitute("a and theta in the inputs", share, back))


def quantile_at(f, level, **inputs):
    """Root of share(y) = level in ln y, bracketed by doubling."""
    from scipy.optimize import brentq

    miss = lambda place: f(y=math.exp(place), **inputs) - level
    low = high = math.log(inputs["v"])
    while miss(low) > 0:
        low -= 1 + abs(low)
    while miss(high) < 0:
        high += 1
    place: Any = brentq(miss, low, high, xtol=1e-13) if low < high else low
    return math.exp(place)


@lru_cache(maxsize=512)
def _slope_of(expr):
    return sp.lambdify((x, depth, v, eta, B, sigma, spread), expr, "numpy")


def density(f, depth, v, eta, B, sigma, spread):
    """Grid of ln x and the density of ln x on it, by integrating the derived slope."""
    from scipy.integrate import cumulative_simpson, simpson

    steep = B * v / (eta * (sigma**2 + spread * v**2)) - 0.5  # the power of x at the origin, of ln x's density
    start = -60 / steep if depth == 2 else -40.0
    fine = max(2e-5, min(0.002, 0.02 * sigma * math.sqrt(eta / (B * v ** (4 / depth - 1)))))  # a 50th of a cold law
    near, far = np.arange(-4.0, 27.0, fine), -np.geomspace(max(-start, 8.0), 4.0, 20_000, endpoint=False)
    place = math.log(v) + np.concatenate([far, near])
    at = np.exp(np.maximum(place, -600.0))  # far out only the power is left
    rise = 1 + at * _slope_of(f.expr)(at, depth, v, eta, B, sigma, spread)
    log = cumulative_simpson(np.clip(rise, -1e6, 1e6), x=place, initial=0)
    weight = np.exp(log - log.max())
    return place, weight / simpson(weight, x=place)


SHARES = (0.1, 0.5, 0.9)


def summary(place, weight):
    """Mean and quantiles of x from the density of ln x."""
    from scipy.integrate import cumulative_simpson, simpson

    below = np.maximum.accumulate(cumulative_simpson(weight, x=place, initial=0))
    inside = (below > 1e-12) & (below < 1 - 1e-12)
    quantiles = np.exp(np.interp(SHARES, below[inside], place[inside]))
    named = {f"{100 * p:g}%": float(q) for p, q in zip(SHARES, quantiles, strict=True)}
    return {"mean": float(simpson(weight * np.exp(place), x=place)), **named}


def by_quadrature(f, **inputs):
    return summary(*density(f, **inputs))
