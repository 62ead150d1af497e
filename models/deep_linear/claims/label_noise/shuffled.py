r"""The spread of the product of two factors whose noisy labels are shuffled by epoch.

.. math:: \delta' = (1-\eta h)\,\delta + \eta h\,\xi, \qquad h = 2m, \quad m = v - \tfrac12\eta\sigma^2

The labels of an epoch add up to zero, and so do the changes of ln x but for their squares, which are the same in every
epoch: they shift the mean as white noise of that variance does, and leave the spread to the linear recursion.
"""

import sympy as sp

from models.deep_linear.symbolic import label_loss, left, right, v, v_input, xi
from models.shared.shuffled import start_of_epoch
from theorylab.theory import Claim, Control, Margin, asymptotic
from theorylab.theory.derivation import centred, differentiate, expect, limit, series, solve, substitute
from theorylab.theory.symbols import M, eta, lam, sigma

x, m = sp.symbols("x m", positive=True)
kick = sp.Symbol("e", real=True)
mean = v - eta * sigma**2 / 2


def derive():
    pull_left = yield differentiate("the gradient by one factor", label_loss, left)
    pull_right = yield differentiate("and by the other", label_loss, right)
    after = (left - eta * pull_left) * (right - eta * pull_right)
    after = yield substitute("a balanced product x after a step", after, {left: sp.sqrt(x), right: sp.sqrt(x)})
    flow = yield limit("the flow of ln x", sp.log(after.subs(xi, 0) / x) / eta, eta, 0)
    square = yield substitute("the kick e = eta*xi where there is no pull", after / x, {x: v, xi: kick / eta})
    log = yield series("its logarithm to second order", sp.log(square), kick, 0, 3)
    lost = yield expect("over an epoch the labels have mean zero", log.subs(kick, eta * xi), {xi: centred(sigma**2)})
    found = yield solve("ln x has no drift", sp.Eq(eta * flow.subs(x, m) + lost, 0), m)
    pull = yield differentiate("the flow of x near its mean", (x * flow).subs(x, m + kick), kick)
    curvature = yield substitute("there: minus the curvature", -pull, {kick: 0, v: m})
    push = yield differentiate("what a label does to x", after.subs(x, m), xi)
    push = yield limit("per learning rate", push.subs(xi, 0) / eta, eta, 0)
    linear = yield from start_of_epoch()
    spread = yield substitute(
        "the linear recursion at this curvature and noise",
        linear,
        {lam: curvature, sigma: push.subs(v, m) * sigma},
    )
    return (yield substitute("at the mean", spread, {m: found}))


shuffled_label_variance = Claim(
    id="deep_linear.shuffled_label_variance",
    statement="The variance, at the start of an epoch, of the product of two balanced factors trained on M labels "
    "v + xi of variance sigma^2, one a step and shuffled by epoch.",
    inputs=(v_input, eta, sigma, M),
    domain=sp.And(sp.Gt(mean, 0), eta * v < 1, M >= 2),
    derivation=derive,
    exactness=asymptotic("small eta: relative corrections eta*v, and eta*sigma*sqrt(M), the excursion within an epoch"),
    source="derived here, from the law of a linear recursion under shuffled noise",
    noises=("minibatch shuffled",),
    margin=Margin(0.05),
    controls=(
        Control(
            "with replacement", eta * sigma**2 * mean, "the Gamma law of labels drawn afresh each step", "[ziyin2023]"
        ),
        Control(
            "random bridge",
            2 * M * eta**2 * sigma**2 * mean**2 / 3,
            "4 m^2 eta^2 sigma^2 M/6: the spread within an epoch of a bridge, whose ends are the starts",
        ),
        Control(
            "nothing left",
            0 * eta,
            "the labels of an epoch add up to zero, so nothing is thought to be left at its end",
        ),
    ),
)
