r"""What label noise does to the start that a diagonal linear network remembers.

.. math:: u_jw_j \leftarrow u_jw_j\,(1-4\eta^2 g_j^2), \qquad g_j = x_j\,(x\cdot\beta-y-\xi)

.. math:: \mathrm{E}\,\Delta\tfrac12\ln|u_jw_j|
          = \tfrac12\,\mathrm{E}\ln|1-2\eta x_j\xi| + \tfrac12\,\mathrm{E}\ln|1+2\eta x_j\xi|
          \sim \Gamma(\alpha)\cos\tfrac{\pi\alpha}{2}\,(2\eta\gamma|x_j|)^\alpha

The interpolator that training ends in is that of the start sqrt|u_j w_j|: for alpha > 1 it shrinks, and with inputs of
one size the noise makes the network sparser; for alpha < 1 it grows, and the noise takes sparsity away.
"""

from typing import Any

import numpy as np
import sympy as sp

from models.diagonal_linear.symbolic import data_input, left, loss, rest, right, x, y
from models.shared.logarithm import mean_log
from theorylab.theory import Claim, Control, Margin, asymptotic
from theorylab.theory.derivation import differentiate, limit, simplify, substitute
from theorylab.theory.symbols import alpha, eta, gamma

xi = sp.Symbol("xi", real=True)
kick = sp.Symbol("c", positive=True)
size = sp.Symbol("x", positive=True)


def derive():
    """The drift of one coordinate on one sample."""
    pull_left = yield differentiate("the gradient by one weight of a coordinate", loss, left)
    pull_right = yield differentiate("and by the other", loss, right)
    after = (left - eta * pull_left) * (right - eta * pull_right) / (left * right)
    ratio = yield simplify("one step multiplies their product", after, sp.factor)
    ratio = yield substitute("by the noise alone where the sample is interpolated", ratio, {y: _label()})
    ratio = yield simplify("two opposite kicks", ratio, sp.factor)
    yield simplify("their logarithms", sp.log(sp.Abs(ratio)), _two_logs, operation="expand_log")
    one = yield from mean_log()
    rate = yield substitute("both have one mean; half of their sum", one * kick**alpha, {kick: 2 * eta * gamma * size})
    yield limit("the sign changes at alpha = 1", rate, alpha, 1)
    yield substitute("alpha = 2: minus 2 eta^2 x^2 times the variance 2 gamma^2", rate, {alpha: 2})
    return rate


def _label():
    return x * (left**2 - right**2) + rest + xi


def _two_logs(log):
    product: Any = sp.factor(log.args[0].args[0])
    return sp.Add(*(sp.log(sp.Abs(f)) for f in sp.Mul.make_args(product) if not f.is_number))


def over_samples(f, eta, gamma, alpha, X):
    """The mean over samples, coordinate by coordinate."""
    per_sample = np.array([[f(eta=eta, gamma=gamma, alpha=alpha, x=abs(v)) if v else 0.0 for v in row] for row in X])
    return per_sample.mean(0)


def unit(eta, gamma, alpha, X):
    """The size of the rate without its sign: Gamma(alpha) (2 eta gamma)^alpha E|x_j|^alpha."""
    return float(sp.gamma(alpha)) * (2 * eta * gamma) ** alpha * (np.abs(X) ** alpha).mean(0)


memory_rate = Claim(
    id="diagonal_linear.memory_rate",
    statement="The mean change per step of ln sqrt|u_j w_j|, the start that coordinate j remembers, when one random "
    "sample a step carries label noise of scale gamma: it forgets, towards sparsity, for alpha > 1, not at alpha = 1, "
    "and the opposite for alpha < 1. Counted while the network is within reach of its labels.",
    inputs=(eta, gamma, alpha, data_input),
    domain=alpha <= 2,
    derivation=derive,
    evaluate=over_samples,
    exactness=asymptotic("leading order: relative corrections (eta*gamma)^alpha, and eta from the moving residual"),
    source="[pesme2021] the Gaussian law in continuous time; the stable law is derived here",
    noises=("label gaussian", "label stable"),
    margin=Margin(0.05, unit),
    controls=(
        Control(
            "variance",
            lambda eta, gamma, alpha, X: -4 * (eta * gamma) ** 2 * (X**2).mean(0),
            "the Gaussian law at every alpha, with the variance of alpha = 2",
        ),
        Control(
            "sine",
            lambda eta, gamma, alpha, X: -np.sin(np.pi * alpha / 2) * unit(eta, gamma, alpha, X),
            "the tail constant Gamma(alpha) sin(pi alpha/2) of the stable law in place of the cosine",
        ),
        Control(
            "both weights",
            lambda eta, gamma, alpha, X: 2 * memory_rate.predict(eta=eta, gamma=gamma, alpha=alpha, X=X),
            "the rate of ln|u w| is put for that of its root, the start",
        ),
        Control(
            "always sparser",
            lambda eta, gamma, alpha, X: -np.abs(memory_rate.predict(eta=eta, gamma=gamma, alpha=alpha, X=X)),
            "the right size, with the sign of the Gaussian law at every alpha",
        ),
        Control(
            "mean input",
            lambda eta, gamma, alpha, X: memory_rate.predict(eta=eta, gamma=gamma, alpha=alpha, X=X.mean(0)[None]),
            "the mean sample is put for the samples",
        ),
    ),
)
