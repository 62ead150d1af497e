r"""Fluctuations of a two-layer network about its minimum, mode by mode, and the equipartition that heavy tails break.

.. math:: c_{ij} = \eta\gamma\sqrt{\lambda}\Bigl(1+\frac{|1-\eta\lambda-\delta|^\alpha}{1-|1-\eta\lambda|^\alpha}
          \Bigr)^{1/\alpha}, \qquad \lambda = s_i + s_j

with delta = 0 for white noise and 1 for zeta_k - zeta_(k-1). At small eta white noise gives lambda^(1/2 - 1/alpha): all
modes alike at alpha = 2, the flat ones wider below. The deviation of part (i, j) of the product is sqrt(lambda) times
that of the weights along one eigenvector of the Hessian.
"""

import numpy as np
import sympy as sp

from models.deep_linear.claims.escape.escape import colour
from models.deep_linear.claims.minima.hessian import derive as derive_hessian
from models.deep_linear.claims.minima.hessian import values
from models.deep_linear.symbolic import depth
from theorylab.theory import Claim, Control, Margin, asymptotic, limit
from theorylab.theory.derivation import differentiate, expect, series, simplify, stable, substitute, summation
from theorylab.theory.derivation import limit as as_limit
from theorylab.theory.symbols import alpha, eta, gamma, lam

theta, first, second = sp.symbols("theta zeta_0 zeta_1", real=True)
k, total, z = sp.symbols("k S z", positive=True)
j = sp.Symbol("j", integer=True, nonnegative=True)
taken = sp.Symbol("delta", nonnegative=True)
small, beyond = sp.symbols("h b", positive=True)
log_lam = sp.Symbol("lnlam", real=True)


def derive_scale():
    """The scale of one part of the product."""
    spectrum = yield from derive_hessian()
    two = yield substitute("two layers", spectrum["pair"], {depth: 2})
    curvature = yield simplify("the curvature of the part (i, j)", two, sp.cancel)
    pull = yield differentiate("the gradient along its eigenvector", lam * theta**2 / 2, theta)
    factor = yield simplify("one step multiplies a deviation", (theta - eta * pull) / theta, sp.expand)
    wave = yield expect(
        "an innovation of isotropic noise has one scale along every direction",
        sp.exp(sp.I * k * first),
        {first: stable(alpha, gamma)},
    )
    one = yield simplify("to the power alpha", -sp.log(wave) / k**alpha, _powers)
    later = yield summation(
        "what is left of it in all later steps, in powers of z = |factor|^alpha", z**j, (j, 0, sp.oo), where=z < 1
    )
    response = 1 + sp.Abs(factor - taken) ** alpha * later
    whole = yield substitute(
        "its first kick, and that less what the next step takes back", response, {z: sp.Abs(factor) ** alpha}
    )
    scale = yield simplify(
        "the scale along the eigenvector", (eta**alpha * one * whole) ** (1 / alpha), _common, where=eta * lam < 2
    )
    both = scale * sp.sqrt(lam)
    return (yield substitute("the product moves sqrt(lambda) times as far, lambda = s_i + s_j", both, {lam: curvature}))


def derive_slope():
    """d ln(scale)/d ln(lambda) at small learning rates, for both colours."""
    yield from derive_scale()
    after = (1 - small) ** alpha  # h = eta*lambda
    lost = yield series("what a step forgets, at small h = eta*lambda", 1 - after, small, 0, 2)
    kept = yield substitute("all responses to white noise", 1 / total, {total: lost})
    undone = 1 + small ** (1 + beyond) / (total.subs(total, lost)).subs(alpha, 1 + beyond)
    flat = yield as_limit("to differenced noise of alpha = 1 + b: the newest kick alone", undone, small, 0)
    slopes = {}
    for name, response in (("white", kept), ("differenced", flat)):
        log = sp.log(response) / alpha + sp.log(small) / 2
        turned = yield substitute(f"{name}: the logarithm of the scale", log, {small: eta * sp.exp(log_lam)})
        slope = yield differentiate("by that of lambda", turned, log_lam)
        slopes[name] = slope
    return slopes


def _powers(expr):
    return sp.powsimp(sp.expand_power_base(sp.expand_log(expr, force=True), force=True))


