"""What the networks that stay by the minimum miss of a mean, and the mean over them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from theorylab import measure


def scale_of_shift(shift: float, alpha: float, eta: float) -> float:
    """gamma of labels with which the mean product is `shift` below its target, at one label a step of input 1."""
    return (shift / (math.gamma(alpha) * abs(math.cos(math.pi * alpha / 2)) * eta ** (alpha - 1))) ** (1 / alpha)


def mean_of_survivors(data: Any, c: Any) -> measure.Estimate:
    """The observed mean, over networks that stay within reach to the horizon."""
    return measure.mean(measure.survivors(data["mean"].values, data["lost"].values))


def survivors_miss(alpha: float, eta: float, v: float) -> float:
    r"""How much larger the shift of the mean is, relatively, among networks that survive label noise in finite steps.

    .. math:: \frac{C_\alpha}{\Gamma(\alpha)|\cos\frac{\pi\alpha}2|}\Bigl[Y^{-\alpha}\Bigl(\ln Y+\frac1\alpha\Bigr)
              - (\eta v)^{\alpha/2}\int_{\eta v}^2 D(X)\,\tfrac\alpha2X^{-1-\alpha/2}\,dX\Bigr],
              \qquad Y = \sqrt{2/\eta v}

    .. math:: D(X_0) = \sum_k \tfrac12\ln(1+2X_k) + \ln|1-X_k|, \qquad X_{k+1} = X_k(1-X_k)^2

    with C_alpha = (2/pi) Gamma(alpha) sin(pi alpha/2). A kick 1 + y with |y| > Y throws the product beyond 2/eta, from
    where gradient descent does not return: survivors have not seen the part of E ln|1 + y| that lies beyond. From
    X/eta below that, steps return it faster than the flow: D is what the average along the flow then lacks.
    """
    if alpha == 2:
        return 0.0
    reach, half = math.sqrt(2 / (eta * v)), math.pi * alpha / 2
    edges = np.geomspace(eta * v, 2, 4001)
    x, lacking = np.sqrt(edges[1:] * edges[:-1]), 0.0
    while x.max() > 0.01:
        lacking = lacking - 0.5 * np.log1p(2 * x) - np.log(np.abs(1 - x))
        x = x * (1 - x) ** 2
    lacking = lacking + 0.75 * x  # the rest of the orbit, of which each step changes X by 2 X^2 and D by 3/2 X^2
    early = (eta * v) ** (alpha / 2) * (lacking * -np.diff(edges ** (-alpha / 2))).sum()
    return 2 / math.pi * abs(math.tan(half)) * (reach**-alpha * (math.log(reach) + 1 / alpha) + early)
