r"""Times until something happens, some of them censored: seen only to be longer than the horizon.

exponential law:  tau = total time / events,     2 total / tau ~ chi^2 with 2 events degrees of freedom
any law:          S(t) = prod_(t_i <= t) (1 - d_i / n_i)                                              [kaplan1958]
restricted mean:  int_0^horizon S dt
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from theorylab.errors import InputError
from theorylab.measure.estimate import Estimate, Limits, limits, refused, replicates


def _observed(
    name: str, times: Any, censored: Any, horizon: float | None
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Times (censored ones at the horizon), which of them are events, gates. Negative times mean censored."""
    array, gates = replicates(name, times)
    if array.ndim != 1:
        raise InputError(f"measure.{name}: times of shape {array.shape} are not one per replicate")
    cut = array < 0 if censored is None else np.asarray(censored, dtype=bool)
    if cut.shape != array.shape:
        raise InputError(f"measure.{name}: censored of shape {cut.shape} does not match times of shape {array.shape}")
    if horizon is None:
        if np.any(array[cut] < 0):
            raise InputError(f"measure.{name}: censored times are negative and no horizon is given")
        horizon = float(array.max())
    t = np.where(cut & (array < 0), horizon, array)
    if not gates and (np.any(t > horizon) or np.any(t < 0)):
        raise InputError(f"measure.{name}: times are outside 0 <= t <= horizon={horizon:g}")
    return t, ~cut, gates


def _survival(t: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Event times, S just after each, events and number at risk there."""
    from scipy import stats  # slow to import, needed here alone

    found = stats.ecdf(stats.CensoredData(uncensored=t[event], right=t[~event]))
    inside = np.isin(found.sf.quantiles, t[event])
    when = found.sf.quantiles[inside]
    risk = len(t) - np.searchsorted(np.sort(t), when, side="left")
    events = np.searchsorted(np.sort(t[event]), when, side="right") - np.searchsorted(
        np.sort(t[event]), when, side="left"
    )
    return when, found.sf.probabilities[inside], events, risk


def exit_time(
    times: Any, censored: Any = None, horizon: float | None = None, *, exponentiality: float = 0.05
) -> Estimate:
    r"""Mean exit time of an exponential law from times cut at a horizon: total time / events.

        interval:  2 total / chi^2_(1-a)(2 N + 2 if any is censored)  ..  2 total / chi^2_a(2 N)

    Args:
        times: shape (n,), any unit; negative means censored, unless `censored` says which are.
        censored: bool (n,).
        horizon: time up to which replicates were watched; by default the longest time.
        exponentiality: largest distance between the Kaplan-Meier curve and the exponential with that mean; beyond it by
            more than chance (1e-4) the estimate has the gate "not exponential".

    Raises:
        InputError: times outside 0 .. horizon, shapes that differ, no horizon for censored times.

    >>> import numpy as np
    >>> times = -2.0 * np.log((np.arange(1000) + 0.5) / 1000)
    >>> print(f"{exit_time(times).value:.3f}")
    1.999
    """
    t, event, gates = _observed("exit_time", times, censored, horizon)
    if gates:
        return refused((), len(t), gates)
    total, number, n = t.sum(), int(event.sum()), len(t)
    tau = np.asarray(total / number if number else np.inf)

    def interval(a: float) -> Limits:
        low = 2 * total / special.chdtri(2 * number + (0 if number == n else 2), a)
        return np.asarray(low), np.asarray(total / special.gammaincinv(number, a) if number else np.inf)

    if number:
        when, after, _, _ = _survival(t, event)
        law = np.exp(-when / tau)
        before = np.concatenate([[1.0], after[:-1]])
        distance = max(np.abs(after - law).max(), np.abs(before - law).max())
        if distance - np.sqrt(np.log(2 / 1e-4) / (2 * n)) > exponentiality:
            gates += (f"not exponential: distance {distance:.3f} from the exponential law",)
    return Estimate(tau, tau / np.sqrt(max(number, 1)), n, interval, gates)


def median_time(times: Any, censored: Any = None, horizon: float | None = None) -> Estimate:
    """Median time by Kaplan and Meier [kaplan1958]; the interval holds the t whose log-log interval for S contains 1/2.

    Arguments as in `exit_time`. Gate "more than half censored" where the curve does not reach 1/2: compare
    `restricted_mean` instead.

    >>> median_time([1.0, 2.0, 3.0, -1.0, -1.0], horizon=4.0).value.item()
    3.0
    """
    t, event, gates = _observed("median_time", times, censored, horizon)
    if gates:
        return refused((), len(t), gates)
    when, after, events, risk = _survival(t, event) if event.any() else (np.zeros(0),) * 4
    below = when[after <= 0.5]
    if not len(below):
        gates += (f"more than half censored: {int((~event).sum())} of {len(t)}",)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (risk * (risk - events)))
        centre, spread = np.log(-np.log(after)), np.sqrt(greenwood) / np.abs(np.log(after))

    def interval(a: float) -> Limits:
        z = -special.ndtri(a)
        with np.errstate(invalid="ignore", over="ignore"):
            lowest = np.where(after > 0, np.exp(-np.exp(centre + z * spread)), 0.0)
            highest = np.where(after > 0, np.exp(-np.exp(centre - z * spread)), 0.0)
        first, last = when[lowest <= 0.5], when[highest <= 0.5]
        return np.asarray(first[0] if len(first) else np.inf), np.asarray(last[0] if len(last) else np.inf)

    low, high = interval(0.15865525393145707)
    with np.errstate(invalid="ignore"):
        error = np.asarray((high - low) / 2)
    return Estimate(np.asarray(below[0] if len(below) else np.inf), error, len(t), interval, gates)


def restricted_mean(times: Any, censored: Any = None, horizon: float | None = None) -> Estimate:
    r"""Mean of min(t, horizon), :math:`\int_0^h S\,dt`, whatever the law and the share of censored replicates.

        Var = sum_i (int_(t_i)^h S dt)^2 d_i / (n_i (n_i - d_i))                                            [kaplan1958]

    Arguments as in `exit_time`. With censoring at the horizon alone this is the plain mean of min(t, horizon).

    >>> restricted_mean([1.0, 2.0, -1.0, -1.0], horizon=4.0).value.item()
    2.75
    """
    t, event, gates = _observed("restricted_mean", times, censored, horizon)
    if gates:
        return refused((), len(t), gates)
    end = float(t.max() if horizon is None else horizon)
    when, after, events, risk = _survival(t, event) if event.any() else (np.zeros(0),) * 4
    edges = np.concatenate([[0.0], when, [end]])
    areas = np.concatenate([[1.0], after]) * np.diff(edges)
    rest = np.cumsum(areas[::-1])[::-1][1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(risk > events, rest**2 * events / (risk * (risk - events)), 0.0)
    n, seen = len(t), np.minimum(t, end)
    error = np.sqrt(terms.sum() * n / (n - 1))
    centred = seen - seen.mean()
    skew = np.asarray((centred**3).mean() / max((centred**2).mean(), np.finfo(float).tiny) ** 1.5)
    if error == 0:
        gates += ("no spread between replicates",)
    value = np.asarray(areas.sum())
    return Estimate(value, np.asarray(error), n, lambda a: limits(value, error, skew, n, a), gates, skew)
