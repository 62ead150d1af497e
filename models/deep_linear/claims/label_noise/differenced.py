r"""The spread of the product of two factors under differenced label noise zeta_k - zeta_(k-1).

.. math:: y_k = \ln x_k - 2\eta\zeta_{k-1}, \qquad
          y' = y - 2\eta(x-v) - \eta^2(\zeta-\zeta_-)^2 + \dots, \qquad x = e^{y + 2\eta\zeta_-}

.. math:: S = \eta\sigma^2, \quad m = v - S: \qquad
          \operatorname{Var} x = \eta\,(4m^2S + 3mS^2) = \eta^2\sigma^2\,(v-\eta\sigma^2)(4v-\eta\sigma^2)

The innovations cancel in ln x but for the last one, whose part is the first term. Their squares do not: they shift the
mean to m, as white noise of that variance would, and their fluctuations, white but for neighbours, are the second term.
"""

import sympy as sp

from models.deep_linear.claims.label_noise.one_step import one_step
from models.deep_linear.symbolic import label_loss, v, v_input, xi
from theorylab.theory import Claim, Control, Margin, asymptotic
from theorylab.theory.derivation import expect, gaussian, jointly_centred, limit, series, simplify, solve, substitute
from theorylab.theory.symbols import eta, sigma

x, m = sp.symbols("x m", positive=True)
kick, r, q, w = sp.symbols("e r q w", real=True)
zeta, last = sp.symbols("zeta zeta_last", real=True)
C = sp.Symbol("C", real=True)
V, S, size = sp.symbols("V S epsilon", positive=True)
mean = v - eta * sigma**2


def derive():
    ratio = yield from one_step(label_loss)
    pull = yield limit("the flow of ln x", sp.log(ratio.subs(xi, 0)) / eta, eta, 0)
    ratio = yield substitute("the kick e = eta*xi where there is no pull", ratio, {x: v, xi: kick / eta})
    log = yield series("its logarithm to second order", sp.log(ratio), kick, 0, 3)
    log = yield substitute("differenced labels", log, {kick: eta * (zeta - last)})
    smooth = log - 2 * eta * (zeta - last)
    laws = {zeta: gaussian(sigma), last: gaussian(sigma)}
    lost = yield expect("what is left in y = ln x - 2 eta zeta_last, on average", smooth, laws)
    found = yield solve("the mean product: ln x has no drift", sp.Eq(eta * pull.subs(x, m) + lost, 0), m)
    moved = yield series("x about m, y = ln m + r, to first order", m * sp.exp(size * (r + 2 * eta * last)), size, 0, 2)
    moved = yield substitute("of full size", moved, {size: 1})
    update = r + eta * (pull.subs(x, moved) - pull.subs(x, m)) + smooth - lost
    update = yield substitute("q for the square of the last innovation", sp.expand(update), {last**2: q})
    update = yield substitute("and w for what it has beyond its mean", update, {q: w + sigma**2})
    law = {zeta: gaussian(sigma), (r, w, last): jointly_centred([[V, C, 0], [C, 2 * sigma**4, 0], [0, 0, sigma**2]])}
    square = yield expect("its second moment", update**2, law)
    beside = yield expect(
        "and its moment with the square of the innovation that made it", update * (zeta**2 - sigma**2), law
    )
    still = yield solve("stationarity", [sp.Eq(V, square), sp.Eq(C, beside)], (V, C))
    spread = yield expect("the variance of x", (moved - m) ** 2, law)
    spread = yield substitute("with that of r", spread, {V: still[0]})
    spread = yield substitute("labels so noisy that S = eta*sigma^2 counts", spread, {sigma: sp.sqrt(S / eta)})
    spread = yield limit("per learning rate, for small ones", spread / eta, eta, 0)
    spread = yield substitute("at the mean product", eta * spread, {m: found, S: eta * sigma**2})
    return (yield simplify("collect", spread, sp.factor))


anticorrelated_variance = Claim(
    id="deep_linear.anticorrelated_variance",
    statement="The variance of the product of two balanced factors trained on labels v with differenced Gaussian noise "
    "zeta_k - zeta_(k-1), zeta of standard deviation sigma: of order eta at a given shift eta*sigma^2 of the mean, "
    "where white label noise of the same variance leaves a spread of order one.",
    inputs=(v_input, eta, sigma),
    domain=sp.Gt(mean, 0),
    derivation=derive,
    exactness=asymptotic("small eta at given eta*sigma^2: relative corrections eta*v"),
    source="derived here; the white law it is set against is that of [ziyin2023]",
    noises=("label differenced",),
    margin=Margin(0.03),
    controls=(
        Control(
            "white",
            2 * eta * sigma**2 * mean,
            "white labels of the same variance 2 sigma^2, whose law is a Gamma law: the correlation is forgotten",
            "[ziyin2023]",
        ),
        Control(
            "last kick",
            4 * eta**2 * sigma**2 * mean**2,
            "linear response about the shifted mean: only the innovation that is not yet undone is counted",
        ),
        Control(
            "no shift",
            4 * eta**2 * sigma**2 * v**2,
            "linear response about the label: the noise is taken to leave the mean alone",
        ),
    ),
)
