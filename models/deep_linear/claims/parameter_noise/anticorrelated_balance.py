r"""The imbalance u^2 - w^2 of two factors under anti-correlated parameter noise.

.. math:: \theta_k = \varphi_k + \zeta_k, \qquad
          \frac{d}{dt}(u^2-w^2) = -2s^2\,(u^2-w^2) \quad\text{along } -\nabla\,\mathrm{E}_\zeta L

The innovation that is not yet undone acts as a weight decay s^2 on both factors; the decay balances them, whatever the
label, and also where the product has collapsed. Its square, of one mean for both, drops out of u^2 - w^2.
"""

import sympy as sp

from models.deep_linear.symbolic import left, noise_input, right, v
from theorylab.theory import Claim, Control, Margin, limit
from theorylab.theory.derivation import differentiate, dsolve, expect, gaussian, simplify
from theorylab.theory.symbols import t

s = noise_input.symbol
first, second = sp.symbols("zeta_u zeta_w", real=True)


def derive():
    noise = {first: gaussian(s), second: gaussian(s)}
    jittered = ((left + first) * (right + second) - v) ** 2 / 2
    smooth = yield expect("average the loss over one innovation of each factor", jittered, noise)
    pull_left = yield differentiate("what pulls one factor", smooth, left)
    pull_right = yield differentiate("and the other", smooth, right)
    rate = -2 * (left * pull_left - right * pull_right) / (left**2 - right**2)
    rate = yield simplify("the rate of the imbalance: the label drops out", rate)
    ratio = sp.Function("r")(t)
    yield expect(
        "the innovations at which it is looked at have no part in it",
        (left + first) ** 2 - (right + second) ** 2 - (left**2 - right**2),
        noise,
    )
    return (yield dsolve("relative to the start", sp.Eq(ratio.diff(t), rate * ratio), ratio, {ratio.subs(t, 0): 1}))


anticorrelated_balance = Claim(
    id="deep_linear.anticorrelated_balance",
    statement="The mean of u^2 - w^2 at time t, relative to its start, of two factors whose weights carry "
    "anti-correlated Gaussian noise zeta_k - zeta_(k-1), zeta of standard deviation s, in the limit of small learning "
    "rates.",
    inputs=(noise_input, t),
    domain=True,
    derivation=derive,
    exactness=limit(1),
    source="[orvieto2022] anti-correlated perturbations; the imbalance is derived here",
    noises=("differenced gaussian",),
    declares=("s",),
    margin=Margin(0.02, 1 + 0 * t),
    controls=(
        Control("conserved", 1 + 0 * t * s, "the noise undoes itself and gradient flow conserves the imbalance"),
        Control("rate s^2", sp.exp(-(s**2) * t), "the rate of a weight is taken for that of its square"),
        Control("both factors", sp.exp(-4 * s**2 * t), "the decays of the two factors are added up"),
    ),
)
