r"""Functions of means over replicates, by the delta method: an estimate whose replicates are its influences.

ratio:      r = mean(y)/mean(x),                    influence (y - r x)/mean(x)
log slope:  b = ln(mean(y_2)/mean(y_1))/ln(x_2/x_1), influence (y_2/mean(y_2) - y_1/mean(y_1))/ln(x_2/x_1)
mean and standard deviation, side by side
variance about the mean of all replicates, from time averages of x and x^2 within each
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theorylab.errors import InputError
from theorylab.measure.estimate import Estimate, increasing, joint, replicates, student
from theorylab.measure.moments import mean, variance
from theorylab.measure.quantiles import quantile


def ratio(top: Any, bottom: Any) -> Estimate:
    """Ratio of the means of two observables of the same replicates, shapes (n, ...) that broadcast.

    A regression through zero is one: the mean of y x over that of x^2. So is a rate: all change over all steps.

    Raises:
        InputError: other numbers of replicates above and below.

    >>> ratio([1.0, 3.0], [2.0, 6.0]).value.item()
    0.5
    """
    y, gates = replicates("ratio", top)
    x, more = replicates("ratio", bottom)
    if len(y) != len(x):
        raise InputError(f"measure.ratio: {len(y)} replicates above and {len(x)} below")
    with np.errstate(divide="ignore", invalid="ignore"):
        value = y.mean(0) / x.mean(0)
        return student(value + (y - value * x) / x.mean(0), gates or more)


def log_slope(shares: Any, places: Sequence[float]) -> Estimate:
    """Slope of ln(mean) between two places x > 0, from values (n, 2) there: the exponent of a power law.

    Raises:
        InputError: not two places, or values of another shape.

    >>> print(f"{log_slope([[1.0, 4.0], [1.0, 4.0]], places=(1.0, 2.0)).value:.3f}")
    2.000
    """
    array, gates = replicates("log_slope", shares)
    if len(places) != 2 or array.shape[1:] != (2,):
        raise InputError(f"measure.log_slope: values of shape {array.shape} are not (replicates, 2) at two places")
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = array.mean(0)
        value = np.log(second / first) + array[:, 1] / second - array[:, 0] / first
    return student(value / np.log(places[1] / places[0]), gates)


def mean_and_sd(values: Any) -> Estimate:
    """Means over replicates of (n, ...), and after them their standard deviations.

    >>> mean_and_sd([1.0, 2.0, 3.0]).value.tolist()
    [2.0, 1.0]
    """
    square = variance(values)
    with np.errstate(divide="ignore"):
        slope = 0.5 / np.sqrt(square.value)
    return joint(mean(values), increasing(square, lambda x: np.sqrt(np.maximum(x, 0)), slope))


def middle(values: Any, *, deterministic: bool = False) -> Estimate:
    """The replicate of a noise-free run, or the median one: a stable noise leaves no mean.

    >>> middle([1.0, 2.0, 1e9]).value.item()
    2.0
    """
    return mean(values, deterministic=True) if deterministic else quantile(values, 0.5)


def variance_about_all(first: Any, second: Any) -> Estimate:
    """Variance about the mean of all replicates, from the time averages of x and of x^2 in each, shapes (n, ...).

    What wanders too slowly to be averaged within a replicate counts; the mean's own error, of order 1/n, does not.

    >>> variance_about_all([1.0, 3.0], [1.0, 9.0]).value.item()
    1.0
    """
    x, gates = replicates("variance_about_all", first)
    square, more = replicates("variance_about_all", second)
    if x.shape != square.shape:
        raise InputError(f"measure.variance_about_all: shapes {x.shape} and {square.shape} differ")
    centre = x.mean(0)
    return student(square - 2 * centre * x + centre**2, gates or more)


def survivors(values: Any, lost: Any) -> np.ndarray:
    """Values (n, ...) of the replicates that were never lost: `lost` (n,) is a first passage, -1 where it never came.

    Raises:
        InputError: shapes that do not match.

    >>> survivors([5.0, 6.0, 7.0], lost=[-1, 40, -1]).tolist()
    [5.0, 7.0]
    """
    array, passed = np.asarray(values), np.asarray(lost)
    if passed.shape != array.shape[:1]:
        raise InputError(f"measure.survivors: lost of shape {passed.shape} does not match values {array.shape}")
    return array[passed < 0]