def _common(scale):
    return eta * gamma * sp.expand(scale.base / (eta * gamma) ** alpha) ** (1 / alpha)


def matrix(f, eta, gamma, alpha, singular_values, colour):
    """All pairs of modes."""
    delta = 1.0 if colour == "differenced" else 0.0
    at = lambda one, two: f(eta=eta, gamma=gamma, alpha=alpha, s_i=one, s_j=two, delta=delta)
    return np.array([[at(one, two) for two in singular_values] for one in singular_values])


def curvatures(singular_values):
    """s_i + s_j."""
    return singular_values[:, None] + singular_values[None, :]


def alike(**inputs):
    """One scale for all modes: their geometric mean."""
    right = fluctuation.predict(**inputs)
    return np.full_like(right, np.exp(np.log(right).mean()))


def continuous(eta, gamma, alpha, singular_values, colour):
    """The Ornstein-Uhlenbeck law of white noise."""
    h = eta * curvatures(singular_values)
    return eta * gamma * np.sqrt(h / eta) / (alpha * h) ** (1 / alpha)


def squares(**inputs):
    """The response of alpha = 2."""
    return fluctuation.predict(**(inputs | {"alpha": 2.0}))


def weights_only(**inputs):
    """The deviation along the eigenvector, in weight space."""
    return fluctuation.predict(**inputs) / np.sqrt(curvatures(inputs["singular_values"]))


def white(**inputs):
    """The innovations drawn independently."""
    return fluctuation.predict(**(inputs | {"colour": "white"}))


positive = (
    ("singular_values are positive", lambda v: bool(np.all(v["singular_values"] > 0))),
    (
        "eta*(s_i + s_j) < 2 for all singular_values",
        lambda v: bool(v["eta"] * 2 * np.max(v["singular_values"]) < 2),
    ),
)

fluctuation = Claim(
    id="deep_linear.equipartition",
    statement="The scales of the fluctuations U' (W_2 W_1 - S) V of a balanced two-layer network about its minimum, "
    "mode by mode, under isotropic gradient noise of scale gamma, small enough to stay near it; of the "
    "networks that it does not throw out.",
    inputs=(eta, gamma, alpha, values, colour),
    domain=alpha <= 2,
    conditions=positive,
    derivation=derive_scale,
    evaluate=matrix,
    exactness=asymptotic("small noise: relative scale/s, and the drift along the flat directions"),
    source="derived here; [samorodnitsky1994] for linear filters of stable noise",
    noises=("gaussian", "stable", "differenced gaussian", "differenced stable"),
    margin=0.03,
    controls=(
        Control("equipartition", alike, "every mode is given the same scale, as a temperature would"),
        Control(
            "continuous time", continuous, "the stationary law of the stochastic differential equation, white noise"
        ),
        Control("gaussian response", squares, "squares are added whatever the tail"),
        Control("weight space", weights_only, "the weights' deviation is put for the product's"),
        Control("white", white, "the anti-correlation is forgotten"),
    ),
)

slope = Claim(
    id="deep_linear.equipartition_slope",
    statement="The slope of ln(scale) of those fluctuations against ln(s_i + s_j) at small learning rates: zero, "
    "equipartition, for white Gaussian noise alone; tails widen the flat modes, anti-correlation the sharp ones.",
    inputs=(alpha, colour),
    domain=alpha <= 2,
    conditions=(("alpha > 1 where colour is differenced", lambda v: v["colour"] != "differenced" or v["alpha"] > 1),),
    derivation=derive_slope,
    evaluate=lambda f, alpha, colour: f.parts[colour](alpha=alpha),
    exactness=limit(1),
    source="derived here",
    noises=("gaussian", "stable", "differenced gaussian"),
    margin=Margin(0.03, sp.Integer(1)),
    controls=(
        Control("equipartition", lambda alpha, colour: 0.0, "a temperature gives every mode the same scale"),
        Control("weight space", lambda alpha, colour: -1 / alpha, "the law of the weights along eigenvectors"),
        Control("white", lambda alpha, colour: 0.5 - 1 / alpha, "the anti-correlation is forgotten"),
    ),
)
