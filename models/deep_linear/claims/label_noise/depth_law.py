"""Claims on the stationary law of the product of `depth` balanced factors under Gaussian label noise.

The equation, its solution and its numbers stand in `depth_equation`; here is what is claimed and what is wrongly said.
"""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from models.deep_linear.claims.label_noise.depth_equation import (
    SHARES,
    by_quadrature,
    density,
    derive_moments,
    derive_share,
    derive_slope,
    level_input,
    quantile_at,
    summary,
)
from models.deep_linear.symbolic import depth, depth_input, spread_input, v, v_input
from theorylab.theory import Claim, Control, Margin, asymptotic
from theorylab.theory.symbols import B, eta, sigma


def _changed(change):
    """The law whose slope is the derived one plus change(x, **inputs): for the controls."""

    def value(**inputs):
        place, weight = density(product_density.numeric, **inputs)
        log = np.log(np.maximum(weight, 1e-300)) + change(np.exp(place), **inputs)
        weight = np.exp(log - log.max())
        ends = weight[0] + weight[-1]
        if ends > 1e-3:
            return dict.fromkeys(("mean", *(f"{100 * p:g}%" for p in SHARES)), math.nan)
        return summary(place, weight / np.trapezoid(weight, place))

    return value


def _noise(at, v, sigma, spread):
    return sigma**2 + spread * (at - v) ** 2


def _power(extra):
    """ln of x^(extra(depth)) times the noise to the power q."""
    return lambda at, depth, v, sigma, spread, **_: sum(
        q * np.log(f) for q, f in zip(extra(depth), (at, _noise(at, v, sigma, spread)), strict=True)
    )


def normal_near_target(width):
    """Mean and quantiles of a normal law around v with standard deviation width(**inputs)."""

    def value(v, **inputs):
        from scipy.stats import truncnorm

        sd = width(v=v, **inputs)
        law = truncnorm(-v / sd, np.inf, loc=v, scale=sd)
        quantiles = {f"{100 * p:g}%": float(law.ppf(p)) for p in SHARES}
        return {"mean": float(law.mean()), **quantiles}

    return value


def _sd(v, eta, B, sigma, **_):
    return math.sqrt(product_law.predict(v=v, eta=eta, B=B, sigma=sigma)["variance"])


def _normal(level, **inputs):
    from scipy.special import ndtri

    return product_law.predict(**inputs)["mean"] + _sd(**inputs) * float(ndtri(level))


def _width(**inputs):
    found = product_density.predict(**inputs)
    return dict.fromkeys(found, found["90%"] - found["10%"])


def _gamma_quantile(shape):
    """Quantile of a Gamma law of scale theta whose shape is shape(v/theta): for the controls."""

    def value(v, eta, B, sigma, level):
        from scipy.special import gammaincinv

        scale = eta * sigma**2 / B
        return scale * float(gammaincinv(shape(v / scale), level)) if shape(v / scale) > 0 else math.nan

    return value


def _both(mean, variance):
    """Mean and variance from functions of (v, theta, eta/B); not a number where the variance is not positive."""

    def value(v, eta, B, sigma):
        found = {"mean": mean(v, eta * sigma**2 / B), "variance": variance(v, eta * sigma**2 / B, eta / B)}
        return found if found["variance"] > 0 else dict.fromkeys(found, math.nan)

    return value


_dropped = "the equation of the product is written without Ito's term, the mean square of two kicks at once"
_ordinary = "ordinary calculus for the noise (Stratonovich): the target is the mean whatever the temperature"
_boltzmann = "a Boltzmann law exp(-2 L/(T sigma^2)), as if the product and not its factors felt the noise"
_note = "equation 29, exp(-2 B L/eta); its factor |Sigma|^(-1/2) has no integral at the origin and is left out"
small_eta = asymptotic("small eta at given eta*sigma^2/B: relative corrections of order eta*v")
cold = sp.Lt(eta * sigma**2 / (2 * B), v)

