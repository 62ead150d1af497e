r"""The imbalance u^2 - w^2 of two factors under label noise.

.. math:: u'^2 - w'^2 = (u^2-w^2)(1-\eta^2 g^2), \qquad g = uw - v - \xi

.. math:: \mathrm{E}\,\Delta\ln|u^2-w^2| = \mathrm{E}\ln|1-\eta\xi| + \mathrm{E}\ln|1+\eta\xi|
          \sim 2\,\Gamma(\alpha)\cos\tfrac{\pi\alpha}{2}\,(\eta\gamma)^\alpha

Negative for alpha > 1: label noise balances. Zero at alpha = 1, where the exact value ln(1 + (eta gamma)^2) is of
higher order. Positive for alpha < 1: heavier noise unbalances. At alpha = 2 it is minus the variance 2 gamma^2, times
eta^2. The residual uw - v adds corrections of relative order eta*v: g is little else than the noise.
"""

from typing import Any

import sympy as sp

from models.deep_linear.symbolic import label_loss, left, right, v
from models.shared.logarithm import mean_log
from theorylab.theory import Claim, Control, Margin, asymptotic
from theorylab.theory.derivation import differentiate, limit, simplify, substitute
from theorylab.theory.symbols import alpha, eta, gamma


def derive():
    pull_left = yield differentiate("the gradient by one factor", label_loss, left)
    pull_right = yield differentiate("and by the other", label_loss, right)
    after = (left - eta * pull_left) ** 2 - (right - eta * pull_right) ** 2
    ratio = yield simplify("one step multiplies the imbalance", after / (left**2 - right**2), sp.factor)
    kick = yield substitute("by the noise alone where the product has its target", ratio, {left: v / right})
    yield simplify(
        "its logarithm is that of two opposite kicks", sp.log(sp.Abs(kick)), _two_logs, operation="expand_log"
    )
    one = yield from mean_log()
    rate = yield substitute("both have one mean: the kick eta*xi has scale c", 2 * one * _c**alpha, {_c: eta * gamma})
    yield limit("the sign changes at alpha = 1", rate, alpha, 1)
    yield substitute("alpha = 2: minus eta^2 times the variance 2 gamma^2", rate, {alpha: 2})
    return rate


_c = sp.Symbol("c", positive=True)


def _two_logs(log: Any) -> Any:
    product: Any = sp.factor(log.args[0].args[0])
    return sp.Add(*(sp.log(sp.Abs(f)) for f in sp.Mul.make_args(product) if not f.is_number))


imbalance_rate = Claim(
    id="deep_linear.imbalance_rate",
    statement="The mean change per step of ln|u^2 - w^2| for two factors trained on one label with stable noise of "
    "scale gamma, to leading order in eta*gamma: balance for alpha > 1, none at alpha = 1, growing imbalance for "
    "alpha < 1. Counted while the product is within reach of its target; the step that throws a network out counts.",
    inputs=(eta, gamma, alpha),
    domain=sp.And(alpha <= 2, eta * gamma < 1),
    derivation=derive,
    exactness=asymptotic("leading order: relative corrections (eta*gamma)^alpha, and eta*v from the moving residual"),
    source="[ziyin2023] the Gaussian law of balance; the stable law is derived here",
    noises=("label gaussian", "label stable"),
    margin=Margin(0.05, 2 * sp.gamma(alpha) * (eta * gamma) ** alpha),
    controls=(
        Control("variance", -2 * (eta * gamma) ** 2, "the Gaussian law -eta^2 Var, with the variance of alpha = 2"),
        Control(
            "sine",
            -2 * sp.gamma(alpha) * sp.sin(sp.pi * alpha / 2) * (eta * gamma) ** alpha,
            "the tail constant Gamma(alpha) sin(pi alpha/2) of the stable law in place of the cosine",
        ),
        Control(
            "one kick",
            sp.gamma(alpha) * sp.cos(sp.pi * alpha / 2) * (eta * gamma) ** alpha,
            "ln|1 + eta xi| instead of both signs; at alpha = 2, gamma read as a standard deviation",
        ),
        Control(
            "marcus", 0 * eta, "the noise as a hyperbolic rotation (Marcus, Stratonovich): the imbalance is conserved"
        ),
        Control(
            "always balances",
            -sp.Abs(2 * sp.gamma(alpha) * sp.cos(sp.pi * alpha / 2)) * (eta * gamma) ** alpha,
            "the right size, with the sign of the Gaussian law at every alpha",
        ),
    ),
)
