r"""Sums of batch noise: over the examples of a batch, and over the steps of a run.

.. math:: \frac{E\xi^4}{(E\xi^2)^2} - 3 = \frac{\kappa_4}{B}, \qquad
          \operatorname{Var}\Big(\sum_{j=1}^{k}\eta\,\xi_j\Big) = \frac{k\,\eta^2 v}{B}

for batches with replacement and steps with independent batches, at fixed theta.
"""

import sympy as sp

from theorylab.theory import Claim, Control, Margin, exact, symbols
from theorylab.theory.derivation import centred, expect, four_moments, gaussian, simplify, solve, substitute, summation
from theorylab.theory.symbols import B, eta, t

kurtosis = symbols.input("kappa4", "excess kurtosis of one example's gradient", "1", real=True, box=(-1.5, 8.0))
one = symbols.input("v", "variance of one example's gradient", "loss^2/param^2", positive=True, box=(0.1, 3.0))

v, kappa4 = one.symbol, kurtosis.symbol
m3, m4, s3, F, excess = sp.symbols("m3 m4 s3 F excess", real=True)
s2 = sp.Symbol("s2", positive=True)
xi, total = sp.symbols("xi total", real=True)
step, k = sp.symbols("step k", integer=True, positive=True)
drawn = sp.Symbol("b", integer=True, nonnegative=True)


def derive_kurtosis():
    """The fourth moment of a growing sum."""
    laws = {xi: four_moments(v, m3, m4), total: four_moments(s2, s3, F)}
    fourth = yield expect("one more example added to a sum: the fourth moment", (total + xi) ** 4, laws)
    grown = yield substitute("what it adds, when b examples of variance v are in the sum", fourth - F, {s2: drawn * v})
    whole = yield summation("add the B examples of a batch", grown, (drawn, 0, B - 1))
    whole = yield substitute("write the fourth moment by the excess kurtosis", whole, {m4: (3 + kappa4) * v**2})
    yield simplify("excess kurtosis of the sum, and so of the mean", whole / (B * v) ** 2 - 3, sp.cancel)


def derive_18():
    """The printed law, normal with variance v/B."""
    noise = {xi: gaussian(sp.sqrt(v / B))}
    fourth = yield expect("equation 18 as an equality: the fourth moment", xi**4, noise)
    square = yield expect("and the second", xi**2, noise)
    yield solve("its excess kurtosis", sp.Eq((excess + 3) * square**2, fourth), excess)


def accumulated(variance):
    """Sum of k independent terms eta*xi of the given variance."""

    def derive():
        once = yield expect("the variance of one step's noise", (eta * xi) ** 2, {xi: centred(variance)})
        many = yield summation("k independent steps", once, (step, 1, k))
        yield substitute("k = t/eta steps in the time t", many, {k: t / eta})

    return derive


batch_kurtosis = Claim(
    id="minibatch.kurtosis",
    statement="With replacement the excess kurtosis of the batch noise is one example's over B: Gaussian in the limit.",
    inputs=(B, kurtosis),
    domain=sp.Ge(kappa4, -2),
    derivation=derive_kurtosis,
    exactness=exact(),
    source="derived here; cumulants of independent sums add",
    noises=("minibatch with",),
    controls=(
        Control("note 18", sp.S.Zero, "the central limit theorem as an equality at every B", "[note] equation 18"),
        Control("one example", kappa4, "averaging is thought to keep the shape"),
        Control("square root", kappa4 / sp.sqrt(B), "the decay of the skewness"),
    ),
    margin=0.1,
)

note_18 = Claim(
    id="minibatch.note_18",
    statement="Equation 18 of the note as an equality: batch noise is Gaussian, its excess kurtosis zero, at every B.",
    inputs=(B, kurtosis),
    domain=sp.Ge(kappa4, -2),
    derivation=derive_18,
    exactness=exact(),
    source="[note] equation 18",
    noises=("minibatch with",),
    controls=(Control("one example", kappa4, "the batch noise is given the shape of one example's"),),
    expected="disagrees",
    margin=Margin(0.1, kappa4 / B),
)


accumulated_variance = Claim(
    id="minibatch.accumulated_variance",
    statement="At fixed weights the noise of k independent batches adds up to the variance t eta v/B, t = k eta.",
    inputs=(eta, t, B, one),
    domain=t >= eta,
    derivation=accumulated(v / B),
    exactness=exact(),
    source="[note] equation 19, with the covariance of the batch in the place of one example's",
    noises=("minibatch with",),
    controls=(
        Control("note 19", accumulated(v), "one example's covariance, equation 16, is used", "[note] equation 19"),
        Control("note 21", t * v / B, "the noise is scaled by sqrt(eta), another algorithm", "[note] equation 21"),
        Control("displacement", sp.sqrt(t * eta * v / B), "the standard deviation, equation 20, is read as a variance"),
    ),
)

note_19 = Claim(
    id="minibatch.note_19",
    statement="Equation 19 of the note, the accumulated variance, with its equation 16's covariance of one example.",
    inputs=(eta, t, B, one),
    domain=t >= eta,
    derivation=accumulated(v),
    exactness=exact(),
    source="[note] equations 16 and 19",
    noises=("minibatch with",),
    controls=(Control("note 21", t * v, "the noise scaled by sqrt(eta), another algorithm", "[note] equation 21"),),
    expected="disagrees",
)
