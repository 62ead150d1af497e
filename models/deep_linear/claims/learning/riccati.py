r"""Two layers of any shapes from a lambda-balanced start: the flow of all weights is a matrix Riccati equation.

.. math:: Q = \begin{pmatrix}W_1^\top\\W_2\end{pmatrix}, \quad P = QQ^\top, \quad
          F = \begin{pmatrix}-\tfrac\lambda2 I & S^\top\\S & \tfrac\lambda2 I\end{pmatrix}, \quad
          J = \begin{pmatrix}I&0\\0&-I\end{pmatrix}, \quad C = W_2^\top W_2 - W_1W_1^\top - \lambda I

.. math:: \dot P = FP+PF-P^2 - \tfrac12\,(JQCQ^\top+QCQ^\top J), \qquad
          P(t) = e^{Ft}Q_0\Bigl[I+Q_0^\top\!\int_0^t\!e^{2Fr}dr\,Q_0\Bigr]^{-1}Q_0^\top e^{Ft} \quad (C = 0)

Gradient flow conserves C + lambda I, so C = 0 at the start is C = 0 for ever. No inverse of F, of Q or of lambda is
taken: lambda = 0, targets without full rank, and hidden layers wider or narrower than the others are no special cases.
"""

from typing import Any

import mpmath
import numpy as np
import sympy as sp

from models.deep_linear.symbolic import small
from theorylab.theory import Claim, Control, Margin, limit, symbols
from theorylab.theory.derivation import compute, dsolve, integrate, simplify, substitute
from theorylab.theory.derivation import limit as limit_step
from theorylab.theory.derivation.step import at
from theorylab.theory.symbols import t

SPAN = 4.0  # largest exponent w*dt of one application of the closed form: several are chained for later times

lower = symbols.input("W1", "first layer, (hidden, inputs)", "param", kind="matrix")
upper = symbols.input("W2", "second layer, (outputs, hidden)", "param", kind="matrix")
teacher = symbols.input("S", "target of the product W2 W1, (outputs, inputs)", "param^2", kind="matrix")

balance = sp.Symbol("lambda_b", real=True)
w = sp.Symbol("w", real=True)
r = sp.Symbol("r", nonnegative=True)
gaps = sp.symbols("C_11 C_12 C_22", real=True)
levels = sp.symbols("w_1 w_2", real=True)
start = sp.Matrix(2, 2, sp.symbols("q_11 q_12 q_21 q_22", real=True))


def derive():
    growth, weight = yield from flow()
    yield simplify("the closed form solves the equation, entry by entry", _residual(growth, weight), _zero)
    at_rest = yield limit_step("where F has no slope", weight, w, 0)
    return {"growth": growth, "weight": weight, "weight at rest": at_rest}


def flow():
    """The Riccati equation with its residual, and the two functions of an eigenvalue of F that solve it."""
    loss, parts = small(2)
    first, second, target = parts["W1"], parts["W2"], parts["target"]
    weights = [*first, *second]
    slopes = yield compute(
        "the gradient by every weight", lambda f: [f.diff(x) for x in weights], loss, oracle=_slopes(loss, weights)
    )
    velocity = -sp.Matrix(4, 2, [*sp.Matrix(2, 2, slopes[:4]).T, *slopes[4:]])
    q = sp.Matrix.vstack(first.T, second)
    f = _field(target)
    change = velocity * q.T + q * velocity.T  # the product rule for P = Q Q'
    own = second.T * second - first * first.T - balance * sp.eye(2)
    left = change - (f * q * q.T + q * q.T * f - (q * q.T) ** 2)
    yield simplify(
        "what the weights' flow adds to the Riccati equation is -(J Q C Q' + Q C Q' J)/2 and nothing else",
        sp.Tuple(*(left - _deviation(q, own))),
        sp.expand,
        operation="expand",
    )
    gap = sp.Matrix([[gaps[0], gaps[1]], [gaps[1], gaps[2]]])
    yield substitute(
        "which vanishes on a lambda-balanced pair, C = 0", sp.Tuple(*_deviation(q, gap)), dict.fromkeys(gaps, 0)
    )
    wave = sp.Function("y")
    growth = yield dsolve(
        "P = e^(Ft) X e^(Ft) absorbs FP + PF: e^(Ft) along an eigenvector of F",
        sp.Eq(wave(t).diff(t), w * wave(t)),
        wave(t),
        {wave(0): 1},
    )
    weight = yield integrate(
        "X' = -X e^(2Ft) X is left, so that X^-1 collects the integral of e^(2Fr)",
        growth.subs(t, r) ** 2,
        (r, 0, t),
    )
    return growth, weight


