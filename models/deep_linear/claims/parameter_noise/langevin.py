r"""The law of the product of a two-layer network under Langevin dynamics with weight decay.

.. math:: \pi(u, w) \propto \exp\Bigl\{-\frac1T\Bigl[\tfrac12(u\cdot w-v)^2
          + \tfrac g2(|u|^2+|w|^2)\Bigr]\Bigr\}, \qquad u, w \in \mathbb R^h

.. math:: p(z) \propto e^{-(z-v)^2/2T}\,|z|^{(h-1)/2}\,K_{(h-1)/2}\bigl(g|z|/T\bigr), \qquad z = u\cdot w

Along the valley u.w = v the weights are held by the decay alone: without it there is no stationary law.
"""

from functools import lru_cache

import numpy as np
import sympy as sp

from models.deep_linear.symbolic import v, v_input
from theorylab.theory import Claim, Control, Margin, limit, symbols
from theorylab.theory.derivation import identify, integrate, substitute
from theorylab.theory.symbols import T

decay_input = symbols.input("g", "weight decay", positive=True, box=(0.05, 1.0))
width_input = symbols.input("h", "hidden width", integer=True, positive=True, box=(1, 6))
g, h = decay_input.symbol, width_input.symbol
u, r, z, weight = sp.symbols("u r z W", positive=True)  # u along w, r = |w|^2, and their product on one side of zero
NODES = 96  # of the quadrature on each side of zero


def derive():
    one = sp.exp(-g * u**2 / (2 * T))
    size = yield integrate("the decay alone makes u Gaussian: its part along w", one, (u, 0, sp.oo))
    given = yield substitute("the density of z = |w| u, given w", one / (2 * size * sp.sqrt(r)), {u: z / sp.sqrt(r)})
    radial = sp.exp(-g * r / (2 * T)) * r ** (h / 2 - 1)
    whole = yield integrate("and |w|^2 a chi-square of h degrees", radial, (r, 0, sp.oo))
    order = (h - 1) / 2
    decay = yield identify(
        "averaged over |w|: a Bessel function",
        sp.Integral(given * radial / whole, (r, 0, sp.oo)),
        (g / (2 * T)) ** (order + 1) * z**order * sp.besselk(order, g * z / T) * 2 / (sp.sqrt(sp.pi) * sp.gamma(h / 2)),
        digits=20,
    )
    kept = decay.as_independent(z)[1]
    fit = sp.exp(-((z - v) ** 2) / (2 * T))
    above = yield substitute("the loss weighs the product: above zero", kept * weight, {weight: fit})
    below = yield substitute("and at -z, below zero", kept * weight, {weight: fit.subs(z, -z)})
    return {"above": above, "below": below}


@lru_cache(maxsize=512)
def _law(v, T, g, h):
    """Mean, variance and share below zero, by quadrature of the derived density in the root of z."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    reach = (v + 9 * T**0.5) ** 0.5
    root, weights = reach * (nodes + 1) / 2, weights * reach / 2
    inputs, f = {"v": v, "T": T, "g": g, "h": h}, langevin_product.numeric
    above, below = (
        np.array([2 * x * part(z=x * x, **inputs) for x in root]) * weights
        for part in (f.parts["above"], f.parts["below"])
    )
    whole, place = above.sum() + below.sum(), root**2
    mean = ((above - below) @ place) / whole
    return {"mean": mean, "variance": ((above + below) @ place**2) / whole - mean**2, "below": below.sum() / whole}


def law(f, v, T, g, h):
    """The law of the derived density f."""
    return dict(_law(v, T, g, h))


def _other(**changes):
    """The law at other inputs, as a control."""
    return lambda v, T, g, h: langevin_product.predict(
        **({"v": v, "T": T, "g": g, "h": h} | {k: f(v, T, g, h) for k, f in changes.items()})
    )


def _normal(centre):
    """A normal law of temperature T about a centre."""

    def value(v, T, g, h):
        from scipy.stats import norm

        mean = centre(v, g)
        return {"mean": mean, "variance": T, "below": float(norm.cdf(-mean / T**0.5))}

    return value


langevin_product = Claim(
    id="deep_linear.langevin_product",
    statement="Mean, variance and share below zero of the product u.w of a two-layer network of hidden width h under "
    "Langevin dynamics at temperature T with weight decay g: Gaussian gradient noise of variance 2T/eta. Without decay "
    "there is no stationary law.",
    inputs=(v_input, T, decay_input, width_input),
    domain=True,
    derivation=derive,
    evaluate=law,
    exactness=limit(1),
    source="derived here",
    noises=("gaussian",),
    margin=Margin(0.04),
    controls=(
        Control("well", _normal(lambda v, g: v), "the loss is quadratic in the product, which is taken for a weight"),
        Control(
            "threshold",
            _normal(lambda v, g: max(v - g, 0.0)),
            "weight decay shifts the product by g, temperature spreads it by T",
        ),
        Control(
            "width one", _other(h=lambda v, T, g, h: 1), "two scalar factors stand for any hidden width: v is a scalar"
        ),
        Control(
            "twice as hot", _other(T=lambda v, T, g, h: 2 * T), "T = eta*sigma^2: the half of the loss is forgotten"
        ),
    ),
)
