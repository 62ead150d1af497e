r"""Noise shuffled by epoch: within an epoch of M batches the noises add up to zero.

.. math:: \theta_M = a^M\theta_0 - \eta\sum_{i=0}^{M-1} a^i\xi_{M-1-i}, \quad a = 1-\eta\lambda, \quad \sum_i\xi_i = 0
"""

import sympy as sp

from models.quadratic.claims.variance import variance
from models.quadratic.symbolic import V, loss, theta, zeta
from theorylab.claim import Claim, Control, exact
from theorylab.derivation import differentiate, simplify, solve, substitute, summation, tidy
from theorylab.symbols import M, eta, lam, sigma

a, c, w = sp.symbols("a c w", real=True)
q = sp.Symbol("q", positive=True)
i = sp.Symbol("i", integer=True, nonnegative=True)


def derive():
    """One epoch with exchangeable noises that add up to zero."""
    g = yield differentiate("the gradient of the loss", loss, theta)
    update = yield simplify("one update, collected", theta - eta * (g + zeta), _collect_state, operation="collect")
    yield substitute("write a for the factor of the state", update, {1 - eta * lam: a})
    balance = sp.Eq(M * sigma**2 + M * (M - 1) * c, 0)
    shared = yield solve("the noises of an epoch add up to zero: M variances, M(M-1) equal covariances", balance, c)
    weight = yield summation("the sum of the weights, the newest first", a**i, (i, 0, M - 1))
    square = yield summation("the sum of their squares", a ** (2 * i), (i, 0, M - 1))
    epoch = a ** (2 * M) * V + eta**2 * ((sigma**2 - c) * q + c * w**2)
    start = yield solve("stationarity from one epoch's start to the next", sp.Eq(V, epoch), V)
    start = yield substitute("insert the shared covariance", start, {c: shared})
    start = yield simplify("collect the squares and the squared sum", start, _collected, operation="factor")
    start = yield substitute("insert the sums", start, {q: square, w: weight})
    start = yield simplify("cancel what an epoch leaves of the start", start, _term_by_term, operation="cancel")
    yield substitute("the factor a in the learning rate", start, {a: 1 - eta * lam})


def _collect_state(expr):
    return sp.collect(sp.expand(expr), theta)


def _collected(expr):
    """One term for the squares and one for the squared sum, behind eta^2 sigma^2/(M - 1)."""
    front = eta**2 * sigma**2 / (M - 1)
    terms = sp.collect(sp.expand(expr / front), [q, w], evaluate=False)
    return front * sp.Add(*(tidy(sp.factor(sp.simplify(value)) * power) for power, value in terms.items()))


def _term_by_term(expr):
    front, terms = expr.as_independent(a)
    return front * sp.Add(*(tidy(sp.factor(sp.simplify(term))) for term in terms.args))


shuffled_variance = Claim(
    id="quadratic.shuffled_variance",
    statement="When the noise of the examples is shuffled by epoch of M batches, the variance at the start of an epoch "
    "is this; it stays of order eta*lam in flat directions, where independent batches diffuse.",
    inputs=(eta, lam, sigma, M),
    domain=sp.And(eta * lam < 2, M >= 2),
    derivation=derive,
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
