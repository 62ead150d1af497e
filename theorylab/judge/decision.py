r"""The arithmetic of a verdict: an interval is compared with a band, never a p-value with 0.05.

    interval inside the band -> agrees,    interval and band apart -> disagrees,    else undecided

    alpha' = alpha / 3 (less a reserve, `shares`) on each side at each of three planned looks R1, 2 R1, the whole budget
    R1 = (z_(1-alpha/3) + z_.95)^2 (sd/margin)^2 = 19 (sd/margin)^2,    sd: 80 % upper limit from the pilot
    no look before n >= max(32, 28 skew^2)

An agreement is a pair of one-sided tests, a disagreement its mirror image: each is wrong with probability at most alpha
where the truth lies on the band's edge. Agreement of many components or cells needs no correction (each must agree);
disagreement somewhere is Holm's. The rates hold for replicates of skewness up to about 2 at a hundred of them; for a
lognormal law of log-sd 1 (skewness 6) and sd/margin = 2 the wrong decision has probability 0.019, so such a law is
measured through its logarithm. All functions work on arrays of summary statistics, components on the last axis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from theorylab.errors import InputError
from theorylab.measure import Estimate

LOOKS = 3
RESERVE = 0.2
FEWEST = 32
SKEW = 28.0
POWER = 0.9
AGREES, UNDECIDED, DISAGREES = 1, 0, -1
WORDS = {AGREES: "agrees", UNDECIDED: "undecided", DISAGREES: "disagrees"}


def enough(n: Any, skew: Any) -> Any:
    """Whether n replicates of that skewness carry the interval: n >= max(32, 28 skew^2)."""
    return np.asarray(n) >= np.maximum(FEWEST, SKEW * np.asarray(skew, dtype=float) ** 2)


def shares(looks: int) -> float:
    """What the level is divided by for each side of each look.

    A plan of fewer than three looks is judged as one of three: the verdict on what is on disk so far is then the one
    that the whole plan gives at that look. One fifth of the level is held back for a size that depends on the pilot and
    a skewness that is estimated; with it the measured rates keep the level (tests/test_verdict_rates.py).
    """
    return max(LOOKS, looks) / (1 - RESERVE)


def band(predicted: Any, margin: Any, ordering: bool = False) -> tuple[Any, Any]:
    """Where the truth may lie: predicted +- margin, or for an ordering everything from predicted + margin up."""
    if ordering:
        return predicted + margin, np.full_like(predicted, np.inf)
    return predicted - margin, predicted + margin


def decide(inner: tuple[Any, Any], outer: tuple[Any, Any], allowed: tuple[Any, Any], ready: Any) -> np.ndarray:
    """Codes AGREES, UNDECIDED, DISAGREES over the leading axes; components on the last.

    Args:
        inner: interval for agreement: all components inside `allowed`.
        outer: interval for disagreement: some component apart from `allowed`.
        ready: which components have enough replicates.
    """
    inside = (inner[0] > allowed[0]) & (inner[1] < allowed[1]) & ready
    apart = ((outer[0] > allowed[1]) | (outer[1] < allowed[0])) & ready
    return np.where(inside.all(axis=-1), AGREES, np.where(apart.any(axis=-1), DISAGREES, UNDECIDED))


def first_decision(codes: Any) -> np.ndarray:
    """The first decision along the first axis (looks), or UNDECIDED."""
    codes = np.asarray(codes)
    first = np.argmax(codes != UNDECIDED, axis=0)
    return np.take_along_axis(codes, first[None], axis=0)[0]


def first_look(sd: Any, margin: Any, pilot: int, skew: Any = 0.0, level: float = 0.01, tests: int = 1) -> Any:
    """Replicates R1 of the first look, from a pilot of `pilot` replicates with that sd and skewness (arrays allowed).

    19 (sd/margin)^2 with the 80 % upper limit of sd, for power .9 at a right theory shared among `tests` components;
    not below the pilot, nor below what the skewness asks.
    """
    upper = np.asarray(sd) * math.sqrt((pilot - 1) / (2 * special.gammaincinv((pilot - 1) / 2, 0.2)))
    z = -special.ndtri(level / LOOKS) - special.ndtri((1 - POWER) / 2 / tests)
    need = np.maximum((z * upper / margin) ** 2, SKEW * np.asarray(skew, dtype=float) ** 2)
    return np.ceil(np.maximum(need, pilot))


def looks(
    pilot: Estimate, margin: Any, *, chunk: int = 1, budget: int | None = None, level: float = 0.01
) -> tuple[int, ...]:
    """Planned looks (R1, 2 R1, the budget; 4 R1 without one) from the estimate that the first replicates give.

    Args:
        pilot: estimate from the pilot, 64 replicates by custom.
        margin: absolute margin, scalar or per component; the component that needs most sets R1.
        chunk: looks are whole multiples of it.
        budget: largest number of replicates: the last look, whatever the pilot has promised.

    Raises:
        InputError: a margin that is not positive, or a pilot of fewer than two replicates.
    """
    margin = positive(margin)
    if pilot.n < 2:
        raise InputError(f"looks: a pilot of n={pilot.n} replicates has no spread")
    sd = np.where(np.isfinite(pilot.sd), pilot.sd, np.inf)
    with np.errstate(invalid="ignore"):
        need = np.max(first_look(sd, margin, pilot.n, np.nan_to_num(pilot.skew), level, pilot.tests))
    most = math.inf if budget is None else max(budget, 1)
    if not math.isfinite(need):
        if budget is None:
            raise InputError("looks: the pilot has no finite spread; no plan without a budget")
        need = most
    first = chunk * math.ceil(need / chunk)
    sizes = [min(first, most), min(2 * first, most), 4 * first if budget is None else most]
    return tuple(int(r) for r in dict.fromkeys(sizes))


def positive(margin: Any) -> np.ndarray:
    """The margin as an array; `InputError` unless it is positive and finite everywhere."""
    margin = np.asarray(margin, dtype=float)
    if not (np.all(margin > 0) and np.all(np.isfinite(margin))):
        raise InputError(f"margin={margin.tolist()} is not positive and finite; a claim of zero declares its scale")
    return margin


def mixture_reach(sd: Any, n: Any, first: float, a: Any) -> Any:
    """Half-width of the normal-mixture confidence sequence, valid at all n >= first at once (asymptotically).

    sd sqrt(2 (n r + 1) / (n^2 r) log(sqrt(n r + 1) / (2 a))),   r = 2 log(1/(2 a)) / first          [waudbysmith2024]
    """
    r = 2 * np.log(1 / (2 * np.asarray(a))) / first
    return sd * np.sqrt(2 * (n * r + 1) / (n**2 * r) * np.log(np.sqrt(n * r + 1) / (2 * np.asarray(a))))


def distinct(control: Any, predicted: Any, margin: Any, ordering: bool = False) -> bool:
    """Whether a control can be told from the claim: in some component it lies two margins away or more."""
    low, high = band(np.asarray(predicted, dtype=float), np.asarray(margin, dtype=float), ordering)
    return bool(np.any((control + margin <= low) | (control - margin >= high)))


def too_close(
    controls: Mapping[str, Sequence[Any]], predictions: Sequence[Any], margins: Sequence[Any]
) -> tuple[str, ...]:
    """Controls nearer than twice the margin in every cell; no plan may contain one.

    Args:
        controls: for each name its values over the cells (None or NaN where it says nothing).
        predictions, margins: over the same cells.
    """

    def seen(value: Any, predicted: Any, margin: Any) -> bool:
        return value is not None and distinct(np.asarray(value, dtype=float), predicted, margin)

    return tuple(
        name
        for name, values in controls.items()
        if not any(seen(v, p, m) for v, p, m in zip(values, predictions, margins, strict=True))
    )


def holm(p: Any, level: float = 0.01) -> np.ndarray:
    """Which of several null hypotheses Holm's step-down test rejects, family-wise at `level` [holm1979]."""
    p = np.asarray(p, dtype=float)
    order = np.argsort(p, axis=-1)
    count = p.shape[-1]
    passed = np.logical_and.accumulate(np.take_along_axis(p, order, -1) <= level / (count - np.arange(count)), axis=-1)
    found = np.zeros(p.shape, dtype=bool)
    np.put_along_axis(found, order, passed, -1)
    return found


def idle_controls(cells: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Controls that no cell rejects though some cell could: with them the family is powerless.

    Args:
        cells: for each cell the outcome of every control.
    """
    names = dict.fromkeys(name for cell in cells for name in cell)
    outcomes = {name: {cell[name] for cell in cells if name in cell} for name in names}
    return tuple(name for name in names if outcomes[name] != {"indistinct"} and "disagrees" not in outcomes[name])


def family(
    outcomes: Sequence[str], p_disagree: Sequence[float | None], *, idle: Sequence[str] = (), level: float = 0.01
) -> str:
    """The word for a whole family of cells.

    disagrees: Holm rejects some cell, family-wise at `level`; else invalid: some cell is; else powerless: a control in
    `idle`, or a cell's own word; agrees: every cell agrees; undecided: anything else, also a cell that disagrees alone
    but not after Holm.
    """
    p = [1.0 if q is None or outcome == "invalid" else q for outcome, q in zip(outcomes, p_disagree, strict=True)]
    if p and holm(p, level).any():
        return "disagrees"
    for word in ("invalid", "powerless"):
        if word in outcomes or (word == "powerless" and idle):
            return word
    return "agrees" if outcomes and all(word == "agrees" for word in outcomes) else "undecided"
