r"""Adjacent layers and their imbalance: a step of gradient descent has no first-order term, whatever the batch.

.. math:: C = W_2^\top W_2 - W_1W_1^\top, \quad \ell = \ell(W_2W_1) \;\Rightarrow\;
          C' = C + \eta^2\,(G_2^\top G_2 - G_1G_1^\top), \qquad G_l = \frac{\partial\ell}{\partial W_l}

for W_2^T G_2 = G_1 W_1^T: both are W_2^T (dl/dW) W_1^T. The same with further layers above and below. Two scalar
factors have the product law

.. math:: u'^2-w'^2 = (u^2-w^2)(1-\eta^2g^2), \qquad g = \frac{d\ell}{d(uw)}

Both hold exactly at any learning rate, for each batch and each noise on its labels. Noise that is added to the
gradient itself is no gradient of a function of the product, and has a first-order term.
"""

from typing import Any

import mpmath
import sympy as sp

from models.deep_linear.symbolic import label_loss, left, right, v, xi
from theorylab.theory import Claim, Control, Margin, identity
from theorylab.theory.derivation import compute, differentiate, simplify, substitute
from theorylab.theory.derivation.step import at
from theorylab.theory.symbols import eta

lower, upper, slope = (sp.Matrix(2, 2, sp.symbols(f"{name}_:4", real=True)) for name in "abe")
above, below = sp.symbols("A_11 B_11", positive=True)
g = sp.Symbol("g", real=True)


def derive_step():
    weights = [*lower, *upper]
    near = sum((slope.T * upper * lower).diagonal())  # the loss beside a constant: dl = <dl/dW, d(W2 W1)>
    pulls = yield compute(
        "the gradient by every weight, by the chain rule", lambda f: [f.diff(x) for x in weights], near, oracle=_along
    )
    down, up = (sp.Matrix(2, 2, part) for part in (pulls[:4], pulls[4:]))
    before = upper.T * upper - lower * lower.T
    after = (upper - eta * up).T * (upper - eta * up) - (lower - eta * down) * (lower - eta * down).T
    quadratic = up.T * up - down * down.T
    yield simplify("no first-order term, entry by entry", sp.Tuple(*(after - before).diff(eta).subs(eta, 0)), sp.expand)
    rest = yield simplify(
        "nothing beyond eta^2 (G2' G2 - G1 G1')", sp.Tuple(*(after - before - eta**2 * quadratic)), sp.expand
    )
    change = yield substitute(
        "one entry", eta**2 * quadratic[0, 0], {(up.T * up)[0, 0]: above, (down * down.T)[0, 0]: below}
    )
    by_above = yield differentiate("per unit of G2' G2", change, above)
    by_below = yield differentiate("per unit of G1 G1'", change, below)
    return {"linear": rest[0], "above": by_above, "below": by_below}


def _along(point: Any) -> Any:
    """Derivatives of <dl/dW, W2 W1> by the weights."""
    weights: list[Any] = [*lower, *upper]
    near = sum((slope.T * upper * lower).diagonal())
    return [mpmath.diff(lambda y, x=x: at(near, {**point, x: y}), point[x]) for x in weights]


def derive_product():
    pull_left = yield differentiate("the gradient by one factor", label_loss, left)
    pull_right = yield differentiate("and by the other", label_loss, right)
    after = (left - eta * pull_left) ** 2 - (right - eta * pull_right) ** 2
    ratio = yield simplify("one step multiplies the imbalance", after / (left**2 - right**2), sp.factor)
    ratio = yield substitute("g is the gradient by the product", ratio, {xi: left * right - v - g})
    powers = yield compute("its powers of g", _powers, ratio, oracle=lambda p: mpmath.taylor(_at(ratio, p), 0, 2))
    return {"constant": powers[0], "linear": powers[1], "quadratic": powers[2]}


def _powers(ratio):
    return sp.Tuple(*reversed(sp.Poly(sp.expand(ratio), g).all_coeffs()))


def _at(ratio, point):
    return lambda y: at(ratio, {**point, g: y})


balance_step = Claim(
    id="deep_linear.balance_step",
    statement="One step of SGD on a loss of the product changes C = W2' W2 - W1 W1' of adjacent layers, in a network "
    "of any depth, by these multiples of W2' G2 + G2' W2, of G2' G2 and of G1 G1': exactly, at any learning rate and "
    "under any noise on the labels.",
    inputs=(eta,),
    domain=True,
    derivation=derive_step,
    exactness=identity(),
    source="[arora2018] the conservation law of gradient flow; the exact step is derived here",
    noises=("label gaussian", "label stable", "label differenced"),
    margin=Margin(1e-6, eta**2),
    controls=(
        Control(
            "conserved", lambda eta: {"linear": 0.0, "above": 0.0, "below": 0.0}, "gradient flow's law at a finite step"
        ),
        Control(
            "first order",
            lambda eta: {"linear": -eta, "above": eta**2, "below": -(eta**2)},
            "the product rule for W2' W2 alone: the layer below moves along",
        ),
        Control(
            "other layer",
            lambda eta: {"linear": 0.0, "above": -(eta**2), "below": eta**2},
            "a layer's own gradient is subtracted from it, squared too",
        ),
    ),
)

balance_product = Claim(
    id="deep_linear.balance_product",
    statement="A step of SGD on two factors multiplies u^2 - w^2 by a polynomial in the gradient g by the product, "
    "with these coefficients: after any number of steps the imbalance is its first value times prod (1 - eta^2 g^2), "
    "exactly, at any learning rate and under any noise on the labels.",
    inputs=(eta,),
    domain=True,
    derivation=derive_product,
    exactness=identity(),
    source="[ziyin2023] its decay under Gaussian noise; the product law is derived here",
    noises=("label gaussian", "label stable", "label differenced"),
    margin=Margin(1e-6, eta**2),
    controls=(
        Control(
            "conserved",
            lambda eta: {"constant": 1, "linear": 0, "quadratic": 0.0},
            "gradient flow's law at a finite step",
        ),
        Control(
            "one kick",
            lambda eta: {"constant": 1, "linear": -2 * eta, "quadratic": eta**2},
            "(1 - eta g)^2: one factor's own",
        ),
        Control(
            "kick and half",
            lambda eta: {"constant": 1, "linear": 0, "quadratic": -(eta**2) / 2},
            "Ito's half of the square, as for one logarithm",
        ),
    ),
)
