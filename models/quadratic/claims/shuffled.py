"""Noise shuffled by epoch on the quadratic bowl: the variance at the start of an epoch."""

import sympy as sp

from models.quadratic.claims.variance import variance
from models.shared.shuffled import start_of_epoch
from theorylab.theory import Claim, Control, exact
from theorylab.theory.symbols import M, eta, lam, sigma

shuffled_variance = Claim(
    id="quadratic.shuffled_variance",
    statement="When the noise of the examples is shuffled by epoch of M batches, the variance at the start of an epoch "
    "is this; it stays of order eta*lam in flat directions, where independent batches diffuse.",
    inputs=(eta, lam, sigma, M),
    domain=sp.And(eta * lam < 2, M >= 2),
    derivation=start_of_epoch,
    exactness=exact(),
    source="[kuhn2023] the two regimes; the exact value is derived here",
    noises=("minibatch shuffled",),
    controls=(
        Control("independent batches", variance, "noise of different batches is taken to be independent"),
        Control(
            "one independent epoch",
            eta**2 * sigma**2 * (1 - (1 - eta * lam) ** (2 * M)) / (1 - (1 - eta * lam) ** 2),
            "epochs are taken to restart the noise, and the correlation -1/(M - 1) within one to be negligible",
        ),
        Control(
            "long-run variance",
            sp.S.Zero,
            "the noises of an epoch add up to zero, so nothing is thought to be left at its end",
        ),
    ),
)