def _field(target):
    n, m = target.shape[1], target.shape[0]
    return sp.Matrix(sp.BlockMatrix([[-balance / 2 * sp.eye(n), target.T], [target, balance / 2 * sp.eye(m)]]))


def _deviation(q, gap):
    j = sp.diag(1, 1, -1, -1)
    return -(j * q * gap * q.T + q * gap * q.T * j) / 2


def _slopes(loss, weights):
    def numerical(point):
        place = [point[x] for x in weights]
        along = lambda i: lambda y: at(loss, {**point, weights[i]: y})
        return [mpmath.diff(along(i), place[i]) for i in range(len(place))]

    return numerical


def _residual(growth, weight):
    """P' - (FP + PF - P^2) of the closed form in the eigenbasis of F, for two eigenvalues and two hidden units."""
    e, integral = (sp.diag(*(f.subs(w, level) for level in levels)) for f in (growth, weight))
    inner = sp.eye(2) + start.T * integral * start
    p = e * start * inner.adjugate() * start.T * e / inner.det()
    f = sp.diag(*levels)
    return sp.Tuple(*(p.diff(t) - (f * p + p * f - p * p)))


def _zero(entry):
    """The numerator of a rational function of exponentials, expanded."""
    return sp.expand(sp.numer(sp.together(entry)))


def product(f: Any, W1: Any, W2: Any, S: Any, t: float, constant: float) -> Any:
    """W2 W1 at time t by the closed form in the eigenbasis of F with lambda = `constant`, in steps of `SPAN`.

    Q moves to e^(Ft) Q L'^-1, with L L' the matrix in brackets: P stays a product, at most of the hidden rank.
    """
    n, m, wide = S.shape[1], S.shape[0], len(W1)
    field = np.block([[-constant / 2 * np.eye(n), S.T], [S, constant / 2 * np.eye(m)]])
    slopes, basis = np.linalg.eigh(field)
    q = basis.T @ np.vstack([W1.T, W2])
    steps = max(1, int(np.ceil(np.abs(slopes).max() * t / SPAN)))
    growth, weight = _along(f, tuple(slopes.tolist()), t / steps)
    for _ in range(steps):
        inner = np.linalg.cholesky(np.eye(wide) + q.T @ (weight[:, None] * q))
        moved = np.linalg.solve(inner, (growth[:, None] * q).T).T
        if np.array_equal(moved @ moved.T, q @ q.T):
            break  # nothing moves any more
        q = moved
    q = basis @ q
    return q[n:] @ q[:n].T


def _along(f: Any, slopes: tuple[float, ...], dt: float) -> tuple[np.ndarray, np.ndarray]:
    """The derived growth and weight for each eigenvalue."""
    parts = f.parts
    growth = [parts["growth"](w=x, t=dt) for x in slopes]
    weight = [parts["weight"](w=x, t=dt) if x else parts["weight at rest"](t=dt) for x in slopes]
    return np.array(growth), np.array(weight)


def imbalance(W1: Any, W2: Any) -> tuple[float, float]:
    """lambda, the mean of the diagonal of W2' W2 - W1 W1', and the norm of what is left beside it."""
    gap = W2.T @ W2 - W1 @ W1.T
    constant = float(np.trace(gap) / len(gap))
    return constant, float(np.linalg.norm(gap - constant * np.eye(len(gap))))


