r"""Laws without a second moment: their scale, their characteristic function, their tail.

E exp(i u X) = exp(-|gamma u|^alpha)    =>    E log|X| = log gamma + gamma_E (1/alpha - 1)
                                              Var log|X| = (pi^2/6) (1/alpha^2 + 1/2)
log(-log|phi(u)|^2) = log 2 + alpha log gamma + alpha log u            (regression: slope alpha)   [kogon1998]
P(|X| > x) ~ x^-alpha    =>    1/alpha = mean of log(X_(i)/X_(k+1)) over the k largest              [hill1975]
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from scipy import special

from theorylab.errors import InputError
from theorylab.measure.estimate import Estimate, increasing, refused, replicates, student

GRID = np.linspace(0.1, 1.0, 10)


def log_sd(alpha: float) -> float:
    """Standard deviation of log|X|, the relative error of one replicate's scale: for plans made before a pilot.

    >>> print(f"{log_sd(alpha=1.5):.3f}")
    1.246
    """
    return math.pi * math.sqrt((1 / alpha**2 + 0.5) / 6)


def log_scale(values: Any, alpha: float, *, logs: bool = False, deterministic: bool = False) -> Estimate:
    """Scale gamma of a symmetric stable law from E log|X|, shape (n, ...) -> (...), in the values' unit.

    gamma = exp(mean log|x| - gamma_E (1/alpha - 1)); the interval is that of the mean log, mapped. For alpha = 2 the
    variance is 2 gamma^2.

    Args:
        values: draws of the law, one per replicate; or, with `logs`, their log-magnitudes (averaged in time or not).
        alpha: stability index, 0 < alpha <= 2.

    Raises:
        InputError: alpha outside its range.

    >>> import numpy as np
    >>> cauchy = 0.3 * np.tan(np.pi * ((np.arange(1000) + 0.5) / 1000 - 0.5))
    >>> print(f"{log_scale(cauchy, alpha=1.0).value:.3f}")
    0.300
    """
    if not 0 < alpha <= 2:
        raise InputError(f"measure.log_scale: alpha={alpha} is outside 0 < alpha <= 2")
    array, gates = replicates("log_scale", values)
    if not logs:
        with np.errstate(divide="ignore"):
            array, more = replicates("log_scale", np.log(np.abs(array)))
        gates = gates or more
    found = student(array, gates, deterministic)
    shift = np.euler_gamma * (1 / alpha - 1)
    return increasing(found, lambda y: np.exp(y - shift), np.exp(found.value - shift))


def characteristic_function(values: Any, u: Any) -> Estimate:
    """Real part E cos(u X), the whole characteristic function of a symmetric law, at each u.

    Args:
        values: shape (n, ...), in any unit.
        u: frequencies in the inverse unit, scalar or shape (m,).

    Returns:
        Estimate of shape u.shape + values.shape[1:].

    >>> import numpy as np
    >>> cauchy = np.tan(np.pi * ((np.arange(10_000) + 0.5) / 10_000 - 0.5))
    >>> print(f"{characteristic_function(cauchy, 1.0).value:.3f}")
    0.367
    """
    array, gates = replicates("characteristic_function", values)
    u = np.asarray(u, dtype=float)
    with np.errstate(invalid="ignore"):
        phase = u.reshape((1, *u.shape) + (1,) * (array.ndim - 1)) * array.reshape(
            (len(array),) + (1,) * u.ndim + array.shape[1:]
        )
        return student(np.cos(phase), gates)


def tail_index(values: Any, method: Literal["ecf", "hill"] = "ecf", *, k: int | None = None) -> Estimate:
    """Tail index of draws, by the method that suits the law.

    `ecf`: stability index by regression of the empirical characteristic function on 0.1 .. 1 after standardisation by
    median and quartiles [kogon1998], for laws that are stable by construction. Values of shape (n,) or (n, draws): the
    draws of one replicate need not be independent. `hill`: index of a regularly varying tail [hill1975] from the `k`
    largest magnitudes (default 1 %), for stationary laws of multiplicative noise; shape (n,), independent. Each misses
    by much on the other's law, and both on correlated or pooled data.

    Raises:
        InputError: fewer than 100 draws, an unknown method, or k outside 2 <= k < n.

    >>> import numpy as np
    >>> cauchy = np.tan(np.pi * ((np.arange(10_000) + 0.5) / 10_000 - 0.5))
    >>> print(f"{tail_index(cauchy).value:.2f}")
    1.00
    """
    array, gates = replicates("tail_index", values)
    if array.size < 100:
        raise InputError(f"measure.tail_index: {array.size} draws are fewer than 100")
    if method == "hill":
        return _hill(array, k, gates)
    if method != "ecf":
        raise InputError(f"measure.tail_index: method {method!r} is neither 'ecf' nor 'hill'")
    if gates:
        return refused((), len(array), gates)
    slope, _, influence = _regressed(array.reshape(len(array), -1))
    return student(influence.mean(axis=1), value=slope)


def stable_fit(values: Any) -> tuple[float, float]:
    """(alpha, gamma) of the symmetric stable law that fits a pool of numbers, by the regression of `tail_index`.

    For a given pool, not a sample: no error comes with it. alpha is cut at 2, where the pool's tail is lighter.

    >>> import numpy as np
    >>> cauchy = 0.3 * np.tan(np.pi * ((np.arange(10_000) + 0.5) / 10_000 - 0.5))
    >>> print("alpha = {:.2f}, gamma = {:.2f}".format(*stable_fit(cauchy)))
    alpha = 1.00, gamma = 0.30
    """
    slope, scale, _ = _regressed(np.asarray(values, dtype=float).reshape(-1, 1))
    return min(2.0, slope), scale


def _regressed(draws: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Stability index, scale and the draws' influences on the index, of draws (n, draws) [kogon1998]."""
    slope, influence = 2.0, np.empty(0)
    quarter, middle, three = np.quantile(draws, [0.25, 0.5, 0.75])
    scale = float(three - quarter) / 2
    for _ in range(2):  # the second pass sets the scale to 1 by the fitted line
        slope, log_gamma, influence = _ecf((draws - middle) / scale)
        scale *= math.exp(log_gamma)
    return slope, scale, influence


