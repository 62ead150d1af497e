"""What the estimators refuse, and the gates that they raise instead of averaging trouble away."""

import numpy as np
import pytest
from scipy import stats

from theorylab import measure
from theorylab.errors import InputError


def rng(*seed):
    return np.random.default_rng([21, *seed])


def stable(alpha, n, seed):
    return np.asarray(stats.levy_stable.rvs(alpha, 0.0, size=n, random_state=rng(seed)))


REFUSALS = {
    "variance below alpha 2": (
        lambda: measure.variance([1.0, 2.0], alpha=1.5),
        "alpha=1.5 is below 2: the variance is inf",
    ),
    "second moment": (
        lambda: measure.second_moment([1.0, 2.0], alpha=1.9),
        "use log_scale, quantile or characteristic_f",
    ),
    "covariance": (lambda: measure.covariance(np.eye(2), alpha=1.0), "the covariance is infinite"),
    "mean of a law without one": (lambda: measure.mean([1.0, 2.0], alpha=0.9), "the law has no mean"),
    "mean without an interval": (lambda: measure.mean([1.0, 2.0], alpha=1.2), "the mean has no interval"),
    "alpha": (lambda: measure.log_scale([1.0, 2.0], 2.5), "alpha=2.5 is outside 0 < alpha <= 2"),
    "one replicate": (lambda: measure.mean([1.0]), "fewer than 2 replicates"),
    "no replicate axis": (lambda: measure.mean(3.0), "fewer than 2 replicates"),
    "covariance of scalars": (lambda: measure.covariance([1.0, 2.0]), "are not (replicates, d)"),
    "events": (lambda: measure.proportion([0.0, 0.5]), "not all 0 or 1"),
    "probability": (lambda: measure.quantile([1.0, 2.0], 1.0), "not all in 0 < p < 1"),
    "cdf": (lambda: measure.law([1.0, 2.0], lambda x: 2 * x), "does not map values"),
    "law": (lambda: measure.law(np.eye(3), [0.5]), "are not one per replicate"),
    "ratio": (lambda: measure.ratio([1.0, 2.0], [1.0, 2.0, 3.0]), "2 replicates above and 3 below"),
    "log slope": (lambda: measure.log_slope(np.ones((5, 3)), (1.0, 2.0)), "are not (replicates, 2) at two places"),
    "variance about all": (lambda: measure.variance_about_all(np.ones(3), np.ones(4)), "(3,) and (4,) differ"),
    "survivors": (lambda: measure.survivors(np.ones((4, 2)), np.ones(3)), "lost of shape (3,) does not match"),
    "few draws": (lambda: measure.tail_index(np.ones(50)), "50 draws are fewer than 100"),
    "tail method": (lambda: measure.tail_index(np.ones(200), "moments"), "neither 'ecf' nor 'hill'"),  # type: ignore[arg-type]
    "k": (lambda: measure.tail_index(np.ones(200), "hill", k=200), "k=200 is outside"),
    "horizon": (lambda: measure.exit_time([1.0, -1.0]), "no horizon is given"),
    "beyond the horizon": (lambda: measure.exit_time([1.0, 9.0], horizon=5.0), "outside 0 <= t <= horizon=5"),
    "points": (lambda: measure.exponent([1.0, 2.0], [measure.mean([1.0, 2.0])] * 2), "more than 2"),
    "order": (lambda: measure.richardson([1.0, 2.0], [1.0, 2.0], 0), "outside order > 0"),
    "pairs": (lambda: measure.richardson([1.0, 2.0], [1.0, 2.0, 3.0], 1), "shapes (2,) and (3,) differ"),
    "stationary": (lambda: measure.stationary([1.0, 2.0], [1.0, 2.0], alpha=3), "alpha=3 is outside"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_is_one_line_that_names_the_argument(name):
    make, text = REFUSALS[name]
    with pytest.raises(InputError) as error:
        make()
    assert text in str(error.value)
    assert "\n" not in str(error.value)


SHORT = {
    "mean": measure.mean,
    "variance": measure.variance,
    "quantile": lambda y: measure.quantile(y, 0.5),
    "log_scale": lambda y: measure.log_scale(y, 1.5),
    "law": lambda y: measure.law(y, [0.5]),
    "tail_index": measure.tail_index,
    "hill": lambda y: measure.tail_index(y, "hill"),
    "proportion": measure.proportion,
    "exit_time": measure.exit_time,
    "median_time": measure.median_time,
    "restricted_mean": measure.restricted_mean,
    "cf": lambda y: measure.characteristic_function(y, 1.0),
    "richardson": lambda y: measure.richardson(y, y, 1),
    "order": lambda y: measure.order(4 * y, 2 * y, y),
}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", SHORT)
def test_non_finite_replicates_are_a_gate(name, bad):
    values = rng(5).exponential(1.0, 200)
    values[17] = bad
    assert SHORT[name](values).gates[0] == "non-finite replicates: 1 of 200"


def test_zero_has_no_logarithm():
    assert measure.log_scale([0.0, 1.0, 2.0], 1.0).gates == ("non-finite replicates: 1 of 3",)


def test_equal_replicates_are_a_gate_unless_said():
    assert "no spread between replicates" in measure.mean(np.ones(9)).gates[0]
    assert "component [1]" in measure.mean(np.column_stack([np.arange(9), np.ones(9)])).gates[0]
    assert measure.mean(np.ones(9), deterministic=True).gates == ()


def test_stationary():
    first = rng(11).standard_normal(2000)
    assert measure.stationary(first, first + 0.1 * rng(12).standard_normal(2000)) == ()
    gate = measure.stationary(first, first + 0.1)
    assert gate[0].startswith("not stationary: drift 0.1")
    assert measure.stationary(first, first + 0.1, tolerance=0.2) == ()
    heavy = stable(1.2, 2000, 1)
    assert measure.stationary(heavy, stable(1.2, 2000, 13), alpha=1.2) == ()
    assert "of the log" in measure.stationary(heavy, 2 * stable(1.2, 2000, 13), alpha=1.2)[0]
    estimate = measure.mean(first).gated(gate, "too many diverged")
    assert estimate.gates == (*gate, "too many diverged")
