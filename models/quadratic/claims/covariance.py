r"""Stationary covariance for a Hessian H and a noise covariance C that need not commute.

.. math:: S = (1-\eta H) S (1-\eta H) + \eta^2 C, \qquad S_{ij} = \frac{\eta C_{ij}}{l_i + l_j - \eta l_i l_j}

entry by entry in the eigenbasis of H, with eigenvalues l.
"""

import numpy as np
import sympy as sp

from theorylab.theory import Claim, Control, Margin, exact, symbols
from theorylab.theory.arguments import same_size, semidefinite, symmetric
from theorylab.theory.derivation import differentiate, expect, jointly_centred, solve
from theorylab.theory.symbols import eta

hessian = symbols.input("H", "Hessian, symmetric positive definite", "loss/param^2", kind="matrix")
noise = symbols.input("C", "covariance of the gradient noise, symmetric", "loss^2/param^2", kind="matrix")

l_i, l_j, S_ii, S_jj, C_ii, C_jj = sp.symbols("l_i l_j S_ii S_jj C_ii C_jj", positive=True)
theta_i, theta_j, zeta_i, zeta_j, S_ij, C_ij = sp.symbols("theta_i theta_j zeta_i zeta_j S_ij C_ij", real=True)


def derive():
    """One entry of S in the eigenbasis of H."""
    loss = (l_i * theta_i**2 + l_j * theta_j**2) / 2
    g_i = yield differentiate("the gradient along one eigenvector of H", loss, theta_i)
    g_j = yield differentiate("the gradient along another", loss, theta_j)
    product = (theta_i - eta * (g_i + zeta_i)) * (theta_j - eta * (g_j + zeta_j))
    after = yield expect(
        "multiply the updates of two eigen-coordinates and average over noise and state",
        product,
        {
            (zeta_i, zeta_j): jointly_centred([[C_ii, C_ij], [C_ij, C_jj]]),
            (theta_i, theta_j): jointly_centred([[S_ii, S_ij], [S_ij, S_jj]]),
        },
    )
    yield solve("stationarity of the entry", sp.Eq(S_ij, after), S_ij)


def in_eigenbasis(f, eta, H, C):
    """Rotate C into the eigenbasis of H, apply the entry's formula, rotate back."""
    levels, basis = np.linalg.eigh(H)
    rotated = basis.T @ C @ basis
    d = range(len(levels))
    entries = np.array([[f(eta=eta, l_i=levels[i], l_j=levels[j], C_ij=rotated[i, j]) for j in d] for i in d])
    stationary = basis @ entries @ basis.T
    return (stationary + stationary.T) / 2


def diagonal_rule(eta, H, C):
    """Each coordinate by itself, as if H and C were diagonal."""
    return np.diag([eta * C[i, i] / (H[i, i] * (2 - eta * H[i, i])) for i in range(len(H))])


def commuting_rule(eta, H, C):
    """eta C (2H - eta H^2)^-1, symmetrised: right when H and C commute."""
    product = eta * C @ np.linalg.inv(2 * H - eta * H @ H)
    return (product + product.T) / 2


def posterior(eta, H, C):
    """The tempered posterior: H^-1 times the mean temperature, whatever the shape of the noise."""
    return eta * np.trace(C) / (2 * len(H)) * np.linalg.inv(H)


def spread(eta, H, C):
    """sqrt(S_ii S_jj): an entry's natural size, which does not vanish with the entry."""
    deviation = np.sqrt(np.diag(covariance.predict(eta=eta, H=H, C=C)))
    return np.outer(deviation, deviation)


def _stable(values):
    levels = np.linalg.eigvalsh(values["H"])
    return bool(levels[0] > 0 and values["eta"] * levels[-1] < 2)


covariance = Claim(
    id="quadratic.covariance",
    statement="Under white noise of covariance C on a bowl of Hessian H the weights have this stationary covariance, "
    "exact in the learning rate, whether or not H and C commute.",
    inputs=(eta, hessian, noise),
    domain=True,
    derivation=derive,
    exactness=exact(),
    source="[liu2021] the matrix equation; its entries in the eigenbasis of H are derived here",
    noises=("gaussian",),
    controls=(
        Control(
            "ornstein-uhlenbeck",
            eta * C_ij / (l_i + l_j),
            "the continuous-time Lyapunov equation at a finite learning rate",
        ),
        Control("commuting", commuting_rule, "H and C are multiplied as if they commuted"),
        Control("coordinate by coordinate", diagonal_rule, "the scalar formula on the diagonals of H and C"),
        Control("tempered posterior", posterior, "SGD samples exp(-L/T) with one temperature"),
    ),
    margin=Margin(0.02, spread),
    evaluate=in_eigenbasis,
    conditions=(
        *symmetric("H", "C"),
        *same_size("H", "C"),
        *semidefinite("C"),
        ("0 < eta*l < 2 for every eigenvalue l of H", _stable),
    ),
    declares=("H",),
)
