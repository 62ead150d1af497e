r"""Gradient noise of variance s0^2 + s1^2 theta^2: SGD is Ito, and its variance is exactly solvable.

.. math:: V = (1-\eta\lambda)^2 V + \eta^2(s_0^2 + s_1^2 V)
"""

import sympy as sp

from models.quadratic.claims.readings import (
    derive_ito,
    mean_square_stable,
    note_24,
    note_29,
    s0,
    s1,
    stratonovich_variance,
)
from models.quadratic.symbolic import V, loss, theta, zeta
from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import centred, differentiate, expect, solve
from theorylab.theory.symbols import eta, lam


def derive():
    """The second moment of one update, noise given the state."""
    g = yield differentiate("the gradient of the loss", loss, theta)
    after = yield expect(
        "square one update and average over the noise given the state, then over the state",
        (theta - eta * (g + zeta)) ** 2,
        {zeta: centred(s0.symbol**2 + s1.symbol**2 * theta**2), theta: centred(V)},
    )
    yield solve("stationarity: one step leaves the variance unchanged", sp.Eq(V, after), V)


state_dependent_variance = Claim(
    id="quadratic.state_dependent_variance",
    statement="When the gradient noise has variance s0^2 + s1^2 theta^2, the stationary variance is this, exact in the "
    "learning rate; as eta -> 0 it is the Ito reading of the SDE and no other.",
    inputs=(eta, lam, s0, s1),
    domain=mean_square_stable,
    derivation=derive,
    exactness=exact(),
    source="derived here from the second moment of one update; [gardiner2009] chapter 4 for the readings",
    noises=("gaussian",),
    controls=(
        Control("ito sde", derive_ito, "the right reading of the SDE, quoted at a finite learning rate"),
        Control("stratonovich", stratonovich_variance, "the noise is treated as the limit of smooth forces"),
        Control("anti-ito, note 24", note_24, "Sigma is written outside of the inner derivative", "[note] equation 24"),
        Control("note 29", note_29, "a determinant, and no noise in the exponent", "[note] equation 29"),
        Control("constant noise", eta * s0.symbol**2 / (lam * (2 - eta * lam)), "the growth of the noise is ignored"),
    ),
)
