r"""Test loss that parameter noise adds: white noise wanders in flat directions, differenced noise stays where it is.

.. math:: V_{white}(\nu) = \sigma^2\,\frac{1-r^{2k}}{1-r^2}, \qquad
          V_{diff}(\nu) = \sigma^2\Bigl[1 + \frac{(1-r)^2\,(1-r^{2(k-1)})}{1-r^2}\Bigr], \qquad r = 1 - 2\eta\nu

after k updates D <- r D + xi of each mode from D = 0, with xi = zeta or zeta_k - zeta_(k-1); the loss per coordinate is
the Marchenko-Pastur average. At nu = 0 the first is k sigma^2, the second sigma^2 for ever.
"""

from math import exp

import sympy as sp

from models.linear_estimator.symbolic import (
    evaluate,
    marchenko_pastur,
    mean,
    nu,
    ratio_input,
    sigma,
    sigma_input,
    steps,
    steps_input,
)
from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import expect, gaussian, simplify, summation
from theorylab.theory.symbols import eta

_age = sp.Symbol("m", integer=True, nonnegative=True)
_zeta = sp.Symbol("zeta", real=True)
_r = 1 - 2 * eta * nu
_stable = eta * nu < 1


def _white_mode():
    one = yield expect(
        "an innovation m updates old has shrunk m times; square and average",
        (_r**_age * _zeta) ** 2,
        {_zeta: gaussian(sigma)},
    )
    total = yield summation("innovations are independent: add over ages", one, (_age, 0, steps - 1), where=_stable)
    return (yield simplify("the rate cancels", total, sp.factor, where=_stable))


def derive_white():
    """A geometric sum over the ages of the innovations."""
    mode = yield from _white_mode()
    law = yield from marchenko_pastur()
    yield expect("average over the rates; a flat direction keeps every innovation", mode, {nu: law})


def derive_anticorrelated():
    """The same with each innovation taken back one update later."""
    both = _r ** (_age + 1) * _zeta - _r**_age * _zeta
    old = yield expect(
        "an innovation enters as +zeta and, one update later, as -zeta: square what is left of both",
        both**2,
        {_zeta: gaussian(sigma)},
    )
    total = yield summation("add over their ages", old, (_age, 0, steps - 2), where=_stable)
    mode = yield simplify(
        "the newest innovation is not yet taken back: add it whole", sigma**2 + total, sp.factor, where=_stable
    )
    law = yield from marchenko_pastur()
    yield expect("average over the rates; a flat direction keeps one innovation", mode, {nu: law})


def _sde(ratio: float, eta: float, steps: int, sigma: float) -> float:
    return mean(lambda v: sigma**2 * (1 - exp(-4 * eta * v * steps)) / (4 * eta * v), ratio)


def _forever(ratio: float, eta: float, steps: int, sigma: float) -> float:
    return mean(lambda v: sigma**2 / (4 * eta * v * (1 - eta * v)), ratio) if ratio < 1 else float("nan")


def _weighted(ratio: float, eta: float, steps: int, sigma: float) -> float:
    return mean(lambda v: v * sigma**2 * (1 - (1 - 2 * eta * v) ** (2 * steps)) / (4 * eta * v * (1 - eta * v)), ratio)


_inputs = (ratio_input, eta, steps_input, sigma_input)
_domain = eta * (1 + sp.sqrt(ratio_input.symbol)) ** 2 < 1

white_noise_loss = Claim(
    id="linear_estimator.white_noise_loss",
    statement="Test loss per coordinate that white Gaussian noise of standard deviation sigma on the weights has added "
    "after `steps` updates, averaged over data sets with d/N = ratio; exact in eta.",
    inputs=_inputs,
    domain=_domain,
    derivation=derive_white,
    evaluate=evaluate,
    exactness=exact(),
    source="[levi2024grokking] for the model, [marchenko1967] for the rates",
    noises=("gaussian",),
    declares=("sigma",),
    margin=0.03,
    controls=(
        Control("sde", _sde, "the stochastic differential equation of the same noise at finite eta"),
        Control("stationary", _forever, "the stationary variance, reached by no flat direction"),
        Control("train weight", _weighted, "the loss that the noise adds on the training set: weight nu"),
        Control(
            "no atom",
            lambda ratio, eta, steps, sigma: (
                white_noise_loss.predict(ratio=ratio, eta=eta, steps=steps, sigma=sigma)
                - max(0.0, 1 - 1 / ratio) * steps * sigma**2
            ),
            "the density of the rates is integrated and the unseen directions are forgotten",
        ),
        Control(
            "gradient units",
            lambda ratio, eta, steps, sigma: white_noise_loss.predict(
                ratio=ratio, eta=eta, steps=steps, sigma=eta * sigma
            ),
            "the noise is taken to act on the gradient: a factor eta^2",
        ),
    ),
)

anticorrelated_noise_loss = Claim(
    id="linear_estimator.anticorrelated_noise_loss",
    statement="Test loss per coordinate that differenced Gaussian noise zeta_k - zeta_(k-1) on the weights has added "
    "after `steps` updates, averaged over data sets with d/N = ratio: bounded in flat directions; exact in eta.",
    inputs=_inputs,
    domain=_domain,
    derivation=derive_anticorrelated,
    evaluate=evaluate,
    exactness=exact(),
    source="[levi2024grokking] for the model, [orvieto2022] for the noise",
    noises=("differenced gaussian",),
    declares=("sigma",),
    margin=0.03,
    controls=(
        Control("white", white_noise_loss, "the correlation of the noise is forgotten"),
        Control(
            "white of equal size",
            lambda ratio, eta, steps, sigma: white_noise_loss.predict(
                ratio=ratio, eta=eta, steps=steps, sigma=sigma * 2**0.5
            ),
            "white noise of the same variance 2 sigma^2 per update",
        ),
        Control(
            "telescoped",
            lambda ratio, eta, steps, sigma: sigma**2,
            "the increments telescope to the last innovation, as if nothing decayed in between",
        ),
    ),
)
