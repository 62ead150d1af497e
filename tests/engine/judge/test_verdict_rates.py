"""The verdict's own error rates, measured: false agreement and false disagreement at the band's edge, power, families.

The decision is evaluated on arrays of summary statistics by the functions that `judge` calls (one test holds the two
together). A rate fails only where it exceeds its level beyond chance at 1e-6.
"""

from functools import cache

import numpy as np
import pytest
from scipy import stats

from theorylab import measure
from theorylab.judge.decision import (
    AGREES,
    DISAGREES,
    LOOKS,
    band,
    decide,
    enough,
    first_decision,
    first_look,
    holm,
    mixture_reach,
    shares,
)
from theorylab.judge.verdict import judge
from theorylab.measure.estimate import limits, summary

LEVEL, PILOT, REPEATS = 0.01, 64, 40_000
MARGIN, BUDGET = 0.5, 768  # in standard deviations of one replicate; the first look is near 19 * 4 * 1.18 = 90
LAWS = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "gamma": lambda rng, shape: (rng.standard_gamma(0.45**-2, shape) - 0.45**-2) * 0.45,
    "exponential": lambda rng, shape: rng.standard_exponential(shape) - 1,
    "t5": lambda rng, shape: rng.standard_t(5, shape) * np.sqrt(3 / 5),
}


def most(rate, repeats, chance=1e-6):
    """Largest count that a rate explains."""
    return stats.binom.isf(chance, repeats, rate)


def plan(y):
    """Looks of each repeat, (3, repeats), from its pilot."""
    _, error, skew = summary(y[:, :PILOT].T)
    first = first_look(error * np.sqrt(PILOT), MARGIN, PILOT, skew, LEVEL)
    return np.minimum(np.array([1, 2, 4])[:, None] * first, BUDGET).astype(int)


def code(n, mean, error, skew, level):
    """Decisions of one look on a claim that predicts 0."""
    low, high = limits(mean, error, skew, n, level)
    ends = low[..., None], high[..., None]
    return decide(ends, ends, band(np.zeros(1), MARGIN), enough(n, skew)[..., None])


def scheme(y, offsets, level=LEVEL / shares(LOOKS)):
    """First decisions of every repeat for each offset (in margins) of the truth from the prediction."""
    sums = [np.cumsum(y**k, axis=1) for k in (1, 2, 3)]
    codes = {offset: [] for offset in offsets}
    for n in plan(y):
        m1, m2, m3 = (np.take_along_axis(s, n[:, None] - 1, 1)[:, 0] / n for s in sums)
        variance = m2 - m1**2
        skew = (m3 - 3 * m1 * m2 + 2 * m1**3) / variance**1.5
        for offset, found in codes.items():
            found.append(code(n, m1 + offset * MARGIN, np.sqrt(variance / (n - 1)), skew, level))
    return {offset: first_decision(np.array(found)) for offset, found in codes.items()}


