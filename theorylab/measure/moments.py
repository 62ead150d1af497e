r"""Moments of what the replicates show, where the tail allows them.

    mean:  mean(y)        second moment:  mean(y^2)        variance:  n/(n-1) mean((y - mean(y))^2)
    covariance:  n/(n-1) mean((y_i - mean(y_i)) (y_j - mean(y_j)))

A time average is taken inside each replicate first (one number per replicate); only replicates are independent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from theorylab.errors import InputError
from theorylab.measure.estimate import Estimate, finite_variance, replicates, student


def mean(values: Any, *, alpha: float = 2.0, deterministic: bool = False) -> Estimate:
    """Mean over replicates, shape (n, ...) -> (...).

    Args:
        values: one number, or array of components, per replicate.
        alpha: stability index of the values; below 2 their variance is infinite and no interval holds.
        deterministic: the run is noise-free: equal replicates are meant, not a fault.

    Raises:
        InputError: alpha < 2, or fewer than two replicates.

    >>> print(mean([1.0, 2.0, 3.0, 4.0]))
    2.5 +- 0.65 (n = 4)
    """
    finite_variance("mean", alpha, "the mean has no interval" if alpha > 1 else "the law has no mean")
    array, gates = replicates("mean", values)
    return student(array, gates, deterministic)


def second_moment(values: Any, *, alpha: float = 2.0, deterministic: bool = False) -> Estimate:
    """Mean of the squares about zero, shape (n, ...) -> (...), unit squared; `InputError` for alpha < 2.

    >>> print(second_moment([1.0, -1.0, 3.0, -3.0]))
    5 +- 2.3 (n = 4)
    """
    finite_variance("second_moment", alpha, "the second moment is infinite")
    array, gates = replicates("second_moment", values)
    return student(array**2, gates, deterministic)


def variance(values: Any, *, alpha: float = 2.0) -> Estimate:
    """Unbiased variance over replicates, shape (n, ...) -> (...), unit squared; `InputError` for alpha < 2.

    >>> print(variance([1.0, 2.0, 3.0, 4.0]))
    1.66667 +- 0.77 (n = 4)
    """
    finite_variance("variance", alpha, "the variance is infinite")
    array, gates = replicates("variance", values)
    return student(_centred(array) ** 2 * len(array) / (len(array) - 1), gates)


def covariance(values: Any, *, alpha: float = 2.0) -> Estimate:
    """Unbiased covariance matrix over replicates, shape (n, d) -> (d, d); d (d + 1)/2 distinct statements.

    Raises:
        InputError: alpha < 2, or values that are not of shape (n, d).

    >>> covariance([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]).value.tolist()
    [[1.0, 2.0], [2.0, 4.0]]
    """
    finite_variance("covariance", alpha, "the covariance is infinite")
    array, gates = replicates("covariance", values)
    if array.ndim != 2:
        raise InputError(f"measure.covariance: values of shape {array.shape} are not (replicates, d)")
    y, d = _centred(array), array.shape[1]
    found = student(y[:, :, None] * y[:, None, :] * len(y) / (len(y) - 1), gates)
    return replace(found, tests=d * (d + 1) // 2)


def _centred(array: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return array - array.mean(axis=0)


def proportion(events: Any) -> Estimate:
    """Share of replicates in which an event happened, shape (n, ...) -> (...), with the Clopper-Pearson interval.

        low: P(Bin(n, low) >= k) = a        high: P(Bin(n, high) <= k) = a                          [clopper1934]

    Raises:
        InputError: values other than 0 and 1, or fewer than two replicates.

    >>> print(proportion([1, 0, 0, 1]))
    0.5 +- 0.25 (n = 4)
    """
    array, gates = replicates("proportion", events)
    if not gates and not np.isin(array, (0.0, 1.0)).all():
        raise InputError("measure.proportion: events are not all 0 or 1")
    from scipy import stats  # slow to import, needed here alone

    n, k = len(array), array.sum(axis=0)
    share = np.asarray(k / n)

    def interval(a: float) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(invalid="ignore"):
            low = np.where(k > 0, stats.beta.ppf(a, k, n - k + 1), 0.0)
            high = np.where(k < n, stats.beta.isf(a, k + 1, n - k), 1.0)
        return low, high

    return Estimate(share, np.sqrt(share * (1 - share) / n), n, interval, gates, 0.0, max(1, share.size))


def stationary(
    first: Any, second: Any, *, alpha: float = 2.0, tolerance: float = 0.0, level: float = 1e-3
) -> tuple[str, ...]:
    """Gate "not stationary": a paired t test over replicates of a statistic in two halves of a run.

    Args:
        first, second: the statistic in an earlier and a later part of each replicate, shape (n, ...).
        alpha: stability index of the statistic; below 2 its log-magnitude is compared.
        tolerance: drift that does not matter, in the statistic's unit (in the log for alpha < 2).
        level: false-alarm probability, divided among components.

    Returns:
        () when the halves agree, else one gate for `Estimate.gated`.

    >>> import numpy as np
    >>> early, late = np.linspace(0, 1, 100), np.linspace(0, 1, 100) + np.linspace(0.4, 0.6, 100)
    >>> len(stationary(early, early)), len(stationary(early, late))
    (0, 1)
    """
    if not 0 < alpha <= 2:
        raise InputError(f"measure.stationary: alpha={alpha} is outside 0 < alpha <= 2")
    a, gates_a = replicates("stationary", first)
    b, gates_b = replicates("stationary", second)
    if a.shape != b.shape:
        raise InputError(f"measure.stationary: halves of shapes {a.shape} and {b.shape} differ")
    if gates_a or gates_b:
        return gates_a or gates_b
    with np.errstate(divide="ignore", invalid="ignore"):
        drift = student(b - a if alpha == 2 else np.log(np.abs(b)) - np.log(np.abs(a)), deterministic=True)
    low, high = (np.ravel(x) for x in drift.interval(level / 2 / drift.tests))
    bad = (low > tolerance) | (high < -tolerance) | ~np.isfinite(low)
    if not bad.any():
        return ()
    i = int(np.argmax(bad))
    shift, error = float(np.ravel(drift.value)[i]), float(np.ravel(drift.standard_error)[i])
    return (f"not stationary: drift {shift:.3g} +- {error:.2g} between the halves{' of the log' if alpha < 2 else ''}",)
