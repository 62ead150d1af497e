r"""The mean product of two factors under label noise, Gaussian or stable.

.. math:: x \mapsto x\,(1-\eta(x-v)+\eta\xi)^2, \qquad
          0 = \mathrm{E}\,d\ln x = 2(v - \mathrm{E}\,x)\,\eta + 2\,\mathrm{E}\ln|1+\eta\xi|

.. math:: \mathrm{E}\,x = v + \Gamma(\alpha)\cos\tfrac{\pi\alpha}{2}\,S, \qquad
          S = \gamma^\alpha\eta^{\alpha-1}B^{1-\alpha}

ln x is a function of the state, so its mean change vanishes whatever the law of x; the kick is Ito's, (1+y)^2, not the
e^{2y} of ordinary calculus, whose logarithm has no mean.
"""

import sympy as sp

from models.deep_linear.claims.label_noise.one_step import one_step
from models.deep_linear.symbolic import label_loss, v, v_input, xi
from models.shared.logarithm import mean_log, powers
from theorylab.theory import Claim, Control, Margin, asymptotic
from theorylab.theory.derivation import expect, limit, simplify, solve, stable, substitute
from theorylab.theory.symbols import B, alpha, eta, gamma

x, k = sp.symbols("x k", positive=True)
mean = sp.Symbol("m", real=True)
label = sp.Symbol("y", real=True)
shift = sp.gamma(alpha) * sp.cos(sp.pi * alpha / 2) * gamma**alpha * (eta / B) ** (alpha - 1)


def derive():
    ratio = yield from one_step(label_loss)
    flow = yield substitute("without noise", sp.log(ratio) / eta, {xi: 0})
    flow = yield limit("as eta -> 0: the flow of ln x", flow, eta, 0)
    kick = yield substitute("with noise, where the product has its target", ratio, {x: v})
    yield simplify("the kick is a square: twice one logarithm", kick, sp.factor)
    one = yield from mean_log()
    share = yield expect(
        "the labels are averaged over a batch: characteristic function of one share",
        sp.exp(sp.I * k * label / B),
        {label: stable(alpha, gamma)},
    )
    scale = yield simplify("B of them: the batch's scale to the power alpha", -B * sp.log(share) / k**alpha, powers)
    still = sp.Eq(eta * flow.subs(x, mean) + 2 * one * eta**alpha * scale, 0)
    found = yield solve("stationarity: ln x has no drift; its flow is linear in x, so E x solves it", still, mean)
    return (yield simplify("collect the powers", found, sp.powsimp))


label_noise_mean = Claim(
    id="deep_linear.label_noise_mean",
    statement="The mean product of two factors trained on labels v with stable noise of scale gamma, averaged along "
    "the flow over networks that survive to the stated horizon. Differencing a Gaussian label noise leaves it at "
    "the value for the differenced labels' own variance.",
    inputs=(v_input, eta, B, gamma, alpha),
    domain=sp.And(alpha > 1, alpha <= 2, sp.Gt(v + shift, 0)),
    derivation=derive,
    exactness=asymptotic(
        "small eta: relative to the shift, eta*v, (eta*gamma)^alpha, and eta^(alpha/2) log(1/eta) from "
        "the networks that do not survive"
    ),
    source="[ziyin2023] the stationary law at alpha = 2, whose mean it is; the stable law is derived here",
    noises=("label gaussian", "label stable", "label differenced"),
    margin=Margin(0.1, sp.Abs(shift)),
    controls=(
        Control("marcus", v + 0 * eta, "ordinary calculus for the noise (Marcus, Stratonovich): no shift"),
        Control("gaussian", v - eta * gamma**2 / B, "the law of alpha = 2, linear in eta/B, at every alpha"),
        Control(
            "sine",
            v - sp.gamma(alpha) * sp.sin(sp.pi * alpha / 2) * gamma**alpha * (eta / B) ** (alpha - 1),
            "the tail constant Gamma(alpha) sin(pi alpha/2) of the stable law in place of the cosine",
        ),
        Control("half", v + shift / 2, "gamma^2 read as the variance at alpha = 2: half of Ito's shift"),
        Control(
            "no averaging", v + shift * B ** (alpha - 1), "the batch is forgotten: each step sees one label's noise"
        ),
    ),
)
