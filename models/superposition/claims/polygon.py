r"""Regular k-gons in closed form: n = k features on a circle in two dimensions, all biases alike.

.. math:: \frac hk = 3\int_0^1 (x - \mathrm{ReLU}(l^2x + b))^2 dx
              + 3\sum_{\text{lit } j} \int_0^1 \mathrm{ReLU}(l^2 c_j x + b)^2 dx, \qquad c_j = \cos(2\pi j/k)

Only neighbours with l^2 c_j + b > 0 are lit, so their cosines enter through the sums P_q = sum c_j^q, q = -1 .. 2.
With b = tau l^2 both stationarity conditions are linear in l^2; equating the two leaves a quartic in tau.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from models.superposition.symbolic import a, answer, b, x
from theorylab.errors import InputError
from theorylab.theory import Claim, Control, Margin, exact
from theorylab.theory.derivation import compute, differentiate, integrate, simplify, solve, substitute
from theorylab.theory.formula import numeric
from theorylab.theory.symbols import input as declare

k = declare("k", "number of features, each a vertex of the polygon", integer=True, positive=True, box=(4, 9))
u = sp.Symbol("u", positive=True)  # l^2, the squared length of every feature
c = sp.Symbol("c", positive=True)  # cosine between a feature and a lit neighbour
beta = sp.Symbol("beta", negative=True)  # the bias of every output
tau = sp.Symbol("tau", negative=True)  # beta / u
NAMES = {-1: "P_m", 0: "P_0", 1: "P_1", 2: "P_2"}
P = {q: sp.Symbol(name, positive=True) for q, name in NAMES.items()}  # sums of c^q over the lit neighbours
INSIDE = sp.And(tau > -1, beta > -u)  # the output answers its own feature for large x


def _lit(loss: Any) -> Any:
    return sp.Add(*(sp.expand(loss).coeff(c, q) * power for q, power in P.items()))


def _weighted(loss: Any) -> Any:
    """The same sum from four neighbours with the weights that have the point's power sums."""

    def oracle(point: Any) -> Any:
        cosines = [mpmath.mpf(v) / 10 for v in (3, 5, 7, 9)]
        sums = mpmath.matrix([point[P[q]] for q in P])
        weights = mpmath.lu_solve(mpmath.matrix([[v**q for v in cosines] for q in P]), sums)
        value = sp.lambdify((u, beta, c), loss, "mpmath")
        return [sum(w * value(point[u], point[beta], v) for w, v in zip(weights, cosines, strict=True))]

    return oracle


def derive():
    own = {a: u, b: beta}
    told = yield integrate(
        "what an output misses of its own feature where it is lit",
        ((x - answer) ** 2).subs(own),
        (x, -beta / u, 1),
        where=INSIDE,
    )
    dark = yield integrate("and where it is still dark", x**2, (x, 0, -beta / u))
    false = yield integrate(
        "what a neighbour at cosine c makes it say",
        (answer**2).subs({a: u * c, b: beta}),
        (x, -beta / (u * c), 1),
        where=beta > -u * c,
    )
    lit = yield compute("sum over the lit neighbours", _lit, false, oracle=_weighted(false), symbols=(u, beta))
    h = yield simplify("the polygon's loss per output, in units of 1/3", 3 * (told + dark + lit), sp.expand)
    by_bias = yield differentiate("no gain from the bias", h, beta)
    by_length = yield differentiate("no gain from the length", h, u)
    by_bias = yield substitute("in units of l^2", by_bias, {beta: tau * u})
    by_length = yield substitute("in units of l^2", by_length, {beta: tau * u})
    first = yield solve("the length that the bias asks for", by_bias, u)
    second = yield solve("the length that it asks for itself", by_length, u)
    gap = yield simplify("both are one length", first - second, sp.factor)
    quartic = yield simplify(
        "over the common denominator, less the root tau = -1 at which the output is dark",
        gap * sp.fraction(gap)[1] / (1 + tau),
        lambda e: sp.collect(sp.expand(sp.cancel(e)), tau),
    )
    height = yield substitute("the loss on that line", h, {beta: tau * u})
    return {"quartic": quartic, "u": first, "h": height}


