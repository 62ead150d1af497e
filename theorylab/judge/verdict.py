"""Judging a measurement against a prediction: agrees, disagrees, undecided, powerless or invalid.

`judge` takes up to three planned looks at growing numbers of replicates and stops at the first decision; what a
decision is stands in `theorylab.judge.decision`. A failed gate gives `invalid`: non-finite replicates, no spread, not
stationary, too many diverged, not exponential, more than half censored, poor fit; more replicates do not help there.
Too few replicates for their skewness give `undecided`, with the number that would do. `powerless` is said of a family
(`family_of`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import special

from theorylab.errors import InputError
from theorylab.judge.decision import (
    FEWEST,
    LOOKS,
    POWER,
    UNDECIDED,
    WORDS,
    band,
    distinct,
    family,
    first_decision,
    holm,
    idle_controls,
    looks,
    positive,
    shares,
    too_close,
)
from theorylab.judge.interim import Look
from theorylab.measure import Estimate

__all__ = ["Verdict", "band_for", "family", "family_of", "holm", "idle_controls", "judge", "looks", "too_close"]


@dataclass(frozen=True, eq=False)
class Verdict:
    """One claim in one cell. `str(verdict)` is one line, `as_dict()` the row of `theorylab check --json`.

    Attributes:
        outcome: agrees, disagrees, undecided or invalid.
        predicted, measured, standard_error, margin: arrays of one shape, () for a scalar.
        n: replicates at the last look taken.
        needed_n: replicates in all that settle it with probability .9 if the truth is as measured; None if none would.
        gate: why it is invalid, or too skewed; "" otherwise.
        controls: outcome of each control: disagrees (rejected), agrees, undecided, indistinct, invalid.
        low, high: the interval that was compared with the band.
        p_disagree: p-value of "the truth lies in the band", for Holm over a family; 1 when invalid.
    """

    outcome: str
    predicted: np.ndarray
    measured: np.ndarray
    standard_error: np.ndarray
    n: int
    margin: np.ndarray
    needed_n: int | None
    gate: str
    controls: Mapping[str, str] = field(default_factory=dict)
    low: Any = math.nan
    high: Any = math.nan
    p_disagree: float = 1.0
    level: float = 0.01

    @property
    def ratio(self) -> np.ndarray:
        """Measured over predicted; NaN where zero is predicted."""
        return np.divide(
            self.measured, self.predicted, out=np.full(self.measured.shape, np.nan), where=self.predicted != 0
        )

    @property
    def ratio_error(self) -> np.ndarray:
        """Standard error of the ratio."""
        size = np.abs(self.predicted)
        return np.divide(self.standard_error, size, out=np.full(self.measured.shape, np.nan), where=size != 0)

    @property
    def worst(self) -> tuple[int, ...]:
        """Index of the component that lies most margins from its prediction."""
        far = np.nan_to_num(np.abs(self.measured - self.predicted) / self.margin, nan=np.inf)
        return tuple(int(i) for i in np.unravel_index(int(np.argmax(far)), far.shape))

    @property
    def ratio_text(self) -> str:
        """Measured/predicted with its error, "0.250 +- 0.003", of the worst component."""
        ratio, error = float(self.ratio[self.worst]), float(self.ratio_error[self.worst])
        if not math.isfinite(ratio):
            return "undefined (predicted 0)" if not self.predicted[self.worst] else "undefined"
        digits = 3 if not 0 < error < math.inf else int(np.clip(1 - math.floor(math.log10(error)), 0, 12))
        return f"{ratio:.{digits}f} +- {error:.{digits}f}"

    @property
    def smallest_factor(self) -> float | None:
        """Smallest f > 1 such that f times the truth, as a formula, these records reject with probability .9."""
        a = self.level / shares(LOOKS)
        wider = (special.ndtri(a / self.measured.size) + special.ndtri(1 - POWER)) / special.ndtri(a)
        reach = (np.asarray(self.high) - np.asarray(self.low)) / 2 * wider
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = 1 + (self.margin + reach) / np.abs(self.measured)
        found = factor[np.isfinite(factor)]
        return float(found.min()) if found.size else None

    def as_dict(self) -> dict[str, Any]:
        """Plain data: numbers, lists, None for infinities and NaN."""
        names = ("outcome", "predicted", "measured", "standard_error", "n", "margin", "needed_n", "gate", "p_disagree")
        return {k: _plain(getattr(self, k)) for k in names} | {
            "controls": [{"name": name, "outcome": outcome} for name, outcome in self.controls.items()]
        }

    def __str__(self) -> str:
        at, size = self.worst, self.measured.size
        where = f" (worst of {size} components, {list(at)})" if size > 1 else ""
        text = (
            f"{self.outcome}: predicted {float(self.predicted[at]):.6g}, measured {float(self.measured[at]):.6g} +- "
            f"{float(self.standard_error[at]):.2g}{where}, margin {float(self.margin[at]):.3g}, n = {self.n}, "
            f"needed n = {'unknown' if self.needed_n is None else self.needed_n}"
        )
        text += f"; gate: {self.gate}" if self.gate else ""
        return text + (
            f"; controls: {', '.join(f'{k} {v}' for k, v in self.controls.items())}" if self.controls else ""
        )


def judge(
    measured: Callable[[int], Estimate],
    predicted: Any,
    margin: Any,
    looks: Sequence[int],
    controls: Mapping[str, Any] | None = None,
    level: float = 0.01,
    *,
    gates: Sequence[str] = (),
    cells: int = 1,
    available: int | None = None,
    ordering: bool = False,
    open_ended: bool = False,
) -> Verdict:
    """Judge at the planned looks, in order, until a decision.

    Args:
        measured: `measured(r)` is the estimate from the first r replicates, shape as `predicted`.
        predicted: number or array; for an ordering A < B, zero, with `measured` the estimate of B - A.
        margin: absolute, declared beforehand; scalar or per component.
        looks: increasing numbers of replicates; see `looks`.
        controls: wrong predictions that these data should reject, each judged with the same interval and margin. One
            that lies nearer than two margins is `indistinct`. Agreement with the claim rejects the distinct ones.
        level: probability of a false agreement, and of a false disagreement, at the band's edge.
        gates: reasons not to judge that the caller has found.
        cells: size of the family among which this cell's disagreement shares the level (Bonferroni); 1 leaves the
            correction to `family`.
        available: replicates at hand: later looks are not taken yet; without any complete look, `undecided`.
        ordering: the claim is an inequality: agrees when the whole interval lies above the margin.
        open_ended: looks may be many (not below 32): the normal-mixture confidence sequence replaces three looks.

    Raises:
        InputError: looks that do not increase, a margin that is not positive, shapes that differ.
    """
    claim = np.asarray(predicted, dtype=float)
    width = np.array(np.broadcast_to(positive(margin), claim.shape))
    sizes = _planned(looks, open_ended)
    taken = [r for r in sizes if available is None or r <= available]
    share = shares(1) / LOOKS if open_ended else shares(len(sizes))
    rivals = {name: np.asarray(value, dtype=float) for name, value in (controls or {}).items()}
    allowed = band(claim, width, ordering)
    codes, p, found = [UNDECIDED], 1.0, None
    for r in taken or [int(available or 0)]:
        found = Look(measured(r), claim, level / share, cells, sizes[0] if open_ended else None, tuple(gates))
        if found.reasons or not taken:
            break
        codes.append(found.code(allowed))
        p = min(p, share * found.p_disagree(allowed))
        if codes[-1] != UNDECIDED:
            break
    assert found is not None
    outcome = "invalid" if found.reasons else WORDS[int(first_decision(codes))]
    judged = {}
    for name, value in rivals.items():
        if not np.isfinite(value).all() or not distinct(value, claim, width, ordering):
            judged[name] = "indistinct"
        elif outcome == "agrees":
            judged[name] = "disagrees"
        else:
            judged[name] = outcome if found.reasons or not taken else WORDS[found.code(band(value, width))]
    e, (low, high) = found.estimate, found.limits(level / share)
    return Verdict(
        outcome,
        claim,
        e.value,
        e.standard_error,
        e.n,
        width,
        found.needed(allowed),
        "; ".join(found.reasons) or found.shortage,
        judged,
        low,
        high,
        1.0 if found.reasons else min(1.0, p),
        level,
    )


def _planned(looks: Sequence[int], open_ended: bool) -> list[int]:
    sizes = [int(r) for r in looks]
    if not sizes or sizes[0] < 1 or any(a >= b for a, b in pairwise(sizes)):
        raise InputError(f"judge: looks={sizes} are not increasing and positive")
    if open_ended and sizes[0] < FEWEST:
        raise InputError(f"judge: an open-ended plan starts at n={sizes[0]}, below {FEWEST}")
    return sizes


def _plain(value: Any) -> Any:
    """Numbers and lists for JSON, None for infinities and NaN."""
    if isinstance(value, np.ndarray):
        return [_plain(v) for v in value] if value.ndim else _plain(float(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def family_of(verdicts: Sequence[Verdict], level: float = 0.01) -> str:
    """The word for a family of cells, `powerless` where a control is rejected in none of them; see `family`."""
    idle = idle_controls([v.controls for v in verdicts])
    return family([v.outcome for v in verdicts], [v.p_disagree for v in verdicts], idle=idle, level=level)


def band_for(exactness: Any, eta: float, margin: float, **symbols: float) -> float:
    """The margin widened by what the claim itself leaves out: |c| eta^p for a claim of order p with constant c.

    Allowed only up to half the margin, else a theory that is wrong by more than the margin could pass.

    Args:
        exactness: the claim's; any other kind than "order" leaves the margin as it is.
        margin: in the unit of the constant.
        symbols: values of the symbols in the constant.

    Raises:
        InputError: |c| eta^p > margin/2, naming the largest eta.
    """
    margin = float(positive(margin))
    if exactness.kind != "order":
        return margin
    constant = exactness.constant
    if hasattr(constant, "subs"):
        constant = constant.subs({s: symbols[s.name] for s in constant.free_symbols if s.name in symbols})
    p, c = float(exactness.p), abs(float(constant))
    if c * eta**p > margin / 2:
        raise InputError(
            f"eta={eta} leaves {c * eta**p:.3g} out, more than half the margin {margin:.3g}; "
            f"the largest eta is {(margin / 2 / c) ** (1 / p):.4g}, or extrapolate (measure.richardson)"
        )
    return margin + c * eta**p
