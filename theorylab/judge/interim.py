"""One look of a verdict: the estimate from the first n replicates, its interval, and what it says of a band.

interval(a) inside the band -> agrees,     interval(a / number of components) apart from it -> disagrees
p_disagree = inf {level : the interval at that level is apart from the band}
needed n   = n (half-width (1 + z_.9 / z_a) / distance to the band's edge)^2
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from theorylab.errors import InputError
from theorylab.judge.decision import FEWEST, POWER, SKEW, decide, enough, mixture_reach
from theorylab.measure import Estimate

SMALLEST = 1e-30  # p-values are not resolved below it


@dataclass(frozen=True)
class Look:
    """The estimate at one look, with the miss probability `a` of this look's interval on each side."""

    estimate: Estimate
    claim: np.ndarray
    a: float
    cells: int
    first: int | None  # first look of an open-ended plan
    gates: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.estimate.value.shape != self.claim.shape:
            raise InputError(f"judge: measured has shape {self.estimate.value.shape}, predicted {self.claim.shape}")

    @property
    def reasons(self) -> tuple[str, ...]:
        """Gates that make the verdict invalid."""
        unpredicted = () if np.isfinite(self.claim).all() else ("the prediction is not finite",)
        nan = (
            ("the estimate is not a number",) if np.isnan(self.estimate.value).any() and not self.estimate.gates else ()
        )
        return tuple(dict.fromkeys([*self.gates, *self.estimate.gates, *unpredicted, *nan]))

    @property
    def shortage(self) -> str:
        """Why the replicates do not carry the interval yet, or ""."""
        e = self.estimate
        if np.all(enough(e.n, e.skew)):
            return ""
        if e.n < FEWEST:
            return f"too few replicates: {e.n} of {FEWEST}"
        return f"too skewed for the interval: {e.n} of {math.ceil(SKEW * np.max(np.square(e.skew)))} replicates"

    def limits(self, a: float) -> tuple[np.ndarray, np.ndarray]:
        """The interval with miss probability a on each side."""
        e = self.estimate
        if self.first is None:
            return e.interval(a)
        reach = mixture_reach(e.sd, e.n, self.first, a)
        return e.value - reach, e.value + reach

    def code(self, allowed: tuple[Any, Any]) -> int:
        """Decision against a band."""
        inner, outer = self.limits(self.a), self.limits(self.a / self.estimate.tests / self.cells)
        ready = np.broadcast_to(enough(self.estimate.n, self.estimate.skew), self.claim.shape)
        return int(decide(_flat(inner), _flat(outer), _flat(allowed), np.ravel(ready)))

    def p_disagree(self, allowed: tuple[Any, Any]) -> float:
        """Smallest level at which some component's interval misses the band, times their number."""
        ready = enough(self.estimate.n, self.estimate.skew)

        def apart(a: float) -> bool:
            low, high = self.limits(a)
            return bool(np.any(((low > allowed[1]) | (high < allowed[0])) & ready))

        if not apart(0.49):
            return 1.0
        sharp = self.a / self.estimate.tests / self.cells
        no, yes = math.log(SMALLEST), math.log(sharp if apart(sharp) else 0.49)
        if apart(SMALLEST):
            yes = no
        while yes - no > 1e-3:
            middle = (no + yes) / 2
            no, yes = (no, middle) if apart(math.exp(middle)) else (middle, yes)
        return min(1.0, self.estimate.tests * math.exp(yes))

    def needed(self, allowed: tuple[Any, Any]) -> int | None:
        """Replicates in all for a decision with probability .9 if the truth is as measured."""
        if self.reasons:
            return None
        e, (low, high) = self.estimate, self.limits(self.a)
        with np.errstate(all="ignore"):
            slack = np.minimum(e.value - allowed[0], allowed[1] - e.value)
            need = e.n * ((high - low) / 2 * (1 + special.ndtri(1 - POWER) / special.ndtri(self.a)) / slack) ** 2
            n = float(np.max(need)) if np.all(slack > 0) else float(np.min(np.where(slack < 0, need, np.inf)))
        n = max(n, FEWEST, SKEW * float(np.max(np.square(e.skew))))
        return math.ceil(n) if math.isfinite(n) else None


def _flat(ends: tuple[Any, Any]) -> tuple[np.ndarray, np.ndarray]:
    return np.ravel(ends[0]), np.ravel(ends[1])
