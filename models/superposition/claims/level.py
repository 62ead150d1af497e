r"""The level law: what every attractor loses, from its geometry alone.

.. math:: L_{k,\sigma}(n) = \frac1{3n}\Bigl[h_k + (n - k) - \frac{3\sigma}{4n}\Bigr]

A dead feature is never reconstructed and costs 1/3 of its own input. With b < 0 its output stays dark; with b > 0 and
no weight ("dead-positive") it answers every input with the constant b, and the best constant saves 1/(4 n^2).
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from models.superposition.claims.polygon import polygon
from models.superposition.symbolic import b, x
from theorylab.theory import Claim, Control, Margin, exact
from theorylab.theory.derivation import differentiate, integrate, simplify, solve, substitute
from theorylab.theory.symbols import input as declare

n = declare("n", "number of features", integer=True, positive=True, box=(4, 12))
k = declare("k", "number of distinct directions that are alive", integer=True, nonnegative=True, box=(0, 9))
plus = declare("plus", "number of dead features with a positive bias", integer=True, nonnegative=True, box=(0, 4))
h = sp.Symbol("h", nonnegative=True)  # the polygon's loss: h/(3k) with n = k features


def derive():
    features = n.symbol
    missed = yield integrate("a dead, dark output misses its whole feature", x**2, (x, 0, 1))
    own = yield integrate("one that says b > 0 whatever comes: on its own feature", (x - b) ** 2, (x, 0, 1))
    constant = (own + (features - 1) * b**2) / features
    slope = yield differentiate("and it says b on the n - 1 other features too", constant, b)
    best = yield solve("the best constant is the feature's mean", slope, b)
    told = yield substitute("what is lost at that constant", constant, {b: best})
    rest = (features - k.symbol - plus.symbol) * missed / features
    yield simplify(
        "the polygon's outputs, the dark ones and the constant ones together",
        h / (3 * features) + rest + plus.symbol * told,
        sp.factor,
    )


def height(k: int) -> float:
    """h of k directions: up to four of them need not overlap, and lose nothing."""
    return 0.0 if k <= 4 else polygon.predict(k=k)["h"]


def evaluate(f: Any, n: int, k: int, plus: int) -> float:
    """The law at the polygon's h."""
    return f(n=n, k=k, plus=plus, h=height(k))


def _without_bias(n: int, k: int, plus: int) -> float:
    lost = 0.0 if k <= 4 else polygon.predict_control("no bias", k=k)["h"]
    return level.numeric(n=n, k=k, plus=plus, h=lost)


level = Claim(
    id="superposition.level",
    statement="A state with a regular k-gon of distinct directions (up to k = 4: directions without positive overlap), "
    "`plus` dead-positive features and the others dead has this loss.",
    inputs=(n, k, plus),
    domain=sp.And(n.symbol >= k.symbol + plus.symbol, k.symbol <= 9),
    conditions=(("plus = 0 or k >= 4", lambda values: values["plus"] == 0 or values["k"] >= 4),),
    derivation=derive,
    evaluate=evaluate,
    exactness=exact(),
    source="[chen2023dynamical], the critical points of six features",
    noises=("none", "gaussian", "stable", "differenced gaussian", "minibatch with"),
    controls=(
        Control(
            "dead is dead",
            lambda n, k, plus: level.predict(n=n, k=k, plus=0),
            "a feature without weight carries no information: nothing can be gained from it",
        ),
        Control(
            "mean where active",
            lambda n, k, plus: level.predict(n=n, k=k, plus=0) + plus * (1 / 4 - 1 / (2 * n)),
            "the best constant is taken to be the mean 1/2 of the feature where it is active",
        ),
        Control("no bias", _without_bias, "the polygon of unbiased outputs, as the pictures show it"),
        Control(
            "half loss",
            lambda n, k, plus: level.predict(n=n, k=k, plus=plus) / 2,
            "the squared error is halved in most textbooks",
        ),
    ),
    margin=Margin(0.02, lambda n, k, plus: 1 / (4 * n**2)),
    declares=("n", "k"),
)
