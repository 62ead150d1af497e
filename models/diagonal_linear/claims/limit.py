r"""What gradient flow of a diagonal linear network learns from fewer samples than inputs.

.. math:: \beta = 2\alpha^2\sinh(4 X^\top\nu), \quad X\beta = y, \qquad
          \beta = \arg\min_{X\beta=y} \sum_j Q(\beta_j), \quad
          Q(\beta) = \int_0^\beta \tfrac14\,\mathrm{arsinh}\frac{b}{2\alpha^2}\,db

nu is what the residuals add up to over training. Large alpha: the smallest Euclidean norm; small alpha: the smallest
sum of absolute values, approached like 1/ln(1/alpha).
"""

import mpmath
import numpy as np
import sympy as sp

from models.diagonal_linear.symbolic import beta, data_input, label_input, left, loss, right, start, start_input, z
from theorylab.errors import InputError
from theorylab.theory import Claim, Control, Margin, limit
from theorylab.theory.arguments import same_size
from theorylab.theory.derivation import differentiate, dsolve, identify, integrate, simplify, solve, substitute
from theorylab.theory.derivation import limit as as_limit

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
    """Damped Newton for the residuals' sum nu: X beta(X' nu) = y, the stationarity of a convex function.

    `alpha` may hold a start for each coordinate. Very different starts leave a system that float64 cannot solve: it is
    then solved with more digits.
    """
    left, values, right = np.linalg.svd(X, full_matrices=False)
    kept = values > 1e-12 * values[0]  # rows that repeat others say nothing new
    rows, wanted = right[kept], left.T[kept] @ y / values[kept]
    for solve_for in (np.linalg.solve, _in_many_digits):
        found = _newton(f, rows, wanted, np.broadcast_to(alpha, X.shape[1]), solve_for)
        if found is not None and np.linalg.norm(rows @ found - wanted) <= 1e-9 * np.linalg.norm(wanted):
            return found
    raise InputError(f"no interpolator was found in {STEPS} Newton steps")


def _newton(f, X, y, starts, solve_for):
    """The coordinates where Newton's steps have died out; None where they do not, or where the system is singular."""
    part, nu = f.parts, np.zeros(len(y))
    at = lambda name, force: np.array([part[name](alpha=a, z=v) for a, v in zip(starts, force, strict=True)])
    for _ in range(STEPS):
        force = X.T @ nu
        slope, error = at("slope", force), y - X @ at("value", force)
        try:
            move = solve_for((X * slope) @ X.T if solve_for is np.linalg.solve else (X, slope), error)
        except (np.linalg.LinAlgError, ZeroDivisionError):
            return None
        longest = np.abs(X.T @ move).max()
        nu += move * min(1.0, LONGEST / max(longest, LONGEST))
        if longest < 1e-9 * max(1.0, np.abs(force).max()):
            return at("value", X.T @ nu)
    return None


def _in_many_digits(system, error):
    """The solution of X diag(slope) X' move = error, its sums too taken with more digits."""
    X, slope = system
    with mpmath.workdps(60 + 2 * int(np.ptp(np.log10(slope)))):
        wide = mpmath.matrix(X.tolist())
        scaled = wide * mpmath.diag([mpmath.mpf(s) for s in slope])
        return np.array([float(v) for v in mpmath.lu_solve(scaled * wide.T, mpmath.matrix(error.tolist()))])


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
