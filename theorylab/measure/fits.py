r"""Numbers read off several ensembles: exponents, limits in a small parameter, orders.

exponent:    m(x) = c x^a (1 + b f(x)),     weighted least squares of log m with the correction f named beforehand
richardson:  r_0 = (2^p r(eta/2) - r(eta)) / (2^p - 1)        removes an error of order p in eta
order:       p = log2((r(eta) - r(eta/2)) / (r(eta/2) - r(eta/4)))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

from theorylab.errors import InputError
from theorylab.measure.estimate import Estimate, Limits, refused, replicates, student, student_quantile


def exponent(
    x: Any,
    estimates: Sequence[Estimate],
    correction: Callable[[np.ndarray], Any] | float | None = None,
    *,
    goodness: float = 0.01,
) -> Estimate:
    """Exponent a of positive means m(x) = c x^a (1 + b f(x)), fitted to log means with their standard errors.

    A fit of mean logs, or one without the leading correction of a law that has one, is off by more than it says. The
    correction costs about three times the standard error; quote the plain exponent only where both agree.

    Args:
        x: (m,) positive abscissae.
        estimates: m independent scalar estimates.
        correction: f, or a number q for f(x) = x^q.
        goodness: probability with which a right form has the gate "poor fit".

    Raises:
        InputError: fewer points than parameters + 1, or x or means that are not positive.

    >>> from theorylab import measure
    >>> means = [measure.mean([x**0.5 * f for f in (0.99, 1.0, 1.01)]) for x in (1.0, 4.0, 16.0)]
    >>> print(f"{exponent([1.0, 4.0, 16.0], means).value:.3f}")
    0.500
    """
    x = np.asarray(x, dtype=float)
    m = np.array([float(e.value) for e in estimates])
    free = 3 if correction is not None else 2
    if x.shape != m.shape or len(x) <= free:
        raise InputError(
            f"measure.exponent: {len(m)} estimates at {x.size} points; needs one each, and more than {free}"
        )
    gates = tuple(dict.fromkeys(g for e in estimates for g in e.gates))
    n = min(e.n for e in estimates)
    if gates:
        return refused((), n, gates)
    if not (np.all(x > 0) and np.all(m > 0)):
        raise InputError("measure.exponent: x and the estimates must be positive")
    from scipy import optimize  # slow to import, needed here alone

    y, error = np.log(m), np.array([float(e.standard_error) for e in estimates]) / m
    f = np.zeros_like(x) if correction is None else np.asarray(correction(x) if callable(correction) else x**correction)
    u = np.log(x)

    def residual(q: np.ndarray) -> np.ndarray:
        grown = 1 + q[2] * f if free == 3 else np.ones_like(f)
        return (q[0] + q[1] * u + np.log(np.maximum(grown, 1e-12)) - y) / error

    start = np.linalg.lstsq(np.column_stack([np.ones_like(u), u]) / error[:, None], y / error, rcond=None)[0]
    fit = optimize.least_squares(
        residual, np.append(start, 0.0)[:free], x_scale="jac", xtol=1e-14, ftol=1e-14, gtol=1e-14
    )
    covariance = np.linalg.pinv(fit.jac.T @ fit.jac)
    value, spread, freedom = np.asarray(fit.x[1]), np.sqrt(covariance[1, 1]), len(x) - free
    p = float(special.chdtrc(freedom, 2 * fit.cost))
    if p < goodness:
        gates += (f"poor fit: chi2 = {2 * fit.cost:.1f} for {freedom} degrees of freedom (p = {p:.1e})",)

    def interval(a: float) -> Limits:
        reach = student_quantile(a, n - 1) * spread
        return value - reach, value + reach

    skew = max(float(np.max(np.abs(e.skew))) for e in estimates)
    return Estimate(value, np.asarray(spread), n, interval, gates, skew)


def richardson(coarse: Any, fine: Any, order: float, *, ratio: float = 2.0) -> Estimate:
    """Limit at zero step from replicates at step eta and eta/ratio, whose error is of the given order.

    Replicate i of both arrays, shape (n, ...), forms a pair. Pairs driven by the same noise (the coarse increment is
    the normalised sum of the fine ones) need about five times fewer replicates; unrelated ones are right too.

    Raises:
        InputError: shapes that differ, order <= 0 or ratio <= 1.

    >>> print(richardson([1.2, 1.4], [1.1, 1.3], order=1))
    1.1 +- 0.1 (n = 2)
    """
    if not (order > 0 and ratio > 1):
        raise InputError(f"measure.richardson: order={order}, ratio={ratio} is outside order > 0, ratio > 1")
    a, b, gates = _pair("richardson", coarse, fine)
    weight = ratio**order
    return student((weight * b - a) / (weight - 1), gates)


def order(coarse: Any, middle: Any, fine: Any, *, ratio: float = 2.0) -> Estimate:
    """Order of the error from replicates at steps eta, eta/ratio, eta/ratio^2, by the delta method on their means.

    Raises:
        InputError: shapes that differ, or differences of opposite sign (no order can be read off).

    >>> print(f"{order([1.40, 1.44], [1.20, 1.22], [1.10, 1.11]).value:.2f}")
    1.00
    """
    a, b, gates = _pair("order", coarse, middle)
    b, c, more = _pair("order", middle, fine)
    first, second = a - b, b - c
    top, bottom = first.mean(axis=0), second.mean(axis=0)
    if not (gates or more) and np.any(top * bottom <= 0):
        raise InputError("measure.order: the differences coarse - middle and middle - fine do not have one sign")
    with np.errstate(invalid="ignore"):
        influence = (first / top - second / bottom) / np.log(ratio)
        return student(influence, gates or more, value=np.log(top / bottom) / np.log(ratio))


def _pair(name: str, one: Any, other: Any) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    a, gates = replicates(name, one)
    b, more = replicates(name, other)
    if a.shape != b.shape:
        raise InputError(f"measure.{name}: shapes {a.shape} and {b.shape} differ")
    return a, b, gates or more