product_law = Claim(
    id="deep_linear.product_law",
    statement="Mean and variance of the product of two factors trained on labels v with Gaussian noise of standard "
    "deviation sigma, input 1, batches of B: a Gamma law. Above eta*sigma^2/(2*B) = v the origin attracts and there is "
    "no stationary law.",
    inputs=(v_input, eta, B, sigma),
    domain=cold,
    derivation=derive_moments,
    exactness=small_eta,
    source="[ziyin2023] the stationary law of one mode; derived here from one step",
    noises=("label gaussian",),
    margin=Margin(0.03, lambda **i: {"mean": _sd(**i), "variance": _sd(**i) ** 2}),
    controls=(
        Control("no Ito term", _both(lambda v, t: v - t, lambda v, t, _: t * (v - t)), _dropped),
        Control("stratonovich", _both(lambda v, t: v, lambda v, t, _: t * v), _ordinary),
        Control("boltzmann", _both(lambda v, t: v, lambda v, t, _: t / 2), _boltzmann),
        Control("note 29", _both(lambda v, t: v, lambda v, t, T: T / 2), _note, "[note]"),
    ),
)

product_quantile = Claim(
    id="deep_linear.product_quantile",
    statement="The product below which two factors, trained on labels v with Gaussian noise of standard deviation "
    "sigma, input 1, batches of B, are found with probability `level` in the long run.",
    inputs=(v_input, eta, B, sigma, level_input),
    domain=cold,
    derivation=derive_share,
    evaluate=quantile_at,
    exactness=small_eta,
    source="[ziyin2023] the stationary law of one mode; derived here from one step",
    noises=("label gaussian",),
    margin=Margin(0.1, _sd),
    controls=(
        Control("no Ito term", _gamma_quantile(lambda ratio: ratio - 1), _dropped),
        Control("stratonovich", _gamma_quantile(lambda ratio: ratio), _ordinary),
        Control("normal", _normal, "a normal law with the right mean and variance: small fluctuations"),
    ),
)

product_density = Claim(
    id="deep_linear.product_density",
    statement="Mean and quantiles of the product of `depth` balanced factors trained on labels v*x with Gaussian noise "
    "of standard deviation sigma, for random inputs x with mean square 1 whose square has the variance `spread`, among "
    "networks that survive to the stated horizon: random inputs throw some out of reach sooner or later.",
    inputs=(depth_input, v_input, eta, B, sigma, spread_input),
    domain=sp.Ge(depth, 2),
    conditions=(
        (
            "depth > 2, or eta*(sigma^2 + spread*v^2)/(2*B) < v: beyond, the origin attracts and no stationary law "
            "exists",
            lambda i: i["depth"] > 2 or i["eta"] * _noise(0, i["v"], i["sigma"], i["spread"]) < 2 * i["B"] * i["v"],
        ),
    ),
    derivation=derive_slope,
    evaluate=by_quadrature,
    exactness=asymptotic(
        "small eta at given eta*sigma^2/B: relative corrections of order eta*v*depth^2, more for larger spread"
    ),
    source="[ziyin2023] the stationary law of one mode; derived here from one step, for any depth",
    noises=("label gaussian",),
    margin=Margin(0.05, _width),
    controls=(
        Control("no Ito term", _changed(_power(lambda depth: (1 / depth - 1, 0))), _dropped),
        Control("stratonovich", _changed(_power(lambda depth: (1 - 1 / depth, 0.5))), _ordinary),
        Control("boltzmann", normal_near_target(lambda eta, B, sigma, **_: sigma * math.sqrt(eta / B / 2)), _boltzmann),
        Control("note 29", normal_near_target(lambda eta, B, **_: math.sqrt(eta / B / 2)), _note, "[note]"),
        Control(
            "depth 2",
            lambda **inputs: product_density.predict(**(inputs | {"depth": 2})),
            "the law of two factors at every depth",
        ),
    ),
)
