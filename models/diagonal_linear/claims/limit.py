r"""What gradient flow of a diagonal linear network learns from fewer samples than inputs.

.. math:: \beta = 2\alpha^2\sinh(4 X^\top\nu), \quad X\beta = y, \qquad
          \beta = \arg\min_{X\beta=y} \sum_j Q(\beta_j), \quad
          Q(\beta) = \int_0^\beta \tfrac14\,\mathrm{arsinh}\frac{b}{2\alpha^2}\,db

nu is what the residuals add up to over training. Large alpha: the smallest Euclidean norm; small alpha: the smallest
sum of absolute values, approached like 1/ln(1/alpha).
"""

import numpy as np
import sympy as sp

from models.diagonal_linear.symbolic import beta, data_input, label_input, left, loss, right, start, start_input, z
from theorylab.arguments import same_size
from theorylab.claim import Claim, Control, Margin, limit
from theorylab.derivation import differentiate, dsolve, identify, integrate, simplify, solve, substitute
from theorylab.derivation import limit as as_limit
from theorylab.errors import InputError

positive_beta = sp.Symbol("beta", positive=True)
speed, between = sp.symbols("rate b", real=True)
late = sp.Symbol("l", positive=True)
LONGEST = 0.25  # of a Newton step, in z: beta changes by a factor e at most
STEPS = 2000


def paths():
    """Both weights of a coordinate along the force z that adds up on it, dz/dt = -dL/dbeta."""
    force = yield differentiate("the force on a coordinate", loss.subs(left, sp.sqrt(beta + right**2)), beta)
    force = yield substitute("in the weights", force, {beta: left**2 - right**2})
    found = []
    for weight, name in ((left, "u"), (right, "w")):
        pull = yield differentiate("the gradient by one of its weights", loss, weight)
        rate = yield solve("in units of the force", sp.Eq(pull, speed * force), speed)
        path = sp.Function(name)(z)
        flow = sp.Eq(path.diff(z), rate.subs(weight, path))
        found.append((yield dsolve("along the force", flow, path, {path.subs(z, 0): start})))
    return found


def derive():
    up, down = yield from paths()
    value = yield simplify("the coordinate", up**2 - down**2, _sinh, operation="rewrite")
    slope = yield differentiate("how it answers to the force", value, z)
    force = yield solve("the force that a coordinate needs", sp.Eq(value, beta), z, pick=_real)
    force = yield identify("as one function", force, sp.asinh(beta / (2 * start**2)) / 4)
    potential = yield integrate(
        "it is dQ/dbeta where sum Q is least under X beta = y: integrate", force.subs(beta, between), (between, 0, beta)
    )
    yield as_limit("a large start: the Euclidean norm", potential * start**2, start, sp.oo)
    small = yield substitute(
        "a small start, per its logarithm", potential / late, {start: sp.exp(-late), beta: positive_beta}
    )
    yield as_limit("the sum of absolute values", small, late, sp.oo)
    return {"value": value, "slope": slope, "potential": potential}


def _real(solution):
    return abs(sp.im(sp.N(solution.subs({start: 1, beta: -1})))) < 1e-12


def _sinh(difference):
    return sp.simplify(difference.rewrite(sp.sinh))


def solvable(X, y):
    """Whether X beta = y has a solution."""
    found = np.linalg.lstsq(X, y, rcond=None)[0]
    return bool(np.linalg.norm(X @ found - y) <= 1e-8 * max(np.linalg.norm(y), 1e-300))


def interpolator(f, X, y, alpha):
    """Damped Newton for the residuals' sum nu: X beta(X' nu) = y, the stationarity of a convex function."""
    part = f.parts
    at = lambda name, force: np.array([part[name](alpha=alpha, z=v) for v in force])
    nu = np.zeros(len(y))
    for _ in range(STEPS):
        force = X.T @ nu
        error = y - X @ at("value", force)
        move = np.linalg.lstsq((X * at("slope", force)) @ X.T, error, rcond=None)[0]
        longest = np.abs(X.T @ move).max()
        if longest < 1e-14:
            return at("value", force)
        nu += move * min(1.0, LONGEST / longest)
        if longest < 1e-9 * max(1.0, np.abs(force).max()):
            return at("value", X.T @ nu)
    raise InputError(f"no interpolator was found in {STEPS} Newton steps")


def smallest_sum(X, y, alpha):
    """The interpolator with the smallest sum of absolute values."""
    from scipy.optimize import linprog

    d = X.shape[1]
    found = linprog(np.ones(2 * d), A_eq=np.hstack([X, -X]), b_eq=y)
    return found.x[:d] - found.x[d:]


def size(X, y, alpha):
    """The largest coordinate, for each of them."""
    return np.full(X.shape[1], np.abs(interpolator_limit.predict(X=X, y=y, alpha=alpha)).max())


interpolator_limit = Claim(
    id="diagonal_linear.limit",
    statement="The interpolator beta = u^2 - w^2 that gradient flow reaches when all weights start at alpha: a small "
    "start learns a sparse one, a large start that of least norm.",
    inputs=(data_input, label_input, start_input),
    domain=True,
    conditions=(
        *same_size("X", "y"),
        (
            "X beta = y has a solution: y is in the range of X",
            lambda v: len(v["X"]) != len(v["y"]) or solvable(v["X"], v["y"]),
        ),
    ),
    derivation=derive,
    evaluate=interpolator,
    exactness=limit(1),
    source="[woodworth2020] the potential, in another normalisation; derived here",
    noises=("none", "minibatch with"),
    declares=("alpha",),
    margin=Margin(0.01, size),
    controls=(
        Control(
            "least norm",
            lambda X, y, alpha: np.linalg.pinv(X) @ y,
            "the Euclidean norm, which gradient descent on beta itself makes least",
        ),
        Control("least sum", smallest_sum, "the sum of absolute values, reached only as 1/ln(1/alpha)"),
        Control(
            "start not squared",
            lambda X, y, alpha: interpolator_limit.predict(X=X, y=y, alpha=alpha**0.5),
            "the start of the weights is put for that of their product",
        ),
    ),
)
