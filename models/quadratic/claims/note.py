r"""Formulas printed in the research note that the same data refute, each derived from the line that is printed.

.. math:: \Delta\theta = -\eta g_B + \eta\xi \;(14), \qquad p \propto e^{-\beta\Sigma^{-1}L},\ \beta = B/2\eta \;(28)

With xi = g_n - g_B the printed update holds the noise twice. Sigma is the covariance of one example's gradient and
sigma^2 = Sigma/B that of the batch, so (28) reads exp(-L/(2 eta sigma^2)).
"""

import sympy as sp

from models.quadratic.symbolic import V, loss, theta, zeta
from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import centred, differentiate, expect, gaussian, integrate, solve, substitute
from theorylab.theory.symbols import eta, lam, sigma

g_batch = sp.Symbol("g_B", real=True)
g_full = sp.Symbol("g_n", real=True)


def derive_14():
    """The printed update, squared."""
    full = yield differentiate("the gradient of the whole data set", loss, theta)
    printed = -eta * g_batch + eta * (g_full - g_batch)
    step = yield substitute("equation 14 with xi = g_n - g_B, at g_B = g_n + zeta", printed, {g_batch: g_full + zeta})
    step = yield substitute("the gradient of the quadratic", step, {g_full: full})
    after = yield expect(
        "square the printed update and average over noise and state",
        (theta + step) ** 2,
        {zeta: gaussian(sigma), theta: centred(V)},
    )
    yield solve("stationarity of the printed update", sp.Eq(V, after), V)


def derive_28():
    """The second moment of the printed law."""
    weight = sp.exp(-loss / (2 * eta * sigma**2))  # equation 28 in one dimension
    norm = yield integrate("the partition function", weight, (theta, -sp.oo, sp.oo))
    second = yield integrate("the unnormalised second moment", theta**2 * weight, (theta, -sp.oo, sp.oo))
    yield solve("the variance is their ratio", sp.Eq(V * norm, second), V)


note_14 = Claim(
    id="quadratic.note_14",
    statement="Equation 14 of the note, -eta g_B + eta xi, as the update: the noise enters twice.",
    inputs=(eta, lam, sigma),
    domain=eta * lam < 2,
    derivation=derive_14,
    exactness=exact(),
    source="[note] equation 14",
    noises=("gaussian",),
    controls=(Control("other sign", sp.S.Zero, "with xi = g_B - g_n the added noise cancels: no noise at all"),),
    expected="disagrees",
)

note_28 = Claim(
    id="quadratic.note_28",
    statement="Equation 28 of the note, exp(-beta L/Sigma) with beta = B/(2 eta), as the stationary law: its variance.",
    inputs=(eta, lam, sigma),
    domain=eta * lam < 2,
    derivation=derive_28,
    exactness=exact(),
    source="[note] equation 28",
    noises=("gaussian",),
    controls=(Control("no half", eta * sigma**2 / lam, "beta = B/eta, from a diffusion without Ito's half"),),
    expected="disagrees",
)