def with_constant(change: Any) -> Any:
    """The closed form where lambda is replaced by change(lambda)."""
    return lambda W1, W2, S, t: product(riccati.numeric, W1, W2, S, t, change(imbalance(W1, W2)[0]))


def frozen(W1: Any, W2: Any, S: Any, t: float) -> Any:
    """The error decays by the tangent kernel of the start: E(t) = e^(-W2 W2' t) E(0) e^(-W1' W1 t)."""
    from scipy.linalg import expm

    return S + expm(-W2 @ W2.T * t) @ (W2 @ W1 - S) @ expm(-W1.T @ W1 * t)


def largest(S: Any, **_: Any) -> Any:
    """The largest singular value of the target, for every element."""
    return np.full(S.shape, np.linalg.norm(S, 2))


def _chains(v: Any) -> bool:
    return len(v["W1"]) == v["W2"].shape[1]


def _fits(v: Any) -> bool:
    return (len(v["W2"]), v["W1"].shape[1]) == v["S"].shape


def _balanced(v: Any) -> bool:
    size = np.linalg.norm(v["W1"]) ** 2 + np.linalg.norm(v["W2"]) ** 2
    return bool(imbalance(v["W1"], v["W2"])[1] <= 1e-6 * size)


shapes = (
    ("the columns of W2 are as many as the rows of W1", _chains),
    ("S has the rows of W2 and the columns of W1", _fits),
)
_no_lambda = "the solution of zero-balanced layers is used for every start"
_tangent = "the tangent kernel stays what it is at the start: the limit of large lambda"

riccati = Claim(
    id="deep_linear.riccati",
    statement="The product W2 W1 after time t of gradient flow on 1/2 norm(W2 W1 - S)^2 from a lambda-balanced pair, "
    "W2' W2 - W1 W1' = lambda I, of any shapes and ranks. Small gradient noise leaves the median network there, up to "
    "the square of its scale.",
    inputs=(lower, upper, teacher, t),
    domain=True,
    derivation=derive,
    evaluate=lambda f, W1, W2, S, t: product(f, W1, W2, S, t, imbalance(W1, W2)[0]),
    exactness=limit(1),
    source="[fukumizu1998], [braun2022] zero-balanced layers; [domine2024] lambda-balanced ones; this form and the "
    "residual off the manifold are derived here",
    noises=("none", "gaussian", "stable", "differenced gaussian"),
    declares=("S",),
    margin=Margin(0.02, largest),
    conditions=(*shapes, ("W2' W2 - W1 W1' = lambda I for some lambda: a lambda-balanced start", _balanced)),
    controls=(
        Control("other sign", with_constant(lambda x: -x), "W1 W1' - W2' W2 is taken for lambda"),
        Control("no lambda", with_constant(lambda x: 0 * x), _no_lambda),
        Control("frozen kernel", frozen, _tangent, "[jacot2018]"),
    ),
)

riccati_generic = Claim(
    id="deep_linear.riccati_generic",
    statement="The same closed form from any start, with the mean of the diagonal of W2' W2 - W1 W1' for lambda. Kept "
    "because it is refuted: the residual -(J Q C Q' + Q C Q' J)/2 is of the order of the flow itself.",
    inputs=(lower, upper, teacher, t),
    domain=True,
    derivation=derive,
    evaluate=lambda f, W1, W2, S, t: product(f, W1, W2, S, t, imbalance(W1, W2)[0]),
    exactness=limit(1),
    source="[domine2024] the closed form, off the manifold on which it holds",
    noises=("none",),
    declares=("S",),
    expected="disagrees",
    margin=Margin(0.02, largest),
    conditions=shapes,
    controls=(
        Control("no lambda", with_constant(lambda x: 0 * x), _no_lambda),
        Control("frozen kernel", frozen, _tangent, "[jacot2018]"),
    ),
)
