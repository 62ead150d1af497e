r"""Stationary scale under symmetric stable gradient noise.

.. math:: c^\alpha = |1-\eta\lambda|^\alpha c^\alpha + (\eta\gamma)^\alpha
"""

import sympy as sp

from models.quadratic.symbolic import loss, theta, zeta
from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import differentiate, expect, simplify, solve, stable
from theorylab.theory.symbols import alpha, eta, gamma, lam

c = sp.Symbol("c", positive=True)
u = sp.Symbol("u", positive=True)


def exponent(expr):
    """log E exp(i u x) of stable laws, expanded; positive factors leave the powers."""
    return sp.expand(sp.expand_power_base(sp.expand_log(expr, force=True), force=True))


def derive():
    """The characteristic function of one update."""
    g = yield differentiate("the gradient of the loss", loss, theta)
    wave = yield expect(
        "characteristic function of one update, for a state of scale c",
        sp.exp(sp.I * u * (theta - eta * (g + zeta))),
        {zeta: stable(alpha, gamma), theta: stable(alpha, c)},
    )
    rate = yield simplify("its exponent, per u^alpha", sp.log(wave) / u**alpha, exponent, operation="take logarithms")
    yield solve("stationarity: one update leaves the law unchanged", sp.Eq(-(c**alpha), rate), c)


stable_scale = Claim(
    id="quadratic.stable_scale",
    statement="Under symmetric stable gradient noise of index alpha and scale gamma the stationary law is stable with "
    "this scale; at alpha = 1 and eta*lam <= 1 it does not depend on the learning rate.",
    inputs=(eta, lam, gamma, alpha),
    domain=sp.And(eta * lam < 2, alpha <= 2),
    derivation=derive,
    exactness=exact(),
    source="[samorodnitsky1994] scaled sums of independent stable variables",
    noises=("stable", "gaussian"),
    controls=(
        Control(
            "gaussian exponent",
            gamma * sp.sqrt(eta / (lam * (2 - eta * lam))),
            "squares are added whatever the tail: the rule of alpha = 2",
        ),
        Control(
            "levy sde",
            gamma * eta ** (1 - 1 / alpha) / (alpha * lam) ** (1 / alpha),
            "the continuous-time Levy-driven Ornstein-Uhlenbeck scale at a finite learning rate",
        ),
        Control(
            "gaussian learning-rate power",
            gamma * sp.sqrt(eta) / (alpha * lam) ** (1 / alpha),
            "the fluctuation is taken to grow as eta^(1/2) instead of eta^(1-1/alpha)",
        ),
    ),
)
