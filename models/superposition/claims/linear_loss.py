r"""The linear model: no rectifier, no superposition.

.. math:: L = \operatorname{E}|x - W^\top W x - b|^2
            = \sum_i \bigl[ v (1 - g_i)^2 + ((1 - g_i)\bar x_i - b_i)^2 \bigr] \;\ge\; (n - m)\,v,
          \qquad v = \frac p3 - \frac{p^2}4

in the eigenbasis of W'W: its eigenvalues g_i >= 0 are free, but n - m of them vanish whatever the training. The
features are independent with one variance v, so every direction has it; v is the least that a lost direction costs.
"""

from __future__ import annotations

import sympy as sp

from models.superposition.symbolic import x
from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import (
    centred,
    differentiate,
    discrete,
    expect,
    simplify,
    solve,
    substitute,
    summation,
    uniform,
)
from theorylab.theory.symbols import input as declare

n = declare("n", "number of features", integer=True, positive=True, box=(2, 12))
m = declare("m", "number of hidden dimensions", integer=True, positive=True, box=(1, 8))
density = declare("density", "probability that a feature is active", positive=True, box=(0.05, 1.0))
p = density.symbol
active = sp.Symbol("active", nonnegative=True)
v = sp.Symbol("v", positive=True)  # variance of a feature
mean = sp.Symbol("mean", real=True)  # of the input's component along an eigenvector of W'W
z = sp.Symbol("z", real=True)  # that component less its mean
g = sp.Symbol("g", nonnegative=True)  # the eigenvalue
bias = sp.Symbol("bias", real=True)  # component of the bias
i = sp.Symbol("i", integer=True)


def derive():
    feature = {active: discrete({1: p, 0: 1 - p}), x: uniform(0, 1)}
    first = yield expect("a feature's mean", active * x, feature)
    variance = yield expect("a feature's variance", (active * x - first) ** 2, feature)
    error = (mean + z - g * (mean + z) - bias) ** 2
    lost = yield expect("the loss along one eigenvector of W'W", error, {z: centred(v)})
    slope = yield differentiate("no gain from the bias", lost, bias)
    best = yield solve("the bias restores the mean", slope, bias)
    lost = yield substitute("what is left", lost, {bias: best})
    lost = yield simplify("the variance times the square of what is not passed on", lost, sp.factor)
    slope = yield differentiate("no gain from the eigenvalue", lost, g)
    passed = yield solve("the m directions that W keeps are passed on", slope, g)
    kept = yield substitute("and lose nothing", lost, {g: passed})
    dropped = yield substitute("a direction that W drops has no eigenvalue", lost, {g: 0})
    total = yield summation("the n - m directions that are dropped", kept + dropped, (i, m.symbol + 1, n.symbol))
    yield substitute("with the variance of a feature", total, {v: variance})


linear_loss = Claim(
    id="superposition.linear_loss",
    statement="The optimal linear model x -> W'W x + b with m hidden dimensions keeps m directions and loses the "
    "variance of n - m features: it gains nothing by superposition.",
    inputs=(n, m, density),
    domain=sp.And(p <= 1, m.symbol < n.symbol),
    derivation=derive,
    exactness=exact(),
    source="[elhage2022toy], linear models",
    noises=("minibatch with",),
    controls=(
        Control("second moment", (n.symbol - m.symbol) * p / 3, "the mean is not subtracted, as if there were no bias"),
        Control(
            "variance where active",
            (n.symbol - m.symbol) * p / 12,
            "the variance 1/12 of an active feature times the probability to be active",
        ),
        Control(
            "per dimension",
            (n.symbol - m.symbol) / n.symbol * (p / 3 - p**2 / 4),
            "squared errors are averaged over the outputs in most libraries",
        ),
    ),
    declares=("n",),
)
