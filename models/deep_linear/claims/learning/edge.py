r"""Two balanced factors under gradient descent beyond the edge of stability.

.. math:: X_{k+1} = X_k\,(b-X_k)^2, \qquad X = \eta\,uw, \quad b = 1+\eta v

The minimum X = eta*v loses its stability at eta*v = 1, where its curvature 2v reaches 2/eta. Beyond it there is a cycle
of two steps, X = (b +- sqrt(b^2-4))/2, stable up to eta*v = sqrt(5) - 1; then cycles of 4, 8, ... steps and chaos. The
orbits stay bounded up to eta*v = 2, where the map is the tripling of an angle, w = 2 sin(theta)/sqrt(eta).
"""

import numpy as np
import sympy as sp

from models.deep_linear.symbolic import label_loss, left, right, v, v_input, xi
from theorylab.theory import Claim, Control, Margin, exact, symbols
from theorylab.theory.derivation import differentiate, identify, integrate, simplify, solve, substitute
from theorylab.theory.symbols import eta

X, w, angle = sp.symbols("X w theta", positive=True)
level_input = symbols.input("x", "level of the product", "param^2", positive=True, box=(0.1, 2.0))
level = level_input.symbol
gap_input = symbols.input("gap", "imbalance u^2 - w^2 of the factors", "param^2", nonnegative=True, box=(0.0, 3.0))
gap = gap_input.symbol
big, low, curvature = sp.symbols("U W h", positive=True)
cycle_range = sp.And(eta * v > 1, eta * v < sp.sqrt(5) - 1)


def _factor():
    """What one step multiplies the weight of two equal factors by, as a function of X = eta*w^2."""
    pull = yield differentiate("the gradient by one factor", label_loss, left)
    pull = yield substitute("no label noise, equal factors", pull, {left: w, right: w, xi: 0})
    factor = yield simplify("what a step multiplies both factors by", (w - eta * pull) / w, sp.expand)
    return (yield substitute("in X = eta*w^2, the product in units of 1/eta", factor, {w: sp.sqrt(X / eta)}))


def _step():
    """X after one step."""
    factor = yield from _factor()
    return (yield simplify("the map of X", sp.expand(X * factor**2), sp.factor))


def _values():
    """The two values of X on the cycle."""
    factor = yield from _factor()
    again = factor * factor.subs(X, X * factor**2) - 1
    closed = yield simplify("two steps bring the weight back", again, sp.factor)
    still = {eta: 1, v: X}
    pair = next(f for f in sp.Mul.make_args(closed) if sp.degree(f, X) == 2 and sp.simplify(f.subs(still)) != 0)
    some = {eta: sp.Rational(21, 10), v: sp.Rational(1, 2)}
    low = yield solve("apart from the minimum: the lower", pair, X, pick=lambda r: r.subs(some) < 1, where=cycle_range)
    high = yield solve("and the upper value", pair, X, pick=lambda r: r.subs(some) > 1, where=cycle_range)
    return X * factor**2, low, high


def derive_cycle():
    _, low, high = yield from _values()
    low = yield simplify("as products", low / eta, sp.factor, where=cycle_range)
    high = yield simplify("as products", high / eta, sp.factor, where=cycle_range)
    return (low, high)


def derive_multiplier():
    step, low, high = yield from _values()
    slope = yield differentiate("the slope of the map", step, X)
    around = slope.subs(X, low) * slope.subs(X, high)
    product = yield simplify("the slopes along the cycle, multiplied", around, _expanded, where=cycle_range)
    yield solve("it is 1 where the cycle is born", sp.Eq(product, 1), v, pick=lambda r: r.subs(eta, 1) > 0)
    yield solve("and -1 where it doubles", sp.Eq(product, -1), v, pick=lambda r: r.subs(eta, 1) > 0)
    return product


def _expanded(product):
    return sp.expand(sp.simplify(sp.expand(product)))


def derive_reach():
    step = yield from _step()
    slope = yield differentiate("the slope of the map", step, X)
    turn = yield solve("its turning point below 1 + eta v", slope, X, pick=lambda r: r.subs({eta: 1, v: 1}) < 1)
    top = yield substitute("the orbit comes close to it and is thrown furthest from there", step, {X: turn})
    yield simplify("as a product", top / eta, sp.factor)


def derive_chaos():
    step = yield from _step()
    end = yield substitute("at eta v = 2", step, {v: 2 / eta})
    turned = yield substitute("in an angle, X = 4 sin^2(theta)", end, {X: 4 * sp.sin(angle) ** 2})
    yield identify("a step triples the angle, which spreads it evenly", turned, 4 * sp.sin(3 * angle) ** 2)
    place = yield solve(
        "the angle at which the product is x",
        sp.Eq(4 * sp.sin(angle) ** 2, eta * level),
        angle,
        pick=lambda r: 0 < float(r.subs({eta: 1, level: 1})) < 1.5,
        where=eta * level < 4,
    )
    yield integrate("the share of a quarter turn below it", 2 / sp.pi, (angle, 0, place), where=eta * level < 4)


