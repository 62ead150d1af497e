r"""Covariance of the batch gradient over Sigma_emp = (1/n) sum_i x_i x_i^T, x_i = g_i - g_n.

.. math:: g_B - g_n = \frac1B\sum_i N_i x_i, \qquad \sum_i N_i = B, \quad \sum_i x_i = 0

The counts N_i are exchangeable, so their variance alone decides:

.. math:: \frac{1}{B}\ (\text{with replacement}), \qquad \frac{n-B}{B(n-1)}\ (\text{without})
"""

from itertools import combinations

import mpmath
import sympy as sp

from theorylab.theory import Claim, Control, exact, symbols
from theorylab.theory.derivation import compute, discrete, expect, simplify, solve, summation
from theorylab.theory.symbols import B, n

scheme = symbols.input("scheme", "sampling with or without replacement", choices=("with", "without"))
hit = sp.Symbol("hit", real=True)
c, P = sp.symbols("c P", real=True)
v, Q, factor = sp.symbols("v Q factor", positive=True)
draw = sp.Symbol("b", integer=True, positive=True)
small = sp.And(sp.Le(B, n), n <= 8)


def derive():
    """Exchangeable counts: variance of one, covariance from the constant sum."""
    both = {}
    once = yield expect(
        "with replacement, one draw hits a given example with probability 1/n: the variance of that",
        (hit - 1 / n) ** 2,
        {hit: discrete({1: 1 / n, 0: 1 - 1 / n})},
    )
    count_with = yield summation("B independent draws", once, (draw, 1, B))
    chance = yield compute(
        "without replacement, the batches that hold a given example, over all batches",
        sp.combsimp,
        sp.binomial(n - 1, B - 1) / sp.binomial(n, B),
        oracle=_share_of_batches,
        where=small,
    )
    inside = {hit: discrete({1: chance, 0: 1 - chance})}
    why = "the variance of its being in the batch"
    count_without = yield expect(why, (hit - chance) ** 2, inside, where=sp.Le(B, n))
    counts, deviations = sp.Eq(n * v + n * (n - 1) * c, 0), sp.Eq(n * Q + P, 0)
    shared = yield solve("the counts add up to B: n variances, n(n-1) covariances", counts, c)
    cross = yield solve("the deviations add up to zero: n squares, and cross products P", deviations, P)
    ratio = (n * v * Q + c * P) / (B**2 * Q)
    ratio = ratio.subs({c: shared, P: cross})
    ratio = yield simplify("the covariance of the batch mean over Sigma_emp", ratio, sp.factor)
    for name, count in (("with", count_with), ("without", count_without)):
        why = f"insert the variance of the counts, {name} replacement"
        both[name] = yield simplify(why, ratio.subs(v, count), sp.factor)
    return both


def _share_of_batches(point):
    """Enumerate the batches."""
    size, batch = int(point[n]), int(point[B])
    batches = list(combinations(range(size), batch))
    return mpmath.mpf(sum(0 in chosen for chosen in batches)) / len(batches)


def derive_17():
    """The printed sum over the batch."""
    total = yield summation("equation 17: B covariances of one example, over B^2", v / B**2, (draw, 1, B))
    yield solve("in units of that covariance", sp.Eq(factor * v, total), factor)


def derive_printed():
    """The factor without replacement, by the same steps; the note prints it for sampling with replacement."""
    found = yield from derive()
    return found["without"]


def of_scheme(f, n, B, scheme):
    """The factor of the scheme."""
    return f.parts[scheme](n=n, B=B)


def swapped(n, B, scheme):
    """The factor of the other scheme."""
    return of_scheme(covariance_factor.numeric, n, B, "with" if scheme == "without" else "without")


def _fits(values):
    return values["scheme"] == "with" or values["B"] <= values["n"]


note_17 = Claim(
    id="minibatch.note_17",
    statement="Equation 17 of the note: with replacement the batch covariance is the one-example covariance over B.",
    inputs=(n, B),
    domain=n >= 2,
    derivation=derive_17,
    exactness=exact(),
    source="[note] equation 17",
    noises=("minibatch with",),
    controls=(
        Control("unbiased", 1 / (B - sp.S.One), "the sample variance's B - 1 is put in the place of B"),
        Control("without replacement", derive_printed, "the finite-population factor is used whatever the sampling"),
    ),
)

note_last_page = Claim(
    id="minibatch.note_last_page",
    statement="The covariance that the note's last page prints for sampling with replacement; it belongs to sampling "
    "without.",
    inputs=(n, B),
    domain=sp.And(n >= 2, sp.Le(B, n)),
    derivation=derive_printed,
    exactness=exact(),
    source="[note] section 6",
    noises=("minibatch with",),
    controls=(Control("sampled fraction", 1 - B / n, "the finite-population factor without the batch average"),),
    expected="disagrees",
)

covariance_factor = Claim(
    id="minibatch.covariance_factor",
    statement="The gradient of a batch of B among n examples has covariance Sigma_emp (with its 1/n) times 1/B with "
    "replacement and (n - B)/(B (n - 1)) without.",
    inputs=(n, B, scheme),
    domain=n >= 2,
    derivation=derive,
    exactness=exact(),
    source="[cochran1977] theorem 2.2; [note] equation 7 and section 1.8.4",
    noises=("minibatch with", "minibatch without"),
    controls=(
        Control("note, last page", swapped, "the two schemes are exchanged", "[note] section 6"),
        Control("difference", lambda n, B, scheme: 1 / B - 1 / n, "the batch's noise less the data set's, always"),
        Control("independent of batch size", sp.S.One, "the covariance of one example is used for the batch"),
    ),
    evaluate=of_scheme,
    conditions=(("B <= n when scheme is without", _fits),),
)
