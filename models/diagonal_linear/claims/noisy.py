r"""The interpolator that a diagonal linear network is left with when label noise has acted on it for a while.

.. math:: \alpha_j = \alpha\,e^{-4\eta^2\gamma^2 \mathrm{E}x_j^2\,k}, \qquad
          \beta = 2\alpha_j^2\sinh(4 X^\top\nu)_j, \quad X\beta = y

Each coordinate forgets its start at its own rate; what gradient descent then reaches is the interpolator of the starts
that are left. It is sparser where inputs are of one size; otherwise it leans on the coordinates of small inputs.
"""

import numpy as np
import sympy as sp

from models.diagonal_linear.claims import limit, memory
from models.diagonal_linear.symbolic import data_input, label_input
from theorylab.theory import Claim, Control, Margin, asymptotic, symbols
from theorylab.theory.arguments import same_size
from theorylab.theory.derivation import substitute
from theorylab.theory.symbols import alpha, eta, gamma, k

start_input = symbols.input("start", "initial size of all weights", unit="param", positive=True, box=(0.05, 1.0))
start = start_input.symbol


def derive():
    """The start that is left after k steps, and the interpolator of a start."""
    rate = yield from memory.derive()
    gaussian = yield substitute("Gaussian labels", rate, {alpha: 2})
    left = yield substitute(
        "the start that is left after k steps",
        start * sp.exp(drift * k),
        {drift: gaussian.subs(memory.size, 1) * square},
    )
    parts = yield from limit.derive()
    return {"start": left, "value": parts["value"], "slope": parts["slope"]}


drift, square = sp.Symbol("rate", real=True), sp.Symbol("S", positive=True)


def remaining(f, X, start, eta, gamma, k):
    """The start of each coordinate after k steps."""
    return np.array([f.parts["start"](start=start, eta=eta, gamma=gamma, k=k, S=s) for s in (X**2).mean(0)])


def forgetful(f, X, y, start, eta, gamma, k):
    """The interpolator of the starts that are left."""
    return limit.interpolator(f, X, y, remaining(f, X, start, eta, gamma, k))


def remembered(X, y, start, eta, gamma, k):
    """The interpolator of the start itself."""
    return limit.interpolator_limit.predict(X=X, y=y, alpha=start)


def evenly(X, y, start, eta, gamma, k):
    """One mean rate for all coordinates."""
    even = np.full_like(X, (X**2).mean() ** 0.5)
    mean = remaining(noisy_limit.numeric, even, start, eta, gamma, k)
    return limit.interpolator(noisy_limit.numeric, X, y, mean)


def twice(X, y, start, eta, gamma, k):
    """The rate of u w for that of its root."""
    return noisy_limit.predict(X=X, y=y, start=start, eta=eta, gamma=gamma, k=2 * k)


noisy_limit = Claim(
    id="diagonal_linear.noisy_limit",
    statement="The interpolator that a diagonal linear network comes to when Gaussian label noise of variance "
    "2 gamma^2 acts for k steps on single random samples and then stops. Coordinates of large inputs forget their "
    "start first: in the long run it has the least sum of E x_j^2 |beta_j|.",
    inputs=(data_input, label_input, start_input, eta, gamma, k),
    domain=True,
    conditions=(
        *same_size("X", "y"),
        (
            "X beta = y has a solution: y is in the range of X",
            lambda v: len(v["X"]) != len(v["y"]) or limit.solvable(v["X"], v["y"]),
        ),
    ),
    derivation=derive,
    evaluate=forgetful,
    exactness=asymptotic("small eta: the moving residual adds to the noise, by eta times the curvature"),
    source="[pesme2021] the effective start; its value under label noise is derived here",
    noises=("label gaussian", "label differenced"),
    margin=Margin(0.02, lambda X, y, **_: np.full(X.shape[1], np.abs(np.linalg.pinv(X) @ y).max())),
    controls=(
        Control("start", remembered, "noise without mean is taken to leave the limit of gradient flow alone"),
        Control(
            "least sum",
            lambda X, y, start, eta, gamma, k: limit.smallest_sum(X, y, start),
            "noise is taken to bring the network all the way to the sparsest fit",
        ),
        Control("one rate", evenly, "one mean rate is put for those of the coordinates"),
        Control("both weights", twice, "the rate of u w is put for that of its root, the start"),
    ),
)
