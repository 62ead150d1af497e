r"""Gaussian or Levy? The functional of a pool of residuals that decides, for the mean product of two factors.

.. math:: x \mapsto x\,(1-\eta(x-v)+\eta\xi)^2, \qquad \mathrm{E}\,x = v + \frac1\eta\,\mathrm{E}\ln|1+\eta\xi|

.. math:: -\tfrac\eta2\,\mathrm{E}\,\xi^2 \quad(\eta\max|\xi| \ll 1: \text{ Gaussian SDE}), \qquad
          \Gamma(\alpha)\cos\tfrac{\pi\alpha}2\,\gamma^\alpha\eta^{\alpha-1}
          \quad(\eta\gamma \ll 1 \ll \eta\max|\xi|: \text{ Levy SDE})

ln x is a function of the state and its mean change vanishes: no law of the noise is assumed. Either stochastic
differential equation approximates the one logarithm; where their values cross, eta max|xi| is of order one and neither
is right: a kick near -1 erases the product, which has to be learned again.
"""

import math

import numpy as np
import sympy as sp

from models.deep_linear.claims.label_noise.one_step import one_step
from models.deep_linear.symbolic import label_loss, v, v_input, xi
from theorylab.theory import Claim, Control, Margin, asymptotic, symbols
from theorylab.theory.derivation import centred, expect, limit, series, simplify, solve, substitute
from theorylab.theory.symbols import eta

pool_input = symbols.input("residuals", "pool of label residuals, drawn with replacement", kind="vector")
x, size = sp.symbols("x c", positive=True)
m, L = sp.symbols("m L", real=True)


def derive():
    ratio = yield from one_step(label_loss)
    flow = yield limit("the flow of ln x", sp.log(ratio.subs(xi, 0)) / eta, eta, 0)
    kick = yield substitute("with noise, where the product has its target", ratio, {x: v})
    half = yield simplify("the kick's logarithm is twice that of 1 + eta*xi", sp.log(kick) / 2, _one_log)
    small = yield series("for small kicks", sp.log(1 + size * xi), size, 0, 3)
    spread = sp.Symbol("M_2", positive=True)
    yield expect("on average: what a Gaussian equation keeps", small.subs(size, eta), {xi: centred(spread)})
    still = sp.Eq(eta * flow.subs(x, m) + 2 * L, 0)
    mean = yield solve("ln x has no drift; L is the mean logarithm over the pool", still, m)
    return {"logarithm": half, "mean": mean}


def _one_log(log):
    root = sp.sqrt(sp.factor(log.args[1].args[0]))
    return sp.log(sp.Abs(sp.expand(sp.simplify(root.args[0] if root.func is sp.Abs else root))))


def mean_product(f, v, eta, residuals):
    """The derived logarithm, averaged over the pool, in the derived mean."""
    from models.deep_linear.scalars.mirrored import average

    logarithm = average(f.parts["logarithm"].expr, (symbols.eta, xi), eta, residuals)
    return f.parts["mean"](v=v, eta=eta, L=logarithm)


def gaussian_mean(v, eta, residuals):
    """The Gaussian equation of the pool's variance."""
    return v - eta * float((residuals**2).mean()) / 2


def stable_fit(residuals):
    """(alpha, gamma) of the stable law that fits the pool."""
    from theorylab import measure

    return measure.stable_fit(residuals)


def levy_mean(v, eta, residuals):
    """The Levy equation of the stable law that fits the pool."""
    alpha, gamma = stable_fit(residuals)
    return v + math.gamma(alpha) * math.cos(math.pi * alpha / 2) * gamma**alpha * eta ** (alpha - 1)


def crossover(residuals):
    """Learning rate at which the two equations predict one mean; none where the pool is Gaussian."""
    alpha, gamma = stable_fit(residuals)
    if alpha > 1.99 or alpha <= 1:
        return math.nan
    levy = 2 * math.gamma(alpha) * abs(math.cos(math.pi * alpha / 2)) * gamma**alpha
    return (levy / float((residuals**2).mean())) ** (1 / (2 - alpha))


def _reach(values):
    return values["eta"] * values["v"] * (1 + values["eta"] * np.abs(values["residuals"]).max()) ** 2


def _log_mean(values):
    kicks = np.abs(1 + values["eta"] * values["residuals"])
    return np.log(kicks).mean() if kicks.min() > 0 else -math.inf


pool_shift = Claim(
    id="deep_linear.pool_shift",
    statement="The mean product of two factors trained on labels v + xi, xi drawn with replacement from a finite pool "
    "of residuals of any law, over networks that survive to the horizon: the mean of ln abs(1 + eta*xi) over the pool "
    "decides it, whether or not a Gaussian or a Levy equation approximates that.",
    inputs=(v_input, eta, pool_input),
    domain=True,
    conditions=(
        ("eta*v*(1 + eta*max(abs(residuals)))**2 < 2", lambda values: _reach(values) < 2),
        ("v + mean(log(abs(1 + eta*residuals)))/eta > 0", lambda c: c["v"] + _log_mean(c) / c["eta"] > 0),
    ),
    derivation=derive,
    evaluate=mean_product,
    exactness=asymptotic("small eta*v, at any eta*xi"),
    source="derived here; the Gaussian equation is that of [ziyin2023]",
    noises=("minibatch with",),
    margin=Margin(0.1, lambda v, eta, residuals: pool_shift.predict(v=v, eta=eta, residuals=residuals) - v),
    controls=(
        Control("gaussian sde", gaussian_mean, "the pool has a variance, so the central limit theorem is invoked"),
        Control("levy sde", levy_mean, "the residuals fit a stable law, whose equation is put for all learning rates"),
        Control("no shift", lambda v, eta, residuals: v, "the residuals have no mean and are taken to leave none"),
    ),
)
