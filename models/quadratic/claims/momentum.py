r"""Stationary variance with heavy-ball momentum.

.. math:: v' = \mu v - \eta(\lambda\theta + \zeta), \qquad \theta' = \theta + v'

The second moments of (theta, v) obey three linear equations.
"""

import sympy as sp

from models.quadratic.claims.variance import variance
from models.quadratic.symbolic import V, loss, theta, zeta
from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import differentiate, expect, gaussian, jointly_centred, solve
from theorylab.theory.symbols import eta, lam, mu, sigma

v = sp.Symbol("v", real=True)
C = sp.Symbol("C", real=True)
W = sp.Symbol("W", positive=True)


def derive():
    """Second moments of (theta, v)."""
    g = yield differentiate("the gradient of the loss", loss, theta)
    velocity = mu * v - eta * (g + zeta)
    position = theta + velocity
    laws = {zeta: gaussian(sigma), (theta, v): jointly_centred([[V, C], [C, W]])}
    after = yield expect("square the new position", position**2, laws)
    beside = yield expect("multiply new position and new velocity", position * velocity, laws)
    speed = yield expect("square the new velocity", velocity**2, laws)
    stationary = [sp.Eq(V, after), sp.Eq(C, beside), sp.Eq(W, speed)]
    moments = yield solve("stationarity of the three second moments", stationary, (V, C, W))
    return moments[0]


momentum_variance = Claim(
    id="quadratic.momentum_variance",
    statement="With heavy-ball momentum mu the stationary variance under white Gaussian gradient noise is this, exact "
    "in the learning rate.",
    inputs=(eta, lam, sigma, mu),
    domain=sp.And(eta * lam < 2 * (1 + mu), mu < 1),
    derivation=derive,
    exactness=exact(),
    source="[liu2021] heavy-ball momentum, the scalar case of its matrix equation",
    noises=("gaussian",),
    controls=(
        Control(
            "effective learning rate",
            eta * sigma**2 / (2 * lam * (1 - mu)),
            "momentum is read as a learning rate eta/(1 - mu) in the SDE's value",
        ),
        Control(
            "effective learning rate, discrete",
            eta * sigma**2 / (lam * (2 * (1 - mu) - eta * lam)),
            "the learning rate eta/(1 - mu) is put into the exact value without momentum",
        ),
        Control("no momentum", variance, "momentum is taken to average the noise out, or is forgotten"),
        Control(
            "damped",
            (1 - mu) ** 2 * eta * sigma**2 * (1 + mu) / (lam * (1 - mu) * (2 * (1 + mu) - eta * lam)),
            "the momentum of an exponential moving average (dampening 1 - mu) is mistaken for heavy-ball momentum",
        ),
    ),
)
