r"""The learning coefficient and its multiplicity for a network of any depth and shape, at any rank of the truth.

.. math:: Z(\beta) = \int e^{-\beta L(w)}\,\varphi(w)\,dw \sim \beta^{-\lambda}\,(\ln\beta)^{m-1}, \qquad
          \beta\,\langle L\rangle_\beta = -\frac{d\ln Z}{d\ln\beta} \approx \lambda - \frac{m-1}{\ln\beta}

.. math:: \lambda = \frac{r(H_0+H_L-r)}2 + \frac14\Bigl(\frac{P^2 + a(\ell-a)}{\ell} - Q\Bigr), \qquad m = a(\ell-a)+1

The product is seen at first order along the matrices of its own rank r; what is left is a chain of widths D_i = H_i - r
whose product must vanish. There W_l ... W_1 has the rank R_l, which falls from D_0 to 0; to lose q at a layer of width
D costs q(D - R) conditions, R the rank after it. The sum is (sum (D+q)^2 - sum D^2)/2, so the loss of rank fills the
narrowest layers up to one level like water: l + 1 layers take part, P and Q are the sum of their widths and of the
squares, and a of the l heights are one higher than the others. Half the least number of conditions is lambda
[lehalleur2024]; the minimal strata, from the earliest loss to the latest, are a chain of a(l-a) moves, and each move is
a logarithm.

A Langevin chain of step e without rejection finds more loss: along a direction of curvature h its variance is
1/(h (1 - e h/4)), and e/8 times the mean squared force is what it has too much.
"""

import itertools
from math import comb

import numpy as np
import sympy as sp

from theorylab.theory import Claim, Control, Margin, asymptotic, exact, symbols
from theorylab.theory.derivation import compute, differentiate, integrate, simplify, solve, substitute, summation
from theorylab.theory.symbols import lam

rank_input = symbols.input("rank", "rank of the true product", integer=True, nonnegative=True, box=(0, 3))
widths_input = symbols.input("widths", "inputs, hidden widths and outputs", kind="vector")
beta_input = symbols.input("beta", "inverse temperature", unit="1/loss", positive=True, box=(100.0, 1e6))
beta, rank = beta_input.symbol, rank_input.symbol

w, x = sp.symbols("w x", real=True)  # a weight, ln beta
first, last = sp.symbols("H_0 H_L", integer=True, positive=True)
D, R, q = (sp.Symbol(name, integer=True, nonnegative=True) for name in ("D", "R", "q"))
ell, P = sp.symbols("ell P", integer=True, positive=True)
Q, a = (sp.Symbol(name, integer=True, nonnegative=True) for name in ("Q", "a"))
c, i, j = sp.symbols("c i j", integer=True)
m = sp.Symbol("m", integer=True, positive=True)
h, e, V = sp.symbols("h e V", positive=True)  # curvature of beta L, step of a Langevin chain, variance
EXTRA = sp.And(a >= 1, a <= ell)


def _squares(cost):
    """The same cost as two differences of squares, one of the widths and one of the ranks."""
    rest = sp.expand(2 * cost - ((D + q) ** 2 - D**2))
    return ((D + q) ** 2 - D**2) / 2 + (sp.factor(rest + R**2) - R**2) / 2


def _least(point):
    """Least sum of squares of ell whole numbers with the sum P, by trying every part."""
    parts, total = int(point[ell]), int(point[P])
    best = {0: 0}
    for _ in range(parts):
        sums = {}
        for (done, cost), part in itertools.product(best.items(), range(total + 1)):
            if done + part <= total:
                sums[done + part] = min(cost + part**2, sums.get(done + part, np.inf))
        best = sums
    return [best[total]]