@cache
def rates(law):
    """Counts of agreement and disagreement at offsets -1, 0, 1, 2 margins."""
    rng = np.random.default_rng([7, list(LAWS).index(law)])
    counts = {offset: np.zeros(2, int) for offset in (-1.0, 0.0, 1.0, 2.0)}
    for _ in range(10):
        for offset, found in scheme(LAWS[law](rng, (REPEATS // 10, BUDGET)), tuple(counts)).items():
            counts[offset] += [(found == AGREES).sum(), (found == DISAGREES).sum()]
    return counts


@pytest.mark.parametrize("law", LAWS)
def test_false_agreement_and_false_disagreement_keep_the_level(law):
    for edge in (-1.0, 1.0):
        agrees, disagrees = rates(law)[edge]
        assert agrees <= most(LEVEL, REPEATS), f"{law} at {edge}: false agreement {agrees / REPEATS:.4f}"
        assert disagrees <= most(LEVEL, REPEATS), f"{law} at {edge}: false disagreement {disagrees / REPEATS:.4f}"


@pytest.mark.parametrize("law", LAWS)
def test_power(law):
    """A right theory agrees, and one two margins off disagrees, with probability .9 or more."""
    assert REPEATS - rates(law)[0.0][0] <= most(0.1, REPEATS), rates(law)
    assert REPEATS - rates(law)[2.0][1] <= most(0.1, REPEATS), rates(law)
    assert rates(law)[0.0][1] == 0
    assert rates(law)[2.0][0] == 0


def test_a_scheme_that_exceeds_its_level_is_seen():
    """The full level at each look (no division among looks) is caught by the same counting."""
    found = scheme(LAWS["normal"](np.random.default_rng(8), (REPEATS // 2, BUDGET)), (1.0,), level=LEVEL)
    assert (found[1.0] == AGREES).sum() > most(LEVEL, REPEATS // 2)


@pytest.mark.parametrize("law", LAWS)
def test_judge_is_this_decision(law):
    y = LAWS[law](np.random.default_rng(9), (60, BUDGET))
    for offset, codes in scheme(y, (-1.0, 0.5, 1.5)).items():
        for row, n, expected in zip(y + offset * MARGIN, plan(y).T, codes, strict=True):
            verdict = judge(lambda r, row=row: measure.mean(row[:r]), 0.0, MARGIN, tuple(np.unique(n)))
            assert verdict.outcome == {1: "agrees", 0: "undecided", -1: "disagrees"}[int(expected)]


def normal_looks(rng, offset, first=90):
    """Mean and standard error at looks first, 2 first, 4 first of normal replicates, shape (3, *offset.shape)."""
    sizes = first * np.array([1, 1, 2])
    shape = (3, *offset.shape)
    b = sizes.reshape((3,) + (1,) * offset.ndim)
    block = rng.standard_normal(shape) / np.sqrt(b) + offset * MARGIN
    squares = rng.chisquare(b - 1, shape) + b * block**2
    n = np.cumsum(b, axis=0)
    mean = np.cumsum(b * block, axis=0) / n
    return n, mean, np.sqrt((np.cumsum(squares, axis=0) - n * mean**2) / (n * (n - 1)))


def test_holm_over_a_family_of_cells():
    """With all 12 cells at the band's edge some cell is rejected in 0.01 of families; one far off is found."""
    rng, cells, repeats = np.random.default_rng(10), 12, 20_000

    def p_values(offset):
        n, mean, error = normal_looks(rng, offset)
        return np.minimum(1, shares(LOOKS) * stats.t.sf((np.abs(mean) - MARGIN) / error, n - 1).min(axis=0))

    edge = holm(p_values(np.ones((repeats, cells))), LEVEL).any(axis=-1)
    assert edge.sum() <= most(LEVEL, repeats)
    uncorrected = (p_values(np.ones((repeats, cells))) <= LEVEL).any(axis=-1)
    assert uncorrected.sum() > most(LEVEL, repeats)
    one = np.zeros((repeats, cells))
    one[:, 3] = 2
    found = holm(p_values(one), LEVEL)
    assert (~found[:, 3]).sum() <= most(0.1, repeats)
    assert (found.sum(axis=-1) > found[:, 3]).sum() == 0


def test_components_of_one_claim():
    """Agreement needs every component: one at the edge among right ones passes at 0.01. Disagreement is Holm's."""
    rng, size, repeats = np.random.default_rng(11), 6, REPEATS

    def outcomes(offset):
        n, mean, error = normal_looks(rng, offset)
        a = LEVEL / shares(LOOKS)
        inner, outer = limits(mean, error, 0.0, n, a), limits(mean, error, 0.0, n, a / size)
        return first_decision(decide(inner, outer, band(np.zeros(size), MARGIN), True))

    one = np.zeros((repeats, size))
    one[:, 2] = 1
    assert (outcomes(one) == AGREES).sum() <= most(LEVEL, repeats)
    assert (outcomes(np.ones((repeats, size))) == DISAGREES).sum() <= most(LEVEL, repeats)
    assert (outcomes(np.zeros((repeats, size))) != AGREES).sum() <= most(0.1, repeats)
    one[:, 2] = 2
    assert (outcomes(one) != DISAGREES).sum() <= most(0.1, repeats)


@pytest.mark.parametrize("law", ["normal", "gamma", "t5"])
def test_confidence_sequence_looked_at_often(law):
    """Looks after every 16 replicates from 64 on: the error rates keep the level, and right theories agree."""
    repeats, sizes = 10_000, np.arange(64, BUDGET + 1, 16)
    rng, a = np.random.default_rng([12, list(LAWS).index(law)]), LEVEL / (shares(LOOKS) / LOOKS)
    y = LAWS[law](rng, (repeats, BUDGET))
    mean = np.cumsum(y, axis=1)[:, sizes - 1] / sizes
    square, cube = (np.cumsum(y**k, axis=1)[:, sizes - 1] / sizes for k in (2, 3))
    variance = square - mean**2
    skew = (cube - 3 * mean * square + 2 * mean**3) / variance**1.5
    reach = mixture_reach(np.sqrt(variance * sizes / (sizes - 1)), sizes, 64, a)

    def codes(offset):
        middle = mean + offset * MARGIN
        ends = (middle - reach)[..., None], (middle + reach)[..., None]
        return first_decision(decide(ends, ends, band(np.zeros(1), MARGIN), enough(sizes, skew)[..., None]).T)

    for edge in (-1.0, 1.0):
        assert (codes(edge) == AGREES).sum() <= most(LEVEL, repeats)
        assert (codes(edge) == DISAGREES).sum() <= most(LEVEL, repeats)
    assert (codes(0.0) != AGREES).sum() <= most(0.1, repeats)
