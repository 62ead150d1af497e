r"""The product of two factors under anti-correlated parameter noise: a soft threshold.

.. math:: \theta_k = \varphi_k + \zeta_k, \qquad \mathrm{E}_\zeta L = \tfrac12\bigl[(uw-v)^2 + s^2(u^2+w^2) + s^4\bigr]
          \;\Rightarrow\; uw = \max(v-s^2, 0)

The noise zeta_k - zeta_(k-1) adds up to zeta_k: the slow weights feel the loss averaged over one innovation.
"""

import mpmath
import sympy as sp

from models.deep_linear.symbolic import left, noise_input, right, v, v_input
from theorylab.theory import Claim, Control, Margin, limit
from theorylab.theory.derivation import compute, differentiate, expect, gaussian, simplify, solve, substitute

s = noise_input.symbol
x = sp.Symbol("x", nonnegative=True)
first, second = sp.symbols("zeta_u zeta_w", real=True)


def derive():
    jittered = ((left + first) * (right + second) - v) ** 2 / 2
    smooth = yield expect(
        "average the loss over one innovation of each factor", jittered, {first: gaussian(s), second: gaussian(s)}
    )
    pull_left = yield differentiate("what pulls one factor", smooth, left)
    pull_right = yield differentiate("and the other", smooth, right)
    decay = (left * pull_left - right * pull_right) / (left**2 - right**2)
    yield simplify("the imbalance decays at twice this rate, s^2: the factors become equal", decay)
    even = yield substitute("equal factors of product x", smooth, {left: sp.sqrt(x), right: sp.sqrt(x)})
    slope = yield differentiate("the averaged loss is convex in x", even, x)
    inner = yield solve("its stationary point", slope, x, pick=lambda _: True)
    return (
        yield compute(
            "its minimum over products x >= 0 of equal factors", lambda at: sp.Max(at, 0), inner, oracle=_lowest
        )
    )


def _lowest(point):
    """The minimiser by golden section, without the derivative."""
    v_, s_ = point[v], point.get(s, 0)

    def height(x_):
        return (x_ - v_) ** 2 / 2 + s_**2 * x_

    low, high = mpmath.mpf(0), v_ + 1
    golden = (mpmath.sqrt(5) - 1) / 2
    for _ in range(200):
        one, two = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, two) if height(one) <= height(two) else (one, high)
    return (low + high) / 2


anticorrelated_product = Claim(
    id="deep_linear.anticorrelated_product",
    statement="The mean product of two factors whose weights carry anti-correlated Gaussian noise zeta_k - zeta_(k-1), "
    "zeta of standard deviation s per weight, in the limit of small learning rates: a soft threshold at v = s^2.",
    inputs=(v_input, noise_input),
    domain=True,
    derivation=derive,
    exactness=limit(1),
    source="[orvieto2022] anti-correlated perturbations; the product is derived here",
    noises=("differenced gaussian",),
    declares=("s",),
    margin=Margin(0.02, v),
    controls=(
        Control("no shift", v + 0 * s, "noise without mean, undone at the next step, is taken to leave the mean alone"),
        Control("both factors", sp.Max(v - 2 * s**2, 0), "a weight decay s^2 for each of the two factors is added up"),
        Control("half", sp.Max(v - s**2 / 2, 0), "the half of the loss is counted twice"),
        Control("no threshold", v - s**2, "the small-noise expansion is continued through zero"),
    ),
)