def derive():
    one = yield integrate("a direction that the loss sees at first order", sp.exp(-beta * w**2 / 2), (w, -sp.oo, sp.oo))
    one = yield substitute("against the logarithm of beta", one, {beta: sp.exp(x)})
    half = yield differentiate("its slope: each such direction counts one half", -sp.log(one), x)
    dims = yield summation(
        "matrices of shape D x R and rank q: one rank-one matrix after another, each in what the others leave free",
        (D - j) + (R - j) - 1,
        (j, 0, q - 1),
    )
    dims = yield simplify("their dimension", dims, sp.factor)
    seen = yield substitute("the product, at first order", dims, {D: last, R: first, q: rank})
    kept = yield substitute("a layer of width D that keeps R - q of the rank R of what comes before", dims, {q: R - q})
    cost = yield simplify("the conditions on it", D * R - kept, sp.factor)
    cost = yield simplify("as squares: those of the ranks telescope from D_0^2 down to 0", cost, _squares)
    height = yield solve("a of ell heights D + q are c, the others c - 1", sp.Eq(a * c + (ell - a) * (c - 1), P), c)
    filled = yield substitute("the sum of their squares", a * c**2 + (ell - a) * (c - 1) ** 2, {c: height})
    filled = yield simplify("heights as equal as whole numbers can be", filled, _level)
    rest = P - (sp.ceiling(P / ell) - 1) * ell
    yield compute(
        "no other whole numbers have less",
        lambda level: level.subs(a, rest),
        filled,
        oracle=_least,
        operation="least sum of squares",
        where=P <= 12,
    )
    conditions = yield substitute("and the squares of the widths come off", (c - Q) / 2, {c: filled})
    value = yield simplify("half of all conditions", half * (seen + conditions), lambda e: _apart(e, seen))
    moves = yield summation("moves of a units of lost rank to later layers", 1, (i, 1, a), (j, 1, ell - a), where=EXTRA)
    strata = yield summation("strata on the way from the earliest loss to the latest", 1, (j, 0, moves), where=EXTRA)
    return {"lambda": value, "multiplicity": strata}


def _level(squares):
    return (P**2 + sp.factor(sp.expand(sp.cancel(squares * ell) - P**2))) / ell


def _apart(value, seen):
    return seen / 2 + sp.expand(value - seen / 2).func(*map(sp.factor, sp.Add.make_args(value - seen / 2)))


