"""How far SGD spreads around the minimum of a bowl."""

import sympy as sp

from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import differentiate, expect, gaussian, solve
from theorylab.theory.symbols import eta, lam, sigma

theta, zeta, V = sp.symbols("theta zeta V", real=True)


def derive():
    """One step must leave the second moment unchanged."""
    slope = yield differentiate("the gradient of the loss", lam * theta**2 / 2, theta)
    moment = yield expect(
        "the second moment after one step, over the noise and over theta with second moment V",
        (theta - eta * (slope + zeta)) ** 2,
        {zeta: gaussian(sigma), theta: gaussian(sp.sqrt(V))},
    )
    yield solve("stationarity", sp.Eq(V, moment), V)


variance = Claim(
    id="bowl.variance",
    statement="White Gaussian gradient noise keeps SGD on a bowl at this variance, at any learning rate.",
    inputs=(eta, lam, sigma),
    domain=eta * lam < 2,
    derivation=derive,
    exactness=exact(),
    source="one-step second moment",
    noises=("gaussian",),
    controls=(Control("sde", eta * sigma**2 / (2 * lam), "the value of the stochastic differential equation"),),
)