def _ecf(x: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Slope, log scale and the draws' influences on the slope, from the regression over GRID."""
    cosines = np.cos(GRID[:, None, None] * x)
    sines = np.sin(GRID[:, None, None] * x)
    c, s = cosines.mean(axis=(1, 2)), sines.mean(axis=(1, 2))
    square = c**2 + s**2
    y, weight = np.log(-np.log(square)), np.log(GRID) - np.log(GRID).mean()
    weight = weight / (weight**2).sum()
    slope = float(weight @ y)
    log_gamma = (float(y.mean()) - math.log(2)) / slope - float(np.log(GRID).mean())
    per_u = weight / (square * np.log(square))
    influence = 2 * (np.tensordot(per_u * c, cosines, 1) + np.tensordot(per_u * s, sines, 1)) - 2 * float(
        per_u @ square
    )
    return slope, log_gamma, influence


def _hill(array: np.ndarray, k: int | None, gates: tuple[str, ...]) -> Estimate:
    if array.ndim != 1:
        raise InputError(f"measure.tail_index: hill needs one draw per replicate, not shape {array.shape}")
    n = len(array)
    if gates:
        return refused((), n, gates)
    k = max(2, n // 100) if k is None else k
    if not 2 <= k < n:
        raise InputError(f"measure.tail_index: k={k} is outside 2 <= k < {n}")
    top = np.sort(np.abs(array))[::-1][: k + 1]
    with np.errstate(all="ignore"):
        alpha = np.asarray(1 / np.mean(np.log(top[:k] / top[k])))

    def interval(a: float) -> tuple[np.ndarray, np.ndarray]:
        return alpha * special.gammaincinv(k, a) / k, alpha * special.chdtri(2 * k, a) / (2 * k)

    return Estimate(alpha, alpha / math.sqrt(k), n, interval)
