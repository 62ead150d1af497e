r"""A measured number with its error: the only thing that can reach a verdict.

    y_1 .. y_n independent replicates,    T = (mean(y) - mu) / se,    se = s / sqrt(n),    q = skew / sqrt(n)

    g(T) = T + q T^2/3 + q^2 T^3/27 + q/6        has Student's quantiles up to O(1/n)                [hall1992]

    g^-1(x) = (3/q) ((1 + q (x - q/6))^(1/3) - 1)

    interval(a) = mean(y) - se * [max(t_(1-a), g^-1(t_(1-a))), min(t_a, g^-1(t_a))]

For skewed replicates Student's interval misses by skew (2 t^2 + 1) phi(t) / (6 sqrt(n)) more often than it says, which
at the levels of a verdict doubles the error rate; g removes that term. The wider of both is taken on each side,
because the skewness is estimated too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from theorylab.errors import InputError

Limits = tuple[np.ndarray, np.ndarray]
REMEDY = "use log_scale, quantile or characteristic_function"


@dataclass(frozen=True, eq=False)
class Estimate:
    """`value` with `standard_error` from `n` replicates; arrays hold components.

    Attributes:
        value, standard_error: float64 arrays of one shape, () for a scalar.
        n: number of independent replicates.
        interval: `interval(a)` is (low, high), each side missed with probability a, in every component.
        gates: why the estimate must not be judged, if there is a reason.
        skew: sample skewness of the replicates; 0 where the interval is exact without it.
        tests: number of distinct statements for Holm's correction; 1 where the interval holds for all at once.
    """

    value: np.ndarray
    standard_error: np.ndarray
    n: int
    interval: Callable[[float], Limits]
    gates: tuple[str, ...] = ()
    skew: Any = 0.0
    tests: int = 1

    def gated(self, *gates: str | Iterable[str]) -> Estimate:
        """The same estimate with further gates, each a text or a collection of texts (empty: passed)."""
        found = [g for gate in gates for g in ((gate,) if isinstance(gate, str) else gate)]
        return replace(self, gates=self.gates + tuple(found))

    @property
    def sd(self) -> np.ndarray:
        """Standard deviation of one replicate."""
        return self.standard_error * np.sqrt(self.n)

    def __str__(self) -> str:
        if self.value.ndim:
            return f"{self.value.size} components, n = {self.n}"
        return f"{float(self.value):.6g} +- {float(self.standard_error):.2g} (n = {self.n})"


def replicates(name: str, values: Any, fewest: int = 2) -> tuple[np.ndarray, tuple[str, ...]]:
    """Values as float64 with the replicate axis first, and the gate of non-finite ones, which become NaN throughout.

    Raises:
        InputError: no replicate axis, or fewer than `fewest` replicates.
    """
    array = np.asarray(values, dtype=float)
    if array.ndim == 0 or len(array) < fewest:
        raise InputError(f"measure.{name}: values of shape {array.shape} hold fewer than {fewest} replicates")
    bad = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
    if not bad.any():
        return array, ()
    array = array.copy()
    array[bad] = np.nan
    return array, (f"non-finite replicates: {bad.sum()} of {len(array)}",)


def refused(shape: tuple[int, ...], n: int, gates: tuple[str, ...]) -> Estimate:
    """An estimate that a gate stopped: NaN, known to lie anywhere."""
    nan, inf = np.full(shape, np.nan), np.full(shape, np.inf)
    return Estimate(nan, nan, n, lambda a: (-inf, inf), gates)


def finite_variance(name: str, alpha: float, moment: str) -> None:
    """Refuse averages that the tail of a stable law with index `alpha` forbids."""
    if not 0 < alpha <= 2:
        raise InputError(f"measure.{name}: alpha={alpha} is outside 0 < alpha <= 2")
    if alpha < 2:
        raise InputError(f"measure.{name}: alpha={alpha} is below 2: {moment}; {REMEDY}")


def student_quantile(level: Any, freedom: Any) -> Any:
    """The upper quantile of Student's law: P(T > t) = level."""
    return np.where(np.asarray(level) > 0, -special.stdtrit(freedom, level), np.inf)  # at 0 scipy's has no sign


def limits(value: Any, standard_error: Any, skew: Any, n: Any, level: Any) -> Limits:
    """The interval of the module's head from summary statistics (arrays of any one shape) [hall1992]."""
    q = np.asarray(skew, dtype=float) / np.sqrt(n)
    q = np.where(np.abs(q) < 1e-6, 1e-6, q)  # Student's interval up to a relative 1e-6; below, cbrt cancels
    t = student_quantile(level, np.asarray(n) - 1)

    def inverse(x: Any) -> Any:
        return 3 / q * (np.cbrt(1 + q * (x - q / 6)) - 1)

    low, high = np.maximum(t, inverse(t)), np.minimum(-t, inverse(-t))
    return value - standard_error * low, value - standard_error * high


def summary(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard error and skewness over the first axis."""
    n, mean = len(values), values.mean(axis=0)
    centred = values - mean
    variance = (centred**2).mean(axis=0)
    third = (centred**3).mean(axis=0)
    skew = np.divide(third, variance**1.5, out=np.zeros_like(third), where=variance > 0)
    return mean, np.sqrt(variance / (n - 1)), skew


def student(
    values: np.ndarray, gates: tuple[str, ...] = (), deterministic: bool = False, value: Any = None
) -> Estimate:
    """The mean over replicates with its skew-corrected t interval.

    A component in which all replicates are equal has no error bar and confirms everything: a gate unless the run is
    said to be `deterministic`. With `value`, the replicates are influences of an estimate whose value that is.
    """
    with np.errstate(all="ignore"):
        mean, error, skew = summary(values)
    if not gates and not deterministic and np.any(flat := np.ptp(values, axis=0) == 0):
        where = f" (component {np.argwhere(flat)[0].tolist()})" if values.ndim > 1 else ""
        gates += (f"no spread between replicates{where}: say deterministic=True if the run is noise-free",)
    mean = np.asarray(mean if value is None else value, dtype=float)
    n = len(values)
    return Estimate(mean, error, n, lambda a: limits(mean, error, skew, n, a), gates, skew, max(1, mean.size))


def increasing(estimate: Estimate, f: Callable[[np.ndarray], np.ndarray], slope: np.ndarray) -> Estimate:
    """f(estimate) for an increasing f: the interval's ends are mapped, the standard error is multiplied by `slope`."""

    def interval(a: float) -> Limits:
        low, high = estimate.interval(a)
        return f(low), f(high)

    return replace(estimate, value=f(estimate.value), standard_error=estimate.standard_error * slope, interval=interval)


def joint(*parts: Estimate) -> Estimate:
    """One estimate whose components are those of `parts` in order: for a claim that predicts several numbers.

    >>> from theorylab import measure
    >>> joint(measure.mean([1.0, 3.0]), measure.mean([5.0, 7.0])).value.tolist()
    [2.0, 6.0]
    """
    if not parts:
        raise InputError("measure.joint: needs at least one estimate")

    def together(arrays: Iterable[Any]) -> np.ndarray:
        return np.concatenate([np.ravel(a) for a in arrays])

    def interval(a: float) -> Limits:
        ends = [p.interval(a) for p in parts]
        return together(e[0] for e in ends), together(e[1] for e in ends)

    return Estimate(
        together(p.value for p in parts),
        together(p.standard_error for p in parts),
        min(p.n for p in parts),
        interval,
        tuple(dict.fromkeys(g for p in parts for g in p.gates)),
        together(np.broadcast_to(p.skew, p.value.shape) for p in parts),
        sum(p.tests for p in parts),
    )
