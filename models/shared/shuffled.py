r"""Noise shuffled by epoch in a linear recursion: within an epoch of M batches the noises add up to zero.

.. math:: \theta_M = a^M\theta_0 - \eta\sum_{i=0}^{M-1} a^i\xi_{M-1-i}, \quad a = 1-\eta\lambda, \quad \sum_i\xi_i = 0
"""

import sympy as sp

from theorylab.theory.derivation import differentiate, simplify, solve, substitute, summation, tidy
from theorylab.theory.symbols import M, eta, lam, sigma

theta, zeta = sp.symbols("theta zeta", real=True)
V = sp.Symbol("V", positive=True)
loss = lam * theta**2 / 2
a, c, w = sp.symbols("a c w", real=True)
q = sp.Symbol("q", positive=True)
i = sp.Symbol("i", integer=True, nonnegative=True)


def start_of_epoch():
    """Its variance at the start of an epoch: one epoch with exchangeable noises that add up to zero."""
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
    return (yield substitute("the factor a in the learning rate", start, {a: 1 - eta * lam}))


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
