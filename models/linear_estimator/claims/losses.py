r"""Training loss, test loss and accuracy under gradient flow: grokking, solved.

.. math:: L_{tr}(s) = \operatorname{E}\,\nu e^{-\nu s} = e^{-(1+\lambda)s}\,\frac{I_1(2\sqrt\lambda s)}{\sqrt\lambda s},
          \qquad L_{test}(s) = \operatorname{E}\, e^{-\nu s}, \qquad \frac{dL_{test}}{ds} = -L_{tr}

nu follows the Marchenko-Pastur law of ratio lambda = d/N, and s = 4 eta steps: the loss is a square without a half, so
that a mode decays at rate 2 eta nu per step and its square at twice that. A fraction 1 - 1/lambda of the directions is
seen by no sample when lambda > 1 and is never learned [levi2024grokking, eqs. 5, 8, 9].
"""

from collections.abc import Callable

import sympy as sp

from models.linear_estimator.symbolic import (
    evaluate,
    marchenko_pastur,
    nu,
    ratio,
    ratio_input,
    s,
    threshold,
    threshold_input,
    time_input,
)
from theorylab.theory import Claim, Control, limit, order
from theorylab.theory.derivation import dsolve, expect, identify, integrate, substitute
from theorylab.theory.symbols import t

_bessel = sp.exp(-(1 + ratio) * s) * sp.besseli(1, 2 * sp.sqrt(ratio) * s) / (sp.sqrt(ratio) * s)


def _mode():
    """The square of one mode of the error D = S - T along the flow, as a function of s = 4 t."""
    error = sp.Function("D")
    flow = sp.Eq(error(t).diff(t), -2 * nu * error(t))
    path = yield dsolve("gradient flow of one mode: the gradient of nu D^2 is 2 nu D", flow, error(t), {error(0): 1})
    return (yield substitute("its square in the time s = 4 t", path**2, {t: s / 4}))


def derive_train():
    """Weight nu; the average is a Bessel function."""
    square = yield from _mode()
    law = yield from marchenko_pastur()
    mean = yield expect("a mode weighs nu in the training loss; average over the rates", nu * square, {nu: law})
    yield identify("the integral representation of a modified Bessel function", mean, _bessel)


def derive_test():
    """Weight 1; the average stays an integral, tied to the training loss by its slope."""
    square = yield from _mode()
    law = yield from marchenko_pastur()
    mean = yield expect("every mode weighs 1 in the test loss; average over the rates", square, {nu: law})
    u = sp.Symbol("u", positive=True)
    lost = 1 - sp.Integral(_bessel.subs(s, u), (u, 0, s))
    yield identify(
        "the test loss falls as fast as the training loss is high: dL_test/ds = -L_tr from L_test(0) = 1", mean, lost
    )
    return mean


def derive_accuracy():
    """Given D, the answer's error is normal."""
    error, variance = sp.Symbol("e", real=True), sp.Symbol("L", positive=True)
    normal = sp.exp(-(error**2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)
    limits = (error, -sp.sqrt(threshold), sp.sqrt(threshold))
    right = yield integrate("given D, D.x over x ~ N(0, 1) is normal with variance |D|^2 = L_test", normal, limits)
    loss = yield from derive_test()
    yield substitute("at large d the variance is the mean test loss", right, {variance: loss})


_forgets = "a half in the loss, 1/2 |r|^2, whose modes decay at rate eta nu: the factor two of the gradient is lost"

train_loss = Claim(
    id="linear_estimator.train_loss",
    statement="The training loss of a linear student after s = 4 eta steps of gradient flow, in units of the initial "
    "distance to its teacher, for many dimensions and d/N = ratio.",
    inputs=(ratio_input, time_input),
    domain=True,
    derivation=derive_train,
    exactness=order(1, -s * sp.diff(_bessel, s, 2)),
    source="[levi2024grokking] equation 8; [marchenko1967]",
    noises=("none",),
    declares=("s",),
    margin=0.04,
    controls=(
        Control(
            "test weight",
            lambda ratio, s: test_loss.predict(ratio=ratio, s=s),
            "every mode is given weight 1, as in the test loss",
        ),
        Control("rate 2 eta", _bessel.subs(s, s / 2), _forgets),
        Control("one rate", sp.exp(-s), "the sample covariance is taken for its mean, the identity"),
    ),
)

test_loss = Claim(
    id="linear_estimator.test_loss",
    statement="The test loss of a linear student after s = 4 eta steps of gradient flow, in units of the initial "
    "distance to its teacher: it falls when the training loss has long gone, and never below 1 - 1/ratio.",
    inputs=(ratio_input, time_input),
    domain=True,
    derivation=derive_test,
    evaluate=evaluate,
    exactness=order(1, s * sp.diff(_bessel, s)),
    source="[levi2024grokking] equation 9; [marchenko1967]",
    noises=("none",),
    declares=("s",),
    margin=0.04,
    controls=(
        Control("train weight", train_loss, "the training loss is taken for the test loss: weight nu"),
        Control("rate 2 eta", lambda ratio, s: test_loss.predict(ratio=ratio, s=s / 2), _forgets),
        Control(
            "no plateau",
            lambda ratio, s: test_loss.predict(ratio=ratio, s=s) - max(0.0, 1 - 1 / ratio),
            "dL_test/ds = -L_tr is integrated back from a student that ends up knowing everything",
        ),
        Control("one rate", sp.exp(-s), "the sample covariance is taken for its mean, the identity"),
    ),
)


def _at_threshold(change: Callable[[float], float]) -> Callable[..., float]:
    return lambda ratio, s, threshold: test_accuracy.predict(ratio=ratio, s=s, threshold=change(threshold))


test_accuracy = Claim(
    id="linear_estimator.test_accuracy",
    statement="The fraction of fresh points on which the student errs by less than sqrt(threshold) after s = 4 eta "
    "steps of gradient flow.",
    inputs=(ratio_input, time_input, threshold_input),
    domain=True,
    derivation=derive_accuracy,
    evaluate=evaluate,
    exactness=limit(1),
    source="[levi2024grokking] section 3, the accuracy of one output",
    noises=("none",),
    declares=("s",),
    margin=0.05,
    controls=(
        Control(
            "variance 2 L",
            _at_threshold(lambda threshold: 2 * threshold),
            "erf(sqrt(threshold/L)): the two in the normal density's exponent is forgotten",
        ),
        Control("train loss", sp.erf(sp.sqrt(threshold / (2 * _bessel))), "the training loss is put for the test loss"),
        Control(
            "no root",
            _at_threshold(lambda threshold: threshold**2),
            "an answer counts as right when abs(D.x) < threshold",
        ),
    ),
)
