r"""How large the imbalance of two layers is under label noise, and with which power of the noise's scale it grows.

.. math:: C = W_2^\top W_2 - W_1W_1^\top, \qquad \Delta C = \eta^2\,(G_2^\top G_2 - G_1G_1^\top)
          = (\eta\gamma)^2\,Q(X, x), \qquad \xi = \gamma X

.. math:: n \sim (\eta\gamma)^{-\alpha}, \qquad |C| \sim (\eta\gamma)^2\,n^{1/m}, \qquad
          m = \tfrac\alpha2 \ (\alpha < 2), \quad 2 \ (\alpha = 2)

Kicks carry the square of the noise, whose tail has half the index; n steps pass until they have turned the layers by
their own size. Squares of Gaussian numbers have a variance, and n of them spread as sqrt(n): the layers stay as close
to their equilibrium as the noise is small. Squares of stable ones add up to their largest, n^(2/alpha): that cancels
the size of a kick, and the layers are as far from equilibrium under the faintest noise as under a strong one.
"""

from typing import Any

import mpmath
import sympy as sp

from models.deep_linear.claims.balance.step import lower, upper
from theorylab.theory import Claim, Control, Margin, asymptotic
from theorylab.theory.derivation import compute, differentiate, expect, gaussian, simplify, solve, substitute
from theorylab.theory.derivation.step import at
from theorylab.theory.symbols import alpha, eta, gamma

x_1, x_2, X, X_1, X_2 = sp.symbols("x_1 x_2 X X_1 X_2", real=True)
steps, size, reach, kick, tail = sp.symbols("n c r q C_alpha", positive=True)
m = sp.Symbol("m", positive=True)
_log = sp.Symbol("ln_gamma", real=True)


def _kick():
    """What label noise of scale gamma does to an entry of C in one step, at a minimum."""
    inputs = sp.Matrix([x_1, x_2])
    noise: Any = gamma * sp.Matrix([X_1, X_2])
    outputs: Any = upper * lower * inputs
    near = -sum(noise[i] * outputs[i] for i in range(2))  # the loss, beside a constant
    weights: list[Any] = [*lower, *upper]
    pulls = yield compute("the gradient at a minimum", lambda f: [f.diff(w) for w in weights], near, oracle=_along)
    down, up = (sp.Matrix(2, 2, part) for part in (pulls[:4], pulls[4:]))
    change = eta**2 * (up.T * up - down * down.T)[0, 0]
    return (yield simplify("a step's change of C: the square of the noise", change, sp.factor))


def _along(point):
    weights: list[Any] = [*lower, *upper]
    noise = [gamma * X_1, gamma * X_2]
    near = -sum(noise[i] * (upper * lower * sp.Matrix([x_1, x_2]))[i] for i in range(2))
    return [mpmath.diff(lambda y, w=w: at(near, {**point, w: y}), point[w]) for w in weights]


def _power(why, expr):
    """d ln(expr)/d ln(gamma)."""
    logarithm = sp.expand_log(sp.log(expr.subs(gamma, sp.exp(_log))), force=True)
    return (yield differentiate(why, logarithm, _log))


def derive():
    change = yield from _kick()
    unit = yield substitute("in units of c = eta gamma", change, {eta: size / gamma})
    unit = yield differentiate("which enters as c^2", unit, size, 2)
    one = tail * reach ** (-alpha)  # P(|X| > r) far out
    rare = yield solve("alpha < 2: steps until one kick eta gamma X turns the layers by their size",
                       sp.Eq(steps * one.subs(reach, 1 / (eta * gamma)), 1), steps)  # fmt: skip
    largest = yield solve("the largest X^2 among n", sp.Eq(steps * one.subs(reach, sp.sqrt(kick)), 1), kick)
    mean = yield expect("alpha = 2: the mean of X^2", X**2, {X: gaussian(sp.sqrt(2))})
    often = yield solve("steps until these have turned the layers", sp.Eq(steps * (eta * gamma) ** 2 * mean, 1), steps)
    spread = yield expect("and its variance", (X**2 - mean) ** 2, {X: gaussian(sp.sqrt(2))})
    found = {}
    for name, time, gathered in (("stable", rare, largest), ("gaussian", often, sp.sqrt(steps * spread))):
        whole = yield substitute(f"{name}: what the kicks gather by then", (eta * gamma) ** 2 * gathered, {steps: time})
        found[name] = yield from _power("its power of gamma", whole)
    return found


def _by_tail(f, alpha):
    return float(f.parts["gaussian" if alpha == 2 else "stable"](alpha=alpha))


imbalance_exponent = Claim(
    id="deep_linear.imbalance_exponent",
    statement="The power of the scale gamma of label noise with which the typical stationary imbalance |W2' W2 - W1 "
    "W1'| of two layers grows, both with as many inputs as outputs: one under Gaussian noise; none under stable noise, "
    "whose kicks keep the layers out of balance however faint they are. Of networks that survive to the horizon.",
    inputs=(alpha,),
    domain=sp.And(alpha > 1, alpha <= 2),
    derivation=derive,
    evaluate=_by_tail,
    exactness=asymptotic("faint noise, gamma^alpha*eta^(alpha-1) and eta small against the singular values"),
    source="derived here",
    noises=("label gaussian", "label stable", "label differenced"),
    margin=Margin(0.1, sp.Integer(1)),
    controls=(
        Control("gaussian", 1 + 0 * alpha, "the exponent of alpha = 2 at every alpha"),
        Control("one kick", 2 + 0 * alpha, "the imbalance is that of the last step alone, the square of the noise"),
        Control("half index", alpha / 2, "the index of the kicks is taken for the power of their sum"),
        Control("balanced", -alpha, "the imbalance dies at its rate, as it does for two factors: less of it with time"),
    ),
)
