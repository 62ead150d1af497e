r"""Readings of dtheta = -lam theta dt + sqrt(2 D(theta)) dW with D = eta (s0^2 + s1^2 theta^2)/2, as stationary laws.

.. math:: \lambda\theta p + D^{1-\nu}(D^{\nu}p)' = 0, \qquad
          \nu = 1\ (\text{Ito}),\ \tfrac12\ (\text{Stratonovich}),\ 0\ (\text{anti-Ito})

Equation 24 of the research note is the anti-Ito one. Its equation 29 is a law of none of them.
"""

from dataclasses import replace

import sympy as sp

from models.quadratic.symbolic import V, loss, theta
from theorylab.theory import Claim, Control, exact, symbols
from theorylab.theory.derivation import differentiate, dsolve, identify, integrate, simplify, solve, substitute, tidy
from theorylab.theory.symbols import eta, lam

s0 = symbols.input("s0", "standard deviation of the noise at the minimum", "loss/param", positive=True, box=(0.1, 1.0))
s1 = symbols.input("s1", "growth of the noise's standard deviation", "loss/param^2", positive=True, box=(0.3, 1.5))
coarse = replace(symbols.table["eta"], box=(0.3, 2.0))  # points at which the Bessel functions of note_29 are in range
mean_square_stable = eta * (lam**2 + s1.symbol**2) < 2 * lam

D0, D1, a, b = sp.symbols("D0 D1 a b", positive=True)
p = sp.Function("p")
finite = lam > 4 * D1


def reading(nu):
    """The derivation of the second moment of the zero-flux law."""

    def derive():
        diffusion = D0 + D1 * theta**2
        drift = yield differentiate("the drift is minus the gradient", -loss, theta)
        slope = yield differentiate("how the diffusion grows", diffusion, theta)
        flux = sp.Eq((drift - nu * slope) * p(theta), diffusion * p(theta).diff(theta))
        law = yield dsolve("zero probability flux, up to the norm", flux, p(theta), {p(0): 1}, hint="1st_linear")
        law = yield simplify("write it as one power", law, _one_power, operation="powsimp")
        norm = yield integrate("the norm", law, (theta, -sp.oo, sp.oo), where=finite)
        second = yield integrate("the unnormalised second moment", theta**2 * law, (theta, -sp.oo, sp.oo), where=finite)
        ratio = yield solve("the variance is their ratio", sp.Eq(V * norm, second), V, where=finite)
        ratio = yield simplify("powers and gamma functions cancel", ratio, _cancel, where=finite, operation="cancel")
        noise = {D0: eta * s0.symbol**2 / 2, D1: eta * s1.symbol**2 / 2}
        inserted = yield substitute("insert the diffusion of the noise", ratio, noise)
        yield simplify("clear the halves", inserted, tidy, operation="factor")

    return derive


def _one_power(expr):
    return sp.powsimp(expr.rewrite(sp.Pow))


def _cancel(expr):
    return sp.factor(sp.gammasimp(sp.expand_func(sp.powsimp(sp.expand(expr)))))


def derive_29():
    """p = D^(-1/2) exp(-2 L/eta) for B = 1: moments of exp(-b x^2)/sqrt(a + x^2), b = lam/eta, a = (s0/s1)^2."""
    weight = sp.exp(-b * theta**2) / sp.sqrt(a + theta**2)
    bessel = sp.exp(a * b / 2) * sp.besselk(0, a * b / 2)
    norm = yield identify("the partition function", sp.Integral(weight, (theta, -sp.oo, sp.oo)), bessel)
    second = yield differentiate("minus its slope in b is the unnormalised second moment", -norm, b)
    ratio = yield solve("the variance is their ratio", sp.Eq(V * norm, second), V)
    yield substitute("insert loss and noise", ratio, {b: 2 * loss / (eta * theta**2), a: (s0.symbol / s1.symbol) ** 2})


derive_ito = reading(sp.Integer(1))
derive_stratonovich = reading(sp.Rational(1, 2))
derive_anti_ito = reading(sp.Integer(0))

stratonovich_variance = Claim(
    id="quadratic.stratonovich_variance",
    statement="The Stratonovich reading of the SDE with noise variance s0^2 + s1^2 theta^2: its stationary variance.",
    inputs=(eta, lam, s0, s1),
    domain=sp.And(mean_square_stable, eta * s1.symbol**2 < lam),
    derivation=derive_stratonovich,
    exactness=exact(),
    source="[gardiner2009] chapter 4, the zero-flux law in the Stratonovich reading",
    noises=("gaussian",),
    controls=(Control("anti-ito", derive_anti_ito, "half of the noise-induced drift is taken for the whole"),),
    expected="disagrees",
)

note_24 = Claim(
    id="quadratic.note_24",
    statement="Equation 24 of the note, Sigma outside of the inner derivative (the anti-Ito reading), as the law of "
    "SGD with noise variance s0^2 + s1^2 theta^2: its stationary variance.",
    inputs=(eta, lam, s0, s1),
    domain=sp.And(mean_square_stable, 3 * eta * s1.symbol**2 < 2 * lam),
    derivation=derive_anti_ito,
    exactness=exact(),
    source="[note] equation 24",
    noises=("gaussian",),
    controls=(Control("stratonovich", derive_stratonovich, "the other reading in which Sigma is not inside"),),
    expected="disagrees",
)

note_29 = Claim(
    id="quadratic.note_29",
    statement="Equation 29 of the note, |Sigma|^(-1/2) exp(-2 B L/eta) with B = 1, as the law of SGD with noise "
    "variance s0^2 + s1^2 theta^2: its stationary variance.",
    inputs=(coarse, lam, s0, s1),
    domain=mean_square_stable,
    derivation=derive_29,
    exactness=exact(),
    source="[note] equation 29",
    noises=("gaussian",),
    controls=(Control("no determinant", eta / (2 * lam), "the exponent of equation 29 alone: a Gaussian law"),),
    expected="disagrees",
)