def state(f: Any, k: int) -> dict[str, float]:
    """The stationary regular k-gon: the root of the quartic that lights exactly the neighbours it was summed over."""
    coefficients = [numeric(e) for e in sp.Poly(f.parts["quartic"].expr, tau).all_coeffs()]
    found = []
    for count, cosines, sums in _chambers(k):
        for root in np.roots([e(**sums) for e in coefficients]):
            ratio = float(root.real)
            if abs(root.imag) < 1e-9 and ratio <= 0 and cosines[count] + ratio > 0 >= cosines[count + 1] + ratio:
                u_found = f.parts["u"](tau=ratio, **sums)
                h = k * f.parts["h"](tau=ratio, u=u_found, **sums)
                found.append(_numbers(k, u_found, ratio * u_found, h))
    if not found:
        raise InputError(f"k={k}: no regular polygon is stationary")
    return min(found, key=lambda polygon: polygon["h"])


def _chambers(k: int) -> Iterator[tuple[int, list[float], dict[str, float]]]:
    """(lit neighbours on each side, cosines of neighbours 0, 1, ..., power sums), as long as neighbours are acute."""
    cosines = [float(mpmath.cospi(mpmath.mpf(2 * j) / k)) for j in range(k)]
    for count in range(sum(v > 0 for v in cosines[1 : (k + 1) // 2]) + 1):
        yield count, cosines, {P[q].name: 2 * sum(v**q for v in cosines[1 : count + 1]) for q in P}


def _numbers(k: int, u_found: float, bias: float, h: float) -> dict[str, float]:
    return {"l": float(np.sqrt(u_found)), "b": bias, "h": h, "loss": h / (3 * k)}


def _without_bias(k: int) -> dict[str, float]:
    """b = 0: every acute neighbour is lit, h/k = (1 - u)^2 + P_2 u^2 is least at u = 1/(1 + P_2)."""
    *_, (_, _, sums) = _chambers(k)
    return _numbers(k, 1 / (1 + sums["P_2"]), 0.0, k * sums["P_2"] / (1 + sums["P_2"]))


def _unit_length(k: int) -> dict[str, float]:
    """l = 1, and the bias that is best there: (P_m + 2) b^2 + 2 (P_0 + 1) b + P_1 = 0."""
    *_, (_, _, sums) = _chambers(k)
    bias = float(max(np.roots([sums["P_m"] + 2, 2 * (sums["P_0"] + 1), sums["P_1"]]).real))
    return _numbers(k, 1.0, bias, k * polygon.numeric.parts["h"](tau=bias, u=1.0, **sums))


def _halved(k: int) -> dict[str, float]:
    return {name: value / 2 if name == "loss" else value for name, value in polygon.predict(k=k).items()}


def _departure(k: int) -> dict[str, float]:
    """How far the pentagon is from the square: the smallest departure that the family predicts."""
    five = polygon.predict(k=5)
    return {"l": five["l"] - 1, "b": five["b"], "h": five["h"], "loss": five["h"] / (3 * k)}


polygon = Claim(
    id="superposition.polygon",
    statement="k features in two dimensions, one active at a time, are stored as a regular k-gon with this length l of "
    "each feature, this bias b of each output, and loss h/(3k).",
    inputs=(k,),
    domain=sp.And(k.symbol >= 4, k.symbol <= 9),
    derivation=derive,
    evaluate=state,
    exactness=exact(),
    source="[chen2023dynamical] for k = 5 to 8; [elhage2022toy] for the model",
    noises=("none", "gaussian", "stable", "differenced gaussian"),
    controls=(
        Control("no bias", _without_bias, "pictures of features on a circle leave the bias out"),
        Control("unit length", _unit_length, "features are drawn as unit vectors, as in a zero-loss arrangement"),
        Control("half loss", _halved, "the squared error is halved in most textbooks"),
    ),
    margin=Margin(0.005, _departure),
    declares=("k",),
)
