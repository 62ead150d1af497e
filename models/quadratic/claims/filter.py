r"""One law for momentum, colour and stability: the impulse response.

.. math:: \theta_k = \sum_j \psi_j \zeta_{k-j}, \qquad c^\alpha = \gamma^\alpha \sum_j |\psi_j|^\alpha

with generating functions in z (one step back), for xi_k = rho xi_(k-1) + zeta_k - delta zeta_(k-1):

.. math:: \sum_j\psi_j z^j = \frac{-\eta z(1-\delta z)}{(1-\rho z)(1-(1+\mu-\eta\lambda)z+\mu z^2)}
"""

import mpmath
import sympy as sp

from models.quadratic.claims.stable import c, exponent, u
from models.quadratic.power_sum import power_sum
from models.quadratic.symbolic import loss, theta
from theorylab.theory import Claim, Control, exact, symbols
from theorylab.theory.derivation import compute, differentiate, expect, simplify, solve, stable, substitute
from theorylab.theory.symbols import alpha, eta, gamma, lam, mu, rho

examples = ("white", "differenced", "ar1:0.5")
colour = symbols.input("colour", "colour of the noise: white, differenced or ar1:RHO", kind="text", choices=examples)
z, delta = sp.symbols("z delta", real=True)
Z, X, Y, velocity = sp.symbols("Z X Y v", real=True)
zeta_0, zeta_1, psi_0, psi_1 = sp.symbols("zeta_0 zeta_1 psi_0 psi_1", real=True)
S = sp.Symbol("S", positive=True)


def derive():
    """The response as a generating function, and the law of a filtered stable noise."""
    g = yield differentiate("the gradient of the loss", loss, theta)
    gradient = g.subs(theta, Y)  # Y, v, X and Z are the generating functions of state, velocity, noise and innovation
    system = [
        sp.Eq(velocity, z * (mu * velocity - eta * (gradient + X))),
        sp.Eq(Y, z * Y + velocity),
        sp.Eq(X, rho * z * X + (1 - delta * z) * Z),
    ]
    found = yield solve("the update, and the colour of the noise, in generating functions", system, (Y, velocity, X))
    response = yield simplify("the response to one innovation", found[0] / Z, sp.factor)
    top, bottom = sp.fraction(response)
    numerator = yield compute("its numerator in powers of z", _powers(bottom), top, oracle=_taylor(top, bottom))
    denominator = yield compute("its denominator", _powers(bottom), bottom, oracle=_taylor(bottom, bottom))
    innovation = stable(alpha, gamma)
    wave = yield expect(
        "characteristic function of a sum of weighted innovations",
        sp.exp(sp.I * u * (psi_0 * zeta_0 + psi_1 * zeta_1)),
        {zeta_0: innovation, zeta_1: innovation},
    )
    rate = sp.log(wave) / (gamma * u) ** alpha
    rate = yield simplify("its exponent, per (gamma u)^alpha", rate, exponent, operation="take logarithms")
    powers = sp.Abs(psi_0) ** alpha + sp.Abs(psi_1) ** alpha
    rate = yield substitute("write S for the sum of the |psi_j|^alpha", -rate, {powers: S})
    scale = yield solve("the law of the sum is stable with scale c", sp.Eq((c / gamma) ** alpha, rate), c)
    return {"numerator": numerator, "denominator": denominator, "scale": scale}


def _powers(bottom):
    """Coefficients of a polynomial in z, over the denominator's constant."""

    def coefficients_in_z(polynomial):
        unit = bottom.subs(z, 0)
        return sp.Tuple(*(sp.factor(term / unit) for term in reversed(sp.Poly(polynomial, z).all_coeffs())))

    return coefficients_in_z


def _taylor(polynomial, bottom):
    """Oracle: numerical Taylor coefficients of the polynomial over the denominator's value at 0."""

    def coefficients(point):
        values = [(s, point[s]) for s in (eta, lam, mu, rho, delta) if s in point]
        top, unit = (sp.lambdify(z, f.subs(values), "mpmath") for f in (polynomial, bottom))
        return [term / unit(0) for term in mpmath.taylor(top, 0, sp.degree(polynomial, z))]

    return coefficients


def read_colour(text):
    """(delta, rho) of a colour; None where the text names none."""
    if text in ("white", "differenced"):
        return (0.0 if text == "white" else 1.0), 0.0
    name, _, number = text.partition(":")
    try:
        return (0.0, float(number)) if name == "ar1" and abs(float(number)) < 1 else None
    except ValueError:
        return None


def by_response(f, eta, lam, gamma, alpha, mu, colour, power=None):
    """Sum the impulse response that the derived generating function gives; `power` replaces alpha in that sum."""
    difference, correlation = read_colour(colour) or (0.0, 0.0)
    names = {"eta": eta, "lam": lam, "mu": mu, "rho": correlation, "delta": difference}
    parts = f.parts
    power = alpha if power is None else power
    total = power_sum(parts["numerator"](**names), parts["denominator"](**names), power)
    return parts["scale"](gamma=gamma, alpha=power, S=total)


def squares(**inputs):
    """The sum of squares, whatever the tail."""
    return by_response(filter_scale.numeric, **inputs, power=2.0)


def white(**inputs):
    """The innovations without their colour."""
    return filter_scale.predict(**(inputs | {"colour": "white"}))


def without_momentum(**inputs):
    """mu = 0; not a number where plain gradient descent is unstable."""
    return filter_scale.predict(**(inputs | {"mu": 0.0}))


def long_run(**inputs):
    """White noise of the same sum over all steps: delta and rho enter through (1 - delta)/(1 - rho)."""
    difference, correlation = read_colour(inputs["colour"]) or (0.0, 0.0)
    return white(**inputs) * (1 - difference) / (1 - correlation)


filter_scale = Claim(
    id="quadratic.filter_scale",
    statement="Momentum, colour and stability in one law: the stationary scale is gamma times the alpha-norm of the "
    "impulse response from innovation to weight.",
    inputs=(eta, lam, gamma, alpha, mu, colour),
    domain=sp.And(eta * lam < 2 * (1 + mu), mu < 1, alpha <= 2),
    derivation=derive,
    exactness=exact(),
    source="[samorodnitsky1994] linear filters of stable noise; the response is derived here",
    noises=(
        "gaussian",
        "stable",
        "differenced gaussian",
        "differenced stable",
        "ar1 gaussian",
        "ar1 stable",
    ),
    controls=(
        Control("sum of squares", squares, "variances are added whatever the tail: the rule of alpha = 2"),
        Control("white", white, "the colour of the noise is forgotten"),
        Control("no momentum", without_momentum, "momentum is forgotten"),
        Control("long-run noise", long_run, "coloured noise is replaced by white noise of the same sum over steps"),
    ),
    evaluate=by_response,
    conditions=(
        ("colour is white, differenced or ar1:RHO with abs(RHO) < 1", lambda v: read_colour(v["colour"]) is not None),
    ),
)
