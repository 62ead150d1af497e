r"""The flow of the product of any number of balanced layers, without the layers.

.. math:: \dot W = \sum_{j=1}^{L} (WW^\top)^{(L-j)/L}\,(S-W)\,(W^\top W)^{(j-1)/L}

Balance gives W_L ... W_(j+1) the left singular vectors of W with the (L-j)/L-th power of its singular values, and
W_(j-1) ... W_1 the right ones with the (j-1)/L-th power: both act on the gradient twice.
"""

from typing import Any

import numpy as np
import sympy as sp

from models.deep_linear.symbolic import depth, depth_input
from theorylab.theory import Claim, Control, Margin, limit, symbols
from theorylab.theory.derivation import differentiate, solve, substitute
from theorylab.theory.symbols import t

start_input = symbols.input("W", "product of the balanced layers at the start", "param^2", kind="matrix")
target_input = symbols.input("S", "target of the product", "param^2", kind="matrix")

above, own, below, goal, root, left, right = sp.symbols("a w b s x p_left p_right", positive=True)
pull = sp.Symbol("E", real=True)
j = sp.Symbol("j", positive=True, integer=True)


def derive():
    """Layer j's term in entry (left, right) of the product, in the product's singular vectors."""
    slope = yield differentiate(
        "the gradient by an entry of layer j, between a above and b below", (above * own * below - goal) ** 2 / 2, own
    )
    moved = yield substitute(
        "its step, in the product; E is minus the gradient by the product",
        -above * below * slope,
        {goal: pull + above * own * below},
    )
    upper = yield solve("balance: each of L equal factors of p is its L-th root", sp.Eq(root**depth, left), root)
    lower = yield substitute("on the right too", upper, {left: right})
    factors = {above: upper ** (depth - j), below: lower ** (j - 1)}
    term = yield substitute("L - j of them above, j - 1 below", moved, factors)
    yield differentiate("the weight of E", term, pull)


def flow(weigh: Any, W: Any, S: Any, t: float) -> Any:
    """Product at time t; `weigh(p)` is the matrix of weights by the product's singular values."""
    from scipy.integrate import solve_ivp

    def rate(_: float, flat: Any) -> Any:
        product = flat.reshape(W.shape)
        u, p, v = np.linalg.svd(product)
        weights = weigh(np.pad(p, (0, len(u) - len(p))), np.pad(p, (0, len(v) - len(p))))
        return (u @ (weights * (u.T @ (S - product) @ v.T)) @ v).ravel()

    if t == 0:
        return W
    return solve_ivp(rate, (0, t), W.ravel(), method="DOP853", rtol=1e-8, atol=1e-10).y[:, -1].reshape(W.shape)


def _weights(depth: int, order: Any = lambda layers: layers) -> Any:
    """Sum over the layers of the derived weight; 0^0 = 1."""
    function = sp.lambdify((left, right, j, _depth), end_to_end.formula, "numpy")

    def weigh(rows: Any, columns: Any) -> Any:
        floor = lambda p: np.maximum(p, 1e-300)[:, None]
        return sum(function(floor(rows), floor(columns).T, layer, depth) for layer in order(range(1, depth + 1)))

    return weigh


_depth = depth


def _predicted(f: Any, depth: int, W: Any, S: Any, t: float) -> Any:
    return flow(_weights(depth), W, S, t)


def _one_side(depth: int, W: Any, S: Any, t: float) -> Any:
    """Every layer acts as the uppermost one."""
    return flow(_weights(depth, lambda layers: [1] * len(layers)), W, S, t)


def _scalar(depth: int, W: Any, S: Any, t: float) -> Any:
    """The weight of a mode by itself, L p^(2-2/L), with the mean of the two singular values."""
    return flow(lambda p, q: depth * (p[:, None] * q[None]) ** (1 - 1 / depth), W, S, t)


end_to_end = Claim(
    id="deep_linear.end_to_end",
    statement="The product of `depth` balanced layers, of a start W with the hidden width as its rank at most, after "
    "time t of gradient flow on 1/2 norm(W - S)^2: it depends on the start of the product alone.",
    inputs=(depth_input, start_input, target_input, t),
    domain=True,
    derivation=derive,
    evaluate=_predicted,
    exactness=limit(1),
    source="[arora2018] theorem 1",
    noises=("none", "gaussian", "stable", "differenced gaussian"),
    declares=("S",),
    margin=Margin(0.02, lambda S, **_: np.full(S.shape, np.linalg.norm(S, 2))),
    conditions=(("W and S have one shape", lambda v: v["W"].shape == v["S"].shape),),
    controls=(
        Control("one side", _one_side, "every layer is taken for the uppermost one: L (W W')^(1-1/L) (S - W)"),
        Control("modes apart", _scalar, "the weight L p^(2-2/L) of a mode by itself, for pairs the geometric mean"),
        Control(
            "no layers",
            lambda depth, W, S, t: S + np.exp(-depth * t) * (W - S),
            "a linear model of L times the rate: the layers make no difference",
        ),
    ),
)
