r"""The mean product of two factors under label noise, where the inputs are random too.

.. math:: x \mapsto x\,\bigl(1-\eta r^2(x-v)+\eta r\xi\bigr)^2, \qquad
          0 = \mathrm{E}\,d\ln x = 2(v - \mathrm{E}\,x)\,\eta + 2\,\mathrm{E}\ln|1+\eta r\xi|, \qquad r \sim N(0, 1)

.. math:: \mathrm{E}\,x = v + \Gamma(\alpha)\cos\tfrac{\pi\alpha}{2}\,S\;\mathrm{E}|r|^\alpha, \qquad
          \mathrm{E}|r|^\alpha = \frac{2^{\alpha/2}}{\sqrt\pi}\,\Gamma\Bigl(\frac{1+\alpha}2\Bigr), \quad
          S = \gamma^\alpha\eta^{\alpha-1}B^{1-\alpha}

The flow feels the inputs by their mean square, 1; a stable kick feels them by their moment of order alpha, which is
below 1 for alpha < 2: random inputs weaken heavy-tailed label noise, and leave Gaussian label noise as it is.
"""

import sympy as sp

from models.deep_linear.claims.label_noise.mean import shift as fixed_shift
from models.deep_linear.claims.label_noise.one_step import one_step
from models.deep_linear.symbolic import left, right, v, v_input, xi
from models.shared.logarithm import mean_log, powers
from theorylab.theory import Claim, Control, Margin, asymptotic
from theorylab.theory.derivation import expect, gaussian, integrate, limit, simplify, solve, stable, substitute
from theorylab.theory.symbols import B, alpha, eta, gamma

x, k, size = sp.symbols("x k a", positive=True)
r, mean, label = sp.symbols("r m y", real=True)
shift = fixed_shift * 2 ** (alpha / 2) * sp.gamma((1 + alpha) / 2) / sp.sqrt(sp.pi)


def derive():
    loss = (r * left * right - v * r - xi) ** 2 / 2
    ratio = yield from one_step(loss)
    flow = yield substitute("without noise", sp.log(ratio) / eta, {xi: 0})
    flow = yield limit("as eta -> 0: the flow of ln x", flow, eta, 0)
    flow = yield expect("its mean over the inputs", flow, {r: gaussian(1)})
    kick = yield substitute("with noise, where the product has its target", ratio, {x: v})
    yield simplify("the kick is a square: twice one logarithm", kick, sp.factor)
    one = yield from mean_log()
    share = yield expect(
        "the characteristic function of one share of the batch, of an input of size a: the noise is symmetric",
        sp.exp(sp.I * k * size * label / B),
        {label: stable(alpha, gamma)},
    )
    scale = yield simplify("B of them: the batch's scale to the power alpha", -B * sp.log(share) / k**alpha, powers)
    half_normal = sp.sqrt(2 / sp.pi) * sp.exp(-(size**2) / 2)
    scale = yield integrate("its mean over the inputs", scale * half_normal, (size, 0, sp.oo))
    still = sp.Eq(eta * flow.subs(x, mean) + 2 * one * eta**alpha * scale, 0)
    found = yield solve("stationarity: ln x has no drift; its flow is linear in x, so E x solves it", still, mean)
    return (yield simplify("collect the powers", found, sp.powsimp))


random_input_mean = Claim(
    id="deep_linear.random_input_mean",
    statement="The mean product of two factors trained on labels v*r of standard normal inputs r, with stable noise of "
    "scale gamma on the labels, averaged along the mean flow over networks that stay within the stated reach to the "
    "stated horizon.",
    inputs=(v_input, eta, B, gamma, alpha),
    domain=sp.And(alpha > 1, alpha <= 2, sp.Gt(v + shift, 0)),
    derivation=derive,
    exactness=asymptotic(
        "small eta: relative to the shift, eta*v from the fluctuating curvature, (eta*gamma)^alpha, and "
        "eta^(alpha/2) log(1/eta) from networks thrown far or out"
    ),
    source="derived here",
    noises=("label gaussian", "label stable"),
    margin=Margin(0.05, sp.Abs(shift)),
    controls=(
        Control("fixed input", v + fixed_shift, "the inputs have mean square 1, so the law is that of input 1"),
        Control(
            "power of the mean",
            v + fixed_shift * (2 / sp.pi) ** (alpha / 2),
            "the kick of a typical input, (E|r|)^alpha for E|r|^alpha",
        ),
        Control("gaussian", v - eta * gamma**2 / B, "the law of alpha = 2, linear in eta/B, at every alpha"),
        Control("marcus", v + 0 * eta, "ordinary calculus for the noise (Marcus, Stratonovich): no shift"),
    ),
)
