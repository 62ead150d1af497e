r"""Quantiles and whole laws, with no assumption on the tail.

P(X_(j) > x_p) = P(Bin(n, p) < j)                              order statistics bound one quantile
P(sup |F_n - F| > e) <= 2 exp(-2 n e^2)                        and all of them at once                [massart1990]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from theorylab.errors import InputError
from theorylab.measure.estimate import Estimate, Limits, replicates

ONE_SIGMA = 0.15865525393145707  # probability beyond one standard deviation


def quantile(values: Any, p: Any) -> Estimate:
    """Quantiles at probabilities p, shape (n, ...) -> p.shape + (...), each with its order-statistics interval.

    The standard error is half the interval's width at one standard deviation. An end is infinite where the replicates
    cannot bound it.

    Raises:
        InputError: p outside 0 < p < 1.

    >>> quantile(range(1, 100), 0.5).value.item()
    50.0
    """
    from scipy import stats  # slow to import, needed here alone

    array, gates = replicates("quantile", values)
    p = _probabilities("quantile", p)
    n = len(array)
    return _from_ranks(array, p, gates, lambda a: (stats.binom.ppf(a, n, p), stats.binom.isf(a, n, p) + 1))


def law(values: Any, cdf_or_quantiles: Any) -> Estimate:
    """A whole law, shape (n,), in one of two ways, both with a band that holds everywhere at once [massart1990].

    With an array of probabilities: the quantiles there, to be compared with the predicted ones. With a function: the
    distance sup |F_n - cdf|, to be compared with 0; a distance is a weak test of scale (one 5 % off gives
    0.012), so its margin is 0.01 or less and claims on scale and tail stand beside it. Values are one per replicate:
    draws pooled along time reject a true law.

    Raises:
        InputError: values not of shape (n,), probabilities outside (0, 1), or a function whose values are.

    >>> import numpy as np
    >>> uniform = (np.arange(1000) + 0.5) / 1000
    >>> print(f"{law(uniform, lambda x: x).value:.4f}")
    0.0005
    """
    array, gates = replicates("law", values)
    if array.ndim != 1:
        raise InputError(f"measure.law: values of shape {array.shape} are not one per replicate")
    n = len(array)

    def reach(a: float) -> float:
        return float(np.sqrt(np.log(2 / a) / (2 * n)))

    if not callable(cdf_or_quantiles):
        p = _probabilities("law", cdf_or_quantiles)
        return _from_ranks(
            array, p, gates, lambda a: (np.floor(n * (p - reach(a))), np.ceil(n * (p + reach(a))) + 1), True
        )
    distance = np.asarray(_distance(np.sort(array), cdf_or_quantiles))

    def interval(a: float) -> Limits:
        return np.maximum(distance - reach(a), 0.0), np.minimum(distance + reach(a), 1.0)

    return Estimate(distance, np.asarray(reach(2 * ONE_SIGMA) / 2), n, interval, gates)


def _distance(ordered: np.ndarray, cdf: Callable[[np.ndarray], Any]) -> float:
    n, below = len(ordered), np.asarray(cdf(ordered), dtype=float)
    if below.shape != ordered.shape or not np.all((below >= 0) & (below <= 1)):
        raise InputError("measure.law: the cdf does not map values of shape (n,) to probabilities of shape (n,)")
    return float(max((np.arange(1, n + 1) / n - below).max(), (below - np.arange(n) / n).max()))


def _probabilities(name: str, p: Any) -> np.ndarray:
    p = np.asarray(p, dtype=float)
    if not np.all((p > 0) & (p < 1)):
        raise InputError(f"measure.{name}: probabilities {p.tolist()} are not all in 0 < p < 1")
    return p


def _from_ranks(
    array: np.ndarray,
    p: np.ndarray,
    gates: tuple[str, ...],
    ranks: Callable[[float], tuple[np.ndarray, np.ndarray]],
    together: bool = False,
) -> Estimate:
    """Quantiles whose interval ends are the order statistics of ranks 1 .. n given for each miss probability."""
    n, rest = len(array), array.shape[1:]
    ordered = np.concatenate([np.full((1, *rest), -np.inf), np.sort(array, axis=0), np.full((1, *rest), np.inf)])

    def interval(a: float) -> Limits:
        low, high = (np.clip(r, 0, n + 1).astype(int) for r in ranks(a))
        return ordered[low], ordered[high]

    with np.errstate(invalid="ignore"):
        low, high = interval(ONE_SIGMA)
        error = (high - low) / 2
    value = np.asarray(np.quantile(array, p, axis=0, method="hazen"))
    return Estimate(value, error, n, interval, gates, 0.0, 1 if together else max(1, value.size))
