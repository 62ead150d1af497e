r"""Stationary variance under white Gaussian gradient noise, and the values that are quoted for it.

.. math:: V = (1-\eta\lambda)^2 V + \eta^2\sigma^2 \quad\Rightarrow\quad V = \frac{\eta\sigma^2}{\lambda(2-\eta\lambda)}
"""

import sympy as sp

from models.quadratic.claims.note import note_14, note_28
from models.quadratic.symbolic import V, loss, theta, zeta
from theorylab.theory import Claim, Control, exact, limit
from theorylab.theory.derivation import centred, differentiate, dsolve, expect, gaussian, integrate, solve
from theorylab.theory.symbols import eta, lam, sigma


def derive():
    """The second moment of one update."""
    g = yield differentiate("the gradient of the loss", loss, theta)
    after = yield expect(
        "square one update and average over the noise and over a state of variance V",
        (theta - eta * (g + zeta)) ** 2,
        {zeta: gaussian(sigma), theta: centred(V)},
    )
    yield solve("stationarity: one step leaves the variance unchanged", sp.Eq(V, after), V)


def derive_sde():
    """dtheta = -L' dt + sqrt(eta) sigma dW: the zero-flux law and its second moment."""
    p = sp.Function("p")
    diffusion = eta * sigma**2 / 2
    drift = yield differentiate("the drift is minus the gradient of the loss", -loss, theta)
    flux = sp.Eq(drift * p(theta), diffusion * p(theta).diff(theta))
    why = "zero probability flux, drift*p = D*p', up to the norm"
    weight = yield dsolve(why, flux, p(theta), {p(0): 1}, hint="1st_linear")
    norm = yield integrate("the norm of the law", weight, (theta, -sp.oo, sp.oo))
    second = yield integrate("its unnormalised second moment", theta**2 * weight, (theta, -sp.oo, sp.oo))
    yield solve("the variance is their ratio", sp.Eq(V * norm, second), V)


sde_variance = Claim(
    id="quadratic.sde_variance",
    statement="The stochastic differential equation dtheta = -L' dt + sqrt(eta) sigma dW gives the stationary variance "
    "only as the learning rate vanishes.",
    inputs=(eta, lam, sigma),
    domain=eta * lam < 2,
    derivation=derive_sde,
    exactness=limit(1),
    source="[note] equation 23; [mandt2017] for the Ornstein-Uhlenbeck reading",
    noises=("gaussian",),
    controls=(
        Control("no half", eta * sigma**2 / lam, "the half of Ito's formula is forgotten"),
        Control("note 28", note_28, "the note's inverse temperature beta = B/(2 eta)", "[note] equation 28"),
    ),
)

variance = Claim(
    id="quadratic.variance",
    statement="Under white Gaussian gradient noise of standard deviation sigma the weight of a quadratic bowl has this "
    "stationary variance, exact in the learning rate.",
    inputs=(eta, lam, sigma),
    domain=eta * lam < 2,
    derivation=derive,
    exactness=exact(),
    source="[liu2021], the scalar case of its matrix equation",
    noises=("gaussian",),
    controls=(
        Control("sde", sde_variance, "the SDE's value is quoted at any learning rate", "[note] equation 23"),
        Control(
            "second-order sde",
            eta * sigma**2 / (2 * lam * (1 + eta * lam / 2)),
            "the second-order modified equation keeps the noise and corrects the drift, which goes the wrong way",
            "[li2019]",
        ),
        Control("note 14", note_14, "the printed update holds the noise twice", "[note] equation 14"),
        Control("note 28", note_28, "the note's inverse temperature beta = B/(2 eta)", "[note] equation 28"),
        Control(
            "noise not scaled",
            sigma**2 / (eta * lam * (2 - eta * lam)),
            "the noise is added to the weights, not to the gradient: a factor eta^2",
        ),
    ),
)
