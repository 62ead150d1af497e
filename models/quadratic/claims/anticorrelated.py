r"""Anti-correlated noise zeta_k - zeta_(k-1), Gaussian and stable.

With y = theta + eta*zeta_(k-1) the newest innovation cancels, and y moves by white noise of size eta^2*lam:

.. math:: y' = (1-\eta\lambda)\,y + \eta^2\lambda\,\zeta_{k-1}, \qquad \theta = y - \eta\zeta_{k-1}
"""

import sympy as sp

from models.quadratic.claims.stable import exponent, u
from models.quadratic.symbolic import V, loss, memory, theta, zeta
from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import (
    differentiate,
    expect,
    gaussian,
    jointly_centred,
    simplify,
    solve,
    stable,
    substitute,
)
from theorylab.theory.symbols import alpha, eta, gamma, lam, sigma

C = sp.Symbol("C", real=True)
y = sp.Symbol("y", real=True)
S = sp.Symbol("S", positive=True)


def derive():
    """Second moments of (theta, zeta_prev)."""
    g = yield differentiate("the gradient of the loss", loss, theta)
    update = theta - eta * (g + zeta - memory)
    laws = {zeta: gaussian(sigma), (theta, memory): jointly_centred([[V, C], [C, sigma**2]])}
    after = yield expect("square one update; the state remembers the last innovation", update**2, laws)
    beside = yield expect("correlate the new state with the innovation that made it", update * zeta, laws)
    both = yield solve("stationarity of variance and correlation", [sp.Eq(V, after), sp.Eq(C, beside)], (V, C))
    return both[0]


def derive_stable():
    """The law of y, then that of theta."""
    g = yield differentiate("the gradient of the loss", loss, theta)
    update = theta - eta * (g + zeta - memory)
    smooth = yield substitute("follow y = theta + eta*memory instead", update + eta * zeta, {theta: y - eta * memory})
    smooth = yield simplify("the newest innovation cancels in y", smooth, sp.expand)
    laws = {memory: stable(alpha, gamma), y: stable(alpha, S ** (1 / alpha))}
    wave = yield expect("characteristic function of the new y, the old of scale S^(1/alpha)", _wave(smooth), laws)
    rate = yield simplify("its exponent, per u^alpha", sp.log(wave) / u**alpha, exponent, operation="take logarithms")
    fixed = yield solve("stationarity of the law of y", sp.Eq(-S, rate), S)
    wave = yield expect("characteristic function of theta = y - eta*memory", _wave(y - eta * memory), laws)
    rate = yield simplify("its exponent, per u^alpha", sp.log(wave) / u**alpha, exponent, operation="take logarithms")
    scale = yield substitute("the scale of theta, with the stationary S", (-rate) ** (1 / alpha), {S: fixed})
    yield simplify("take the common factor out", scale, _common, operation="factor")


def _wave(x):
    return sp.exp(sp.I * u * x)


def _common(scale):
    return eta * gamma * sp.expand(scale.base / (eta * gamma) ** alpha) ** scale.exp


anticorrelated_variance = Claim(
    id="quadratic.anticorrelated_variance",
    statement="Under anti-correlated Gaussian noise zeta_k - zeta_(k-1) the stationary variance stays of order eta^2: "
    "the noise of one step is undone by the next.",
    inputs=(eta, lam, sigma),
    domain=eta * lam < 2,
    derivation=derive,
    exactness=exact(),
    source="[orvieto2022] anti-correlated perturbations; the exact value is derived here",
    noises=("differenced gaussian",),
    controls=(
        Control(
            "white",
            eta * sigma**2 / (lam * (2 - eta * lam)),
            "the anti-correlation is forgotten: the same innovations, drawn independently",
        ),
        Control(
            "white of equal variance",
            2 * eta * sigma**2 / (lam * (2 - eta * lam)),
            "one step's variance 2 sigma^2 is used as if the steps were independent",
        ),
        Control("last kick", eta**2 * sigma**2, "only the innovation that is not yet undone is counted"),
    ),
)

anticorrelated_stable_scale = Claim(
    id="quadratic.anticorrelated_stable_scale",
    statement="Under anti-correlated stable noise the stationary scale is this; as eta -> 0 it vanishes like eta for "
    "alpha > 1 and grows relative to it without bound for alpha < 1, with the transition exactly at alpha = 1.",
    inputs=(eta, lam, gamma, alpha),
    domain=sp.And(eta * lam < 2, alpha <= 2),
    derivation=derive_stable,
    exactness=exact(),
    source="derived here from the impulse response; [samorodnitsky1994] for linear filters of stable noise",
    noises=("differenced stable", "differenced gaussian"),
    controls=(
        Control(
            "gaussian rule",
            eta * gamma * sp.sqrt(2 / (2 - eta * lam)),
            "squares are added whatever the tail: the factor of the Gaussian case",
        ),
        Control(
            "white",
            eta * gamma / (1 - sp.Abs(1 - eta * lam) ** alpha) ** (1 / alpha),
            "the anti-correlation is forgotten",
        ),
    ),
)