def derive_rate():
    """The slope of the product's map at a minimum of any imbalance."""
    up = yield differentiate("one factor moves the product by the other", left * right, left)
    down = yield differentiate("and the other way round", left * right, right)
    system = [sp.Eq(big - low, gap), sp.Eq(big * low, v**2)]
    some = {gap: 1, v: 1}
    squares = yield solve(
        "the factors' squares, by their difference and product", system, (big, low), pick=lambda r: r[0].subs(some) > 0
    )
    sharpness = yield substitute(
        "the curvature", up**2 + down**2, {left: sp.sqrt(squares[0]), right: sp.sqrt(squares[1])}
    )
    yield solve("a step overshoots as far as it came at the edge", sp.Eq(eta * sharpness, 2), eta)
    factor = yield substitute("what a step multiplies a deviation by", 1 - eta * curvature, {curvature: sharpness})
    return factor


upper = (1 + eta * v + sp.sqrt((1 + eta * v) ** 2 - 4)) / (2 * eta)

edge_cycle = Claim(
    id="deep_linear.edge_cycle",
    statement="The two products between which gradient descent on two balanced factors alternates beyond the edge of "
    "stability, lower one first. Small gradient noise leaves the medians there, among the networks that a heavy "
    "tail has not thrown out.",
    inputs=(eta, v_input),
    domain=cycle_range,
    derivation=derive_cycle,
    evaluate=lambda f, **inputs: np.array(f(**inputs)),
    exactness=exact(),
    source="derived here",
    noises=("none", "gaussian", "stable", "differenced gaussian"),
    margin=0.01,
    controls=(
        Control("minimum", lambda eta, v: (v, v), "gradient descent is taken to stay at the minimum"),
        Control(
            "leading order",
            lambda eta, v: (v - (eta * v - 1) ** 0.5 / eta, v + (eta * v - 1) ** 0.5 / eta),
            "the square root of a bifurcation, symmetric about the minimum, beyond its neighbourhood",
        ),
        Control(
            "doubled gradient",
            lambda eta, v: tuple(
                ((1 + 2 * eta * v) + sign * ((1 + 2 * eta * v) ** 2 - 4) ** 0.5) / (4 * eta) for sign in (-1, 1)
            ),
            "a loss without its half: every gradient is twice as large",
        ),
    ),
)

edge_multiplier = Claim(
    id="deep_linear.edge_multiplier",
    statement="What a small deviation from that cycle is multiplied by in two steps: 1 where the cycle is born, "
    "-1 where it doubles. It is the autocorrelation at lag two under small Gaussian noise.",
    inputs=(eta, v_input),
    domain=cycle_range,
    derivation=derive_multiplier,
    exactness=exact(),
    source="derived here",
    noises=("gaussian",),
    margin=Margin(0.03, sp.Integer(1)),
    controls=(
        Control("minimum", (1 - 2 * eta * v) ** 2, "the slope at the minimum, squared: the cycle is not the minimum"),
        Control("one side", 3 - (1 + eta * v) ** 2 / 2, "half of the deviation from 1: one step of the two is counted"),
    ),
)

edge_reach = Claim(
    id="deep_linear.edge_reach",
    statement="The largest product that gradient descent on two balanced factors comes to, beyond the cycle of two "
    "steps: never exceeded, and approached within a per cent.",
    inputs=(eta, v_input),
    domain=sp.And(eta * v > sp.sqrt(5) - 1, eta * v <= 2),
    derivation=derive_reach,
    exactness=exact(),
    source="derived here",
    noises=("none",),
    margin=0.01,
    controls=(
        Control("cycle of two", upper, "the upper value of the cycle that is no longer stable"),
        Control("twice the target", 2 * v + 0 * eta, "overshooting by as much as the start was below"),
    ),
)

edge_chaos = Claim(
    id="deep_linear.edge_chaos",
    statement="At eta*v = 2, the last learning rate with bounded orbits, gradient descent on two balanced factors is "
    "chaotic: the share of steps at which the product is below x. Its mean is the target v = 2/eta.",
    inputs=(eta, level_input),
    domain=eta * level < 4,
    derivation=derive_chaos,
    exactness=exact(),
    source="derived here",
    noises=("none",),
    margin=Margin(0.02, sp.Integer(1)),
    controls=(
        Control("uniform product", eta * level / 4, "every product up to the largest one is taken as equally likely"),
        Control("uniform weight", sp.sqrt(eta * level) / 2, "every weight up to the largest one, equally likely"),
    ),
)

edge_rate = Claim(
    id="deep_linear.edge_rate",
    statement="What a step multiplies a small deviation of the product from its target by, where the factors have the "
    "imbalance u^2 - w^2 = gap: the minimum is stable for eta < 2/(u^2 + w^2). It is the autocorrelation at lag one "
    "under small Gaussian noise.",
    inputs=(eta, v_input, gap_input),
    domain=True,
    derivation=derive_rate,
    exactness=exact(),
    source="derived here",
    noises=("none", "gaussian"),
    margin=Margin(0.02, sp.Integer(1)),
    controls=(
        Control("balanced", 1 - 2 * eta * v + 0 * gap, "the curvature 2 v of the balanced minimum at every imbalance"),
        Control("one factor", 1 - eta * (gap + sp.sqrt(gap**2 + 4 * v**2)) / 2, "the larger factor moves alone"),
        Control("exponential", sp.exp(-eta * sp.sqrt(gap**2 + 4 * v**2)), "gradient flow over the time of a step"),
    ),
)