def filling(widths, rank):
    """ell, P, Q and a: the narrowest layers that the lost rank fills to one level.

    The layer of width D takes part as long as the level of the narrower ones, (sum of D)/(their number - 1), is above.
    """
    chain = sorted(int(width) - rank for width in widths)
    count = 2
    while count < len(chain) and chain[count] * (count - 1) < sum(chain[:count]):
        count += 1
    chain, parts = chain[:count], count - 1
    total = sum(chain)
    return {"ell": parts, "P": total, "Q": sum(d**2 for d in chain), "a": total - (-(-total // parts) - 1) * parts}


def evaluate(f, widths, rank):
    numbers = filling(widths, rank)
    known = {"H_0": float(widths[0]), "H_L": float(widths[-1]), "rank": rank, **numbers}
    given = lambda part: {str(s): known[str(s)] for s in part.expr.free_symbols}
    value, strata = (f.parts[name] for name in ("lambda", "multiplicity"))
    return {"lambda": float(value(**given(value))), "multiplicity": round(float(strata(**given(strata))))}


def parameters(widths, rank=0):
    """Half the number of weights."""
    return {"lambda": float(widths[:-1] @ widths[1:]) / 2, "multiplicity": 1}


def hessian(widths, rank):
    """Half the rank of the Hessian where all layers are balanced."""
    return {"lambda": rank * (widths[0] + widths[-1] - rank) / 2, "multiplicity": 1}


def components(widths, rank):
    """The number of minimal components in the place of the multiplicity."""
    numbers = filling(widths, rank)
    return learning_coefficient.predict(widths=widths, rank=rank) | {"multiplicity": comb(numbers["ell"], numbers["a"])}


SHAPES = (
    ("widths are at least two", lambda v: len(v["widths"]) >= 2),
    ("widths are positive whole numbers", lambda v: all(width >= 1 and width == int(width) for width in v["widths"])),
    ("rank is at most the narrowest of widths", lambda v: v["rank"] <= v["widths"].min()),
)

learning_coefficient = Claim(
    id="deep_linear.learning_coefficient",
    statement="The learning coefficient lambda and its multiplicity of a deep linear network of these widths whose "
    "true product has this rank: the mean loss at inverse temperature beta is (lambda - (multiplicity-1)/ln beta)/beta "
    "up to smaller terms.",
    inputs=(widths_input, rank_input),
    domain=True,
    conditions=SHAPES,
    derivation=derive,
    evaluate=evaluate,
    exactness=exact(),
    source="[aoyagi2024], [aoyagi2005] at depth 2; lambda as half a codimension: [lehalleur2024]",
    noises=("none",),
    margin=Margin(
        1.0,
        lambda widths, rank: {
            "lambda": 0.02 * learning_coefficient.predict(widths=widths, rank=rank)["lambda"],
            "multiplicity": 0.5,
        },
    ),
    controls=(
        Control("regular model", parameters, "half the number of weights, as in a model without flat directions"),
        Control(
            "hessian rank", hessian, "half the rank of the Hessian at the balanced minimum, as if its kernel were flat"
        ),
        Control("components", components, "the multiplicity is taken for the number of minimal components"),
    ),
)


def derive_tempered():
    evidence = beta**-lam * sp.log(beta) ** (m - 1)
    apart = lambda f: sp.expand_log(f, force=True)
    free = yield simplify("the free energy", -sp.log(evidence), apart, where=beta > 1)
    slope = yield differentiate("the mean loss is its slope", free, beta, where=beta > 1)
    mean = yield simplify("times beta", beta * slope, sp.expand, where=beta > 1)
    still = sp.Eq(V, (1 - e * h / 2) ** 2 * V + e)
    variance = yield solve("a Langevin chain along a direction of curvature h: stationary variance", still, V)
    excess = yield simplify("its share of the loss, over one half", h * variance / 2 - one_half, sp.factor)
    force = yield substitute("e/8 times its mean squared force", e / 8 * h**2 * V, {V: variance})
    yield simplify("is all of the excess", excess / force, sp.cancel)
    return mean


def derive_langevin():
    rate = sp.Eq(-h * V + 1, 0)
    variance = yield solve("the variance of the stochastic differential equation", rate, V)
    share = yield substitute("the share of a direction in the loss", h * V / 2, {V: variance})
    number = sp.Symbol("n", integer=True, positive=True)
    total = yield summation("of all directions that the loss confines", share, (i, 1, number))
    yield substitute("which are twice lambda", total, {number: 2 * lam})


one_half = sp.Rational(1, 2)


def tempered(f, widths, rank, beta):
    known = learning_coefficient.predict(widths=widths, rank=rank)
    return float(f(lam=known["lambda"], m=known["multiplicity"], beta=beta))


def unrejected(f, widths, rank, beta):
    return float(f(lam=learning_coefficient.predict(widths=widths, rank=rank)["lambda"]))


def regular(widths, rank, beta):
    return parameters(widths)["lambda"]


def without_logarithm(widths, rank, beta):
    return learning_coefficient.predict(widths=widths, rank=rank)["lambda"]


def all_strata(widths, rank, beta):
    """One logarithm too many: the multiplicity counts strata, and the first is none."""
    known = learning_coefficient.predict(widths=widths, rank=rank)
    return known["lambda"] - known["multiplicity"] / np.log(beta)


tempered_loss = Claim(
    id="deep_linear.tempered_loss",
    statement="beta times the mean loss of the posterior at inverse temperature beta, white inputs and a standard "
    "normal prior, as sampled exactly, by Langevin steps with Metropolis's rejection, or by unrejected steps of size e "
    "less e/8 times their mean squared force.",
    inputs=(widths_input, rank_input, beta_input),
    domain=beta > 1,
    conditions=SHAPES,
    derivation=derive_tempered,
    evaluate=tempered,
    exactness=asymptotic("large beta: the next terms are (m-1)/ln(beta)^2 and powers of 1/beta"),
    source="[watanabe2009] chapter 6, the mean of the loss; the excess of unrejected steps is derived here",
    noises=("none", "gaussian"),
    margin=0.02,
    controls=(
        Control("regular model", regular, "half the number of weights, as in a model without flat directions"),
        Control("no logarithm", without_logarithm, "lambda itself, as if the multiplicity were one"),
        Control("all strata", all_strata, "m logarithms in the place of m - 1"),
    ),
)

unrejected_langevin = Claim(
    id="deep_linear.unrejected_langevin",
    statement="beta times the mean loss of a Langevin chain without rejection is the learning coefficient, whatever "
    "its step.",
    inputs=(widths_input, rank_input, beta_input),
    domain=beta > 1,
    conditions=SHAPES,
    derivation=derive_langevin,
    evaluate=unrejected,
    exactness=asymptotic("small steps: the discrete chain has a larger variance"),
    source="the stochastic differential equation of [welling2011], taken at its word at a finite step",
    noises=("gaussian",),
    margin=0.02,
    expected="disagrees",
    controls=(Control("regular model", regular, "half the number of weights, as in a model without flat directions"),),
)
