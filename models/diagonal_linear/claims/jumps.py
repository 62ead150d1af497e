r"""From saddle to saddle: when a diagonal linear network with a vanishing start learns each coordinate.

.. math:: \frac{\ln(u_j/\alpha)}{\ln(1/\alpha)} = 2S_j, \qquad S_j = -\frac1{\ln(1/\alpha)}\int_0^t
          \frac{\partial L}{\partial\beta_j}\,dt, \qquad |S_j| = \tfrac12 \text{ where a weight is of order 1}

Between jumps the network rests at the least-squares fit of the coordinates with |S_j| = 1/2, each of the sign of its
S_j, while S moves on with the constant gradient there. Times are in units of ln(1/alpha).
"""

import numpy as np
import sympy as sp

from models.diagonal_linear.claims.limit import late, paths
from models.diagonal_linear.symbolic import data_input, label_input, start, z
from theorylab.theory import Claim, Control, limit
from theorylab.theory.arguments import same_size
from theorylab.theory.derivation import solve, substitute

TINY = 1e-10


def derive():
    """The accumulated force, per ln(1/alpha), at which a weight is of order one."""
    up, down = yield from paths()
    threshold = None
    for weight, sign in ((up, "positive"), (down, "negative")):
        small = yield substitute(
            f"a vanishing start: the weight of a {sign} coordinate", weight, {start: sp.exp(-late)}
        )
        found = yield solve("is of order one at the force", sp.Eq(small, 1), z, pick=lambda r: r.is_real)
        level = yield substitute("per ln(1/alpha)", found / late_ratio, {late_ratio: late})
        if sign == "positive":
            threshold = level
    return threshold


late_ratio = sp.Symbol("ell", positive=True)


def fit(X, y, signs):
    """Least squares over the coordinates with a sign, each of its own sign or zero."""
    from scipy.optimize import nnls

    beta, active = np.zeros(X.shape[1]), np.flatnonzero(signs)
    if len(active):
        beta[active] = nnls(X[:, active] * signs[active], y)[0] * signs[active]
    return beta


def saddles(X, y, threshold):
    """Times of the jumps and the fits between them; a coordinate is free to move where |S_j| is at the threshold."""
    d, time, times, fits = X.shape[1], 0.0, [], []
    S, signs = np.zeros(d), np.zeros(d)
    for _ in range(4 * d):
        beta = fit(X, y, signs)
        force = -X.T @ (X @ beta - y) / len(y)
        force[(beta != 0)] = 0
        scale = np.abs(X.T @ y).max() / len(y)
        waits = np.full(d, np.inf)
        moving = np.abs(force) > TINY * scale
        waits[moving] = (np.sign(force[moving]) * threshold - S[moving]) / force[moving]
        waits[(signs != 0) & (np.sign(force) == signs)] = np.inf  # held at the threshold by the fit
        wait = waits.min()
        if not np.isfinite(wait):
            break
        time += wait
        S = np.clip(S + force * wait, -threshold, threshold)
        signs = np.where(np.abs(np.abs(S) - threshold) < 1e-9, np.sign(S), 0.0)
        times.append(time)
        fits.append(fit(X, y, signs))
    return np.array(times), np.array(fits)


def times(f, X, y):
    """Times of the jumps, in order."""
    return saddles(X, y, f())[0]


def one_by_one(X, y):
    """Each coordinate's own time in the gradient at zero."""
    force = np.sort(np.abs(X.T @ y) / len(y))[::-1]
    return 0.5 / force[: len(jump_times.predict(X=X, y=y))]


jump_times = Claim(
    id="diagonal_linear.jump_times",
    statement="The times, in units of ln(1/alpha), at which gradient flow of L = 1/2 mean (X beta - y)^2 learns its "
    "coordinates one after the other, when all weights start at a vanishing alpha.",
    inputs=(data_input, label_input),
    domain=True,
    conditions=(
        *same_size("X", "y"),
        ("y is correlated with X", lambda v: len(v["X"]) != len(v["y"]) or bool(np.any(np.abs(v["X"].T @ v["y"]) > 0))),
    ),
    derivation=derive,
    evaluate=times,
    exactness=limit(1),
    source="[pesme2023] the homotopy; its threshold in this parametrisation is derived here",
    noises=("none", "label gaussian", "label stable", "label differenced"),
    margin=0.02,
    controls=(
        Control(
            "threshold 1",
            lambda X, y: saddles(X, y, 1.0)[0],
            "the product u w or beta ~ u^2 is asked to come back to order one at rate one: the factor of the squares",
        ),
        Control("one by one", one_by_one, "what is learned first does not change the forces on the others"),
    ),
)
