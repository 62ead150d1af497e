"""Every estimator holds a known answer and rejects a wrong one.

Statistical checks use the estimate's own interval with 5e-7 on each side and fixed seeds.
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from theorylab import measure
from theorylab.errors import InputError
from theorylab.measure.estimate import limits, summary

CHANCE = 5e-7
C = np.array([[2.0, 0.6], [0.6, 0.5]])


def rng(*seed):
    return np.random.default_rng([20, *seed])


def holds(estimate, truth):
    low, high = estimate.interval(CHANCE / estimate.tests)
    return bool(np.all((low <= truth) & (truth <= high)))


def stable(alpha, scale=0.7, n=20_000, seed=1):
    return np.asarray(stats.levy_stable.rvs(alpha, 0.0, scale=scale, size=n, random_state=rng(seed)))


def lognormal(n=4000, seed=2):
    return rng(seed).lognormal(0.0, 0.5, n)


def pareto(alpha, n=40_000):
    return rng(3).pareto(alpha, n) + 1


def exits(mean=3.0, horizon=2.0, n=3000):
    t = rng(4).exponential(mean, n)
    return np.where(t > horizon, -1.0, t)


def ratios(n=9000):
    """Means 2 and 1, strongly correlated: independent error bars would be four times as wide."""
    x = rng(6).exponential(1.0, n)
    return 2 * x + rng(7).normal(0, 0.2, n), x


def wanderers(n=9000, looks=40):
    """Time averages of x and x^2: replicates about centres of variance 1, with a variance of 1/4 about each."""
    x = rng(8).normal(3, 1, (n, 1)) + rng(9).normal(0, 0.5, (n, looks))
    return x.mean(1), (x**2).mean(1)


TABLE = {  # name: (estimate, truth, a wrong answer that somebody would give, or None)
    "mean": (lambda: measure.mean(rng(0).normal(1.5, 2, 9000)), 1.5, 1.7),
    "mean of components": (lambda: measure.mean(rng(0).normal([1.0, -2.0], 1, (9000, 2))), [1.0, -2.0], [1.0, 2.0]),
    "second moment": (lambda: measure.second_moment(rng(0).normal(1.5, 2, 9000)), 6.25, 4.0),
    "variance": (lambda: measure.variance(rng(0).normal(1.5, 2, 9000)), 4.0, 6.25),
    "covariance": (lambda: measure.covariance(rng(0).multivariate_normal([3, 1], C, 9000)), C, np.diag(np.diag(C))),
    "ratio": (lambda: measure.ratio(*ratios()), 2.0, 2.05),
    "ratio of columns": (lambda: measure.ratio(ratios()[0][:, None] * [1, 2], ratios()[1][:, None]), [2, 4], [2, 2]),
    "log slope": (lambda: measure.log_slope(rng(5).random((9000, 2)) < [0.4, 0.1], (1.0, 2.0)), -2.0, -1.0),
    "mean and sd": (
        lambda: measure.mean_and_sd(rng(0).normal([1.5, 0], [2, 1], (9000, 2))),
        [1.5, 0, 2, 1],
        [1.5, 0, 4, 1],
    ),
    "variance about all": (lambda: measure.variance_about_all(*wanderers()), 1.25, 0.25),
    "median of a stable law": (lambda: measure.middle(1 + stable(1.0)), 1.0, 1.1),
    "proportion": (lambda: measure.proportion(rng(0).random(9000) < 0.03), 0.03, 0.04),
    "quantiles": (
        lambda: measure.quantile(rng(0).standard_normal(9000), [0.1, 0.5]),
        stats.norm.ppf([0.1, 0.5]),
        [-1, 0],
    ),
    "law's quantiles": (
        lambda: measure.law(stable(1.5), [0.1, 0.9]),
        stats.levy_stable.ppf([0.1, 0.9], 1.5, 0, 0, 0.7),
        stats.norm.ppf([0.1, 0.9], 0, 0.7),
    ),
    "distance of a law": (lambda: measure.law(rng(0).standard_normal(9000), stats.norm.cdf), 0.0, 0.1),
    "distance of a wrong law": (
        lambda: measure.law(rng(0).standard_normal(9000), stats.norm(0, 2**0.5).cdf),
        0.083,
        0.0,
    ),
    "scale, alpha 0.5": (lambda: measure.log_scale(stable(0.5), 0.5), 0.7, 0.9),
    "scale, alpha 1": (lambda: measure.log_scale(stable(1.0), 1.0), 0.7, 0.75),
    "scale, alpha 1.5": (lambda: measure.log_scale(stable(1.5), 1.5), 0.7, 0.75),
    "scale, not standard deviation": (lambda: measure.log_scale(rng(0).normal(0, 1, 20_000), 2.0), 0.5**0.5, 1.0),
    "scale from logs": (lambda: measure.log_scale(np.log(np.abs(stable(1.5))), 1.5, logs=True), 0.7, 0.75),
    "characteristic function": (
        lambda: measure.characteristic_function(stable(1.2), [0.5, 2.0]),
        np.exp(-(np.abs(0.7 * np.array([0.5, 2.0])) ** 1.2)),
        [0.88, 0.22],
    ),
    "stable index": (lambda: measure.tail_index(5 + stable(1.5)), 1.5, 1.7),
    "stable index from draws of a replicate": (
        lambda: measure.tail_index(stable(1.5, n=40_000).reshape(400, 100)),
        1.5,
        1.7,
    ),
    "stable index of a Gaussian": (lambda: measure.tail_index(rng(0).normal(0, 3, 20_000)), 2.0, 1.9),
    "Hill": (lambda: measure.tail_index(pareto(2.9), "hill"), 2.9, 2.0),
    "exit time": (lambda: measure.exit_time(exits(), horizon=2.0), 3.0, 0.94),  # 0.94: the censored left out
    "exit time, nothing censored": (lambda: measure.exit_time(rng(4).exponential(3.0, 3000)), 3.0, 3.4),
    "median time": (lambda: measure.median_time(lognormal(), lognormal() > 1.5, np.inf), 1.0, 1.1),
    "restricted mean": (
        lambda: measure.restricted_mean(np.minimum(exits(), 2.0), horizon=2.0),
        3 - 3 * np.exp(-2 / 3),
        2.0,
    ),
    "richardson": (lambda: measure.richardson(rng(0).normal(1.4, 1, 9000), rng(1).normal(1.2, 1, 9000), 1), 1.0, 1.2),
}


@pytest.mark.parametrize("name", TABLE)
def test_known_answer(name):
    make, truth, wrong = TABLE[name]
    estimate = make()
    assert estimate.gates == ()
    assert np.shape(estimate.value) == np.shape(truth) == np.shape(estimate.standard_error)
    assert np.all(estimate.standard_error > 0)
    assert holds(estimate, np.asarray(truth)), (name, estimate.value, estimate.standard_error)
    assert not holds(estimate, np.asarray(wrong)), (name, estimate.value, estimate.standard_error)


@pytest.mark.parametrize("name", TABLE)
def test_intervals_are_nested(name):
    ends = [TABLE[name][0]().interval(a) for a in (0.4, 0.1, 1e-2, 1e-6, 1e-20)]
    for (low, high), (lower, higher) in pairwise(ends):
        assert np.all(lower <= low)
        assert np.all(low <= high)
        assert np.all(high <= higher)


def test_heavy_tails_show_as_skewness():
    """A mean of squares without a law asks for more replicates than it has: 28 skew^2 > n."""
    y = stable(1.2, n=5000) ** 2
    assert 28 * float(measure.mean(y).skew) ** 2 > len(y)


def test_student_interval_without_skew():
    low, high = limits(1.0, 0.1, 0.0, 20, 0.01)
    assert np.allclose([low, high], 1 + 0.1 * stats.t.ppf([0.01, 0.99], 19), rtol=1e-5)


def test_skewed_interval_is_wider_on_the_side_that_misses():
    low, high = limits(1.0, 0.1, 2.0, 128, 0.01)
    reach = 0.1 * stats.t.isf(0.01, 127)
    assert high > 1 + 1.05 * reach
    assert low == pytest.approx(1 - reach)


@pytest.mark.parametrize("level", [0.01, 0.05])
def test_interval_of_exponential_means_keeps_its_level(level):
    """The side on which Student's interval misses too often; 100,000 repeats at n = 128."""
    repeats = 100_000
    y = rng(6).standard_exponential((128, repeats // 10, 10)).reshape(128, -1)
    mean, error, skew = summary(y)
    missed = (limits(mean, error, skew, 128, level)[1] < 1).sum()
    naive = (mean + error * stats.t.isf(level, 127) < 1).sum()
    assert naive > stats.binom.isf(1e-6, repeats, 1.15 * level)
    assert missed <= stats.binom.isf(1e-6, repeats, 1.15 * level)


def test_quantile_interval_by_counting():
    """With the values 1 .. n the ends are ranks; each is the sharpest whose binomial tail is at most the level."""
    n, p, a = 500, 0.3, 0.004
    low, high = (int(x) for x in measure.quantile(np.arange(1, n + 1), p).interval(a))
    assert stats.binom.cdf(low - 1, n, p) <= a < stats.binom.cdf(low, n, p)
    assert stats.binom.sf(high - 1, n, p) <= a < stats.binom.sf(high - 2, n, p)
    assert measure.quantile(np.arange(1, 6), 0.5).interval(1e-3) == (-np.inf, np.inf)


def test_proportion_is_clopper_pearson():
    events = np.arange(300) < 7
    exact = stats.binomtest(7, 300).proportion_ci(0.98, "exact")
    assert np.allclose(measure.proportion(events).interval(0.01), [exact.low, exact.high])
    assert measure.proportion(np.zeros(300)).interval(0.01) == pytest.approx((0, 1 - 0.01 ** (1 / 300)))


def test_log_sd():
    found = np.log(np.abs(stable(1.5, n=50_000))).std()
    assert found == pytest.approx(measure.log_sd(1.5), rel=0.03)


def test_hill_and_regression_see_different_things():
    """On a Student t with 3 degrees of freedom the tail is 3; the regression reads about 1.7."""
    y = rng(7).standard_t(3, 40_000)
    assert holds(measure.tail_index(y, "hill", k=200), 3.0)
    assert measure.tail_index(y).value < 2


def test_exit_time_that_is_not_exponential():
    assert "not exponential" in measure.exit_time(rng(8).uniform(0, 1, 2000)).gates[0]
    assert measure.exit_time(rng(8).exponential(5, 2000)).gates == ()


def test_no_exit_at_all():
    estimate = measure.exit_time(-np.ones(50), horizon=10.0)
    low, high = estimate.interval(0.01)
    assert (low, high) == (pytest.approx(2 * 500 / stats.chi2.isf(0.01, 2)), np.inf)
    assert "more than half censored" in measure.median_time(-np.ones(50), horizon=10.0).gates[0]
    assert measure.restricted_mean(np.append(-np.ones(50), 3.0), horizon=10.0).value == pytest.approx(503 / 51)


def test_restricted_mean_is_the_mean_without_censoring():
    t = lognormal(500)
    found, plain = measure.restricted_mean(t), measure.mean(t)
    assert float(found.value) == pytest.approx(float(plain.value))
    assert float(found.standard_error) == pytest.approx(float(plain.standard_error))


def test_median_of_a_small_sample_by_hand():
    """Times 1, 2, 3+, 4, 5: S = .8, .6, .6, .3; the median is 4."""
    assert measure.median_time([1, 2, 3, 4, 5], [False, False, True, False, False], 5).value == 4


def powers(x, law, n=4000, cv=0.5):
    return [measure.mean(law(v) * rng(9, i).gamma(cv**-2, cv**2, n)) for i, v in enumerate(x)]


def test_exponent_with_its_correction():
    """m = x^-1.5 (1 + x/2): the plain fit is off and says so by its poor fit, the named correction is right."""
    x = np.geomspace(0.05, 0.8, 5)
    estimates = powers(x, lambda v: v**-1.5 * (1 + 0.5 * v))
    plain, right = measure.exponent(x, estimates), measure.exponent(x, estimates, correction=1.0)
    assert holds(right, -1.5)
    assert right.gates == ()
    assert not holds(plain, -1.5)
    assert 2 < float(right.standard_error / plain.standard_error) < 5
    assert "poor fit" in measure.exponent(x, powers(x, lambda v: v**-1.5 * (1 + 5 * v))).gates[0]


def test_exponent_keeps_the_gates_of_its_points():
    bad = measure.mean([1.0, np.nan, 2.0])
    assert measure.exponent([1.0, 2.0, 3.0], [bad] * 3).gates == bad.gates


def test_coupled_pairs_are_sharper_and_the_order_is_seen():
    noise, *owns = rng(10).standard_normal((4, 4000))
    r = {eta: 1 + eta + 0.2 * noise + 0.02 * own for eta, own in zip((0.4, 0.2, 0.1), owns, strict=True)}
    limit = measure.richardson(r[0.4], r[0.2], 1)
    assert holds(limit, 1.0)
    assert limit.standard_error < measure.richardson(r[0.4], 1.2 + 0.2 * owns[0], 1).standard_error / 2
    assert holds(measure.order(r[0.4], r[0.2], r[0.1]), 1.0)
    with pytest.raises(InputError, match="do not have one sign"):
        measure.order(r[0.4], r[0.2], r[0.4])


def test_joint_components():
    a, b = measure.mean(rng(14).normal(1, 1, 500)), measure.covariance(rng(14).normal(0, 1, (400, 2)))
    both = measure.joint(a, b)
    assert both.value.shape == (5,)
    assert (both.n, both.tests) == (400, 4)
    assert both.interval(0.01)[0][0] == a.interval(0.01)[0]


def test_an_estimate_prints_itself():
    assert str(measure.mean([1.0, 2.0, 3.0])) == "2 +- 0.58 (n = 3)"
    assert str(measure.mean(np.eye(3))) == "3 components, n = 3"


def test_survivors_are_those_that_were_never_lost():
    np.testing.assert_array_equal(measure.survivors([[1, 2], [3, 4], [5, 6]], [-1, 0, -1]), [[1, 2], [5, 6]])


def test_a_noise_free_run_has_its_replicate_as_its_middle():
    assert measure.middle([2.0, 2.0, 2.0], deterministic=True).value == 2
    assert not measure.middle([2.0, 2.0, 2.0], deterministic=True).gates


@pytest.mark.parametrize("alpha", [1.2, 1.8])
def test_the_fit_of_a_pool_is_that_of_the_law_it_was_drawn_from(alpha):
    values = stable(alpha)
    assert measure.stable_fit(values) == pytest.approx((alpha, 0.7), rel=0.05)
    assert measure.stable_fit(values)[0] == pytest.approx(float(measure.tail_index(values).value), rel=1e-12)
