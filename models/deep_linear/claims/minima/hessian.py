r"""The Hessian at a balanced minimum.

.. math:: \lambda_{ij} = \sum_{l=1}^{L} s_i^{2(L-l)/L}\,s_j^{2(l-1)/L}
          = \frac{s_i^2-s_j^2}{s_i^{2/L}-s_j^{2/L}}, \qquad \lambda_{ii} = L\,s_i^{2-2/L}, \qquad
          \lambda_{i\cdot} = s_i^{2-2/L} \text{ beyond the rank}

The residual vanishes, so the Hessian is J'J for the Jacobian J of the product. The part (i, j) of the product, output
direction i and input direction j, is moved by one weight of each layer, and no weight moves two parts: J J' is diagonal
and its entries are the squared lengths of J's rows.
"""

import numpy as np
import sympy as sp

from models.deep_linear.symbolic import above, below, depth, depth_input, layer, layer_loss
from theorylab.errors import InputError
from theorylab.theory import Claim, Control, exact, symbols
from theorylab.theory.derivation import differentiate, identify, limit, substitute, summation

values = symbols.input("singular_values", "positive singular values of the product", "param^2", kind="vector")
d_out = symbols.input("d_out", "outputs", integer=True, positive=True, box=(1, 12))
d_in = symbols.input("d_in", "inputs", integer=True, positive=True, box=(1, 12))
s_i, s_j = sp.symbols("s_i s_j", positive=True)
index = sp.Symbol("l", integer=True, positive=True)
MOST = 4_000_000  # directions whose eigenvalues are listed one by one


def derive():
    """One pair of modes; equal ones and a vanishing one are limits."""
    curvature = yield differentiate(
        "the curvature along one layer's weight between two modes", layer_loss, layer[0, 1], 2
    )
    balanced = {above[0]: s_i ** ((depth - index) / depth), below[1]: s_j ** ((index - 1) / depth)}
    one = yield substitute("balanced: L - l layers above it, l - 1 below", curvature, balanced)
    pair = yield summation(
        "no weight moves two parts of the product: its layers' squares add up", one, (index, 1, depth)
    )
    closed = (s_i**2 - s_j**2) / (s_i ** (2 / depth) - s_j ** (2 / depth))
    pair = yield identify("a geometric sum", pair, closed, where=sp.Ne(s_i, s_j))
    same = yield limit("equal singular values", pair, s_i, s_j)
    edge = yield limit("one direction beyond the rank", pair, s_j, 0)
    return {"pair": pair, "same": same, "edge": edge}


def eigenvalue(f, depth, one, two):
    """The eigenvalue of one pair of directions, by the derived part that holds there."""
    low, high = sorted((one, two))
    if low == 0:
        return f.parts["edge"](depth=depth, s_i=high) if high > 0 else float(depth == 1)
    if high - low < 1e-9 * high:
        return f.parts["same"](depth=depth, s_j=high)
    return f.parts["pair"](depth=depth, s_i=high, s_j=low)


def spectrum(f, depth, singular_values, d_out, d_in):
    """All pairs of output and input directions; the non-zero ones, descending."""
    if d_out * d_in > MOST:
        raise InputError(f"d_out*d_in = {d_out * d_in} is more than {MOST} directions")
    s, known = np.concatenate([singular_values, [0.0]]), {}
    pairs = [(min(i, len(s) - 1), min(j, len(s) - 1)) for i in range(d_out) for j in range(d_in)]
    for i, j in {tuple(sorted(p)) for p in pairs}:
        known[i, j] = eigenvalue(f, depth, s[i], s[j])
    found = np.sort([known[min(p), max(p)] for p in pairs])[::-1]
    return found[found > 0]


def padded(found, like):
    """Descending, with zeros for the eigenvalues that the wrong law does not have."""
    kept = np.sort(np.ravel(found))[::-1][: len(like)]
    return np.concatenate([kept, np.zeros(len(like) - len(kept))])


def learned_only(**inputs):
    """Pairs of learned modes alone."""
    rank = len(inputs["singular_values"])
    right = hessian_spectrum.predict(**inputs)
    return padded(hessian_spectrum.predict(**(inputs | {"d_out": rank, "d_in": rank})), right)


def two_layers(**inputs):
    """s_i + s_j at every depth."""
    return padded(hessian_spectrum.predict(**(inputs | {"depth": 2})), hessian_spectrum.predict(**inputs))


def layer_by_layer(depth, singular_values, d_out, d_in):
    """Eigenvalues of the layers' own blocks of the Hessian."""
    s = np.concatenate([singular_values, np.zeros(max(d_out, d_in))])
    left, right = s[:d_out, None], s[None, :d_in]
    blocks = [left ** (2 * (depth - k) / depth) * right ** (2 * (k - 1) / depth) for k in range(1, depth + 1)]
    right_one = hessian_spectrum.predict(depth=depth, singular_values=singular_values, d_out=d_out, d_in=d_in)
    return padded(np.concatenate([np.ravel(b) for b in blocks]), right_one)


hessian_spectrum = Claim(
    id="deep_linear.hessian_spectrum",
    statement="The non-zero eigenvalues of the Hessian at a balanced global minimum of a network of `depth` matrices, "
    "descending; r singular values give r (d_in + d_out - r) of them.",
    inputs=(depth_input, values, d_out, d_in),
    domain=True,
    conditions=(
        ("singular_values are positive", lambda v: bool(np.all(v["singular_values"] > 0))),
        (
            "at most min(d_out, d_in) singular_values",
            lambda v: len(v["singular_values"]) <= min(v["d_out"], v["d_in"]),
        ),
    ),
    derivation=derive,
    evaluate=spectrum,
    exactness=exact(),
    source="derived here; [mulayoff2020] shows that balanced minima are the flattest",
    noises=("none", "gaussian", "stable", "differenced gaussian"),
    controls=(
        Control(
            "learned modes only", learned_only, "pairs of learned modes are counted, not the directions beyond them"
        ),
        Control("two layers", two_layers, "s_i + s_j, the law of two layers, at every depth"),
        Control(
            "layer by layer", layer_by_layer, "the layers' own blocks: what one layer does to the others is left out"
        ),
    ),
)
