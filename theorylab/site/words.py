"""Numbers and outcomes as words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MEANINGS = {
    "agrees": "the whole interval of measured minus predicted lies inside the margin",
    "disagrees": "the whole interval lies outside the margin",
    "undecided": "the interval crosses the margin's edge: more replicates would settle it",
    "powerless": "a control that should have been rejected was not",
    "invalid": "a gate failed, so nothing is concluded",
    "not judged": "there is no fresh record",
}
_WORST = ("invalid", "disagrees", "powerless", "undecided", "agrees")


def together(outcomes: Sequence[str]) -> str:
    """What several outcomes say: the worst of them; `not judged` where there are none."""
    return next((word for word in _WORST if word in outcomes), "not judged")


def number(value: Any, digits: int = 5) -> str:
    """A number, array or dictionary in few digits."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {number(v, digits)}" for k, v in value.items())
    array = np.asarray(value, dtype=object)
    if array.ndim:
        flat = array.ravel()
        rest = f", … {flat.size} values" if flat.size > 4 else ""
        return f"[{', '.join(number(v, digits) for v in flat[:4])}{rest}]"
    value = array.item()
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return str(value)
    return _scientific(f"{float(value):.{digits}g}") if math.isfinite(value) else "–"


def measured(value: float | None, error: float | None) -> str:
    """Value and standard error to two digits of the error: `0.01313 ± 0.00011`."""
    value, error = (float("nan") if x is None else float(x) for x in (value, error))
    if not (math.isfinite(value) and math.isfinite(error)) or error <= 0:
        return number(value)
    places = 1 - math.floor(math.log10(error))
    if not 0 <= places <= 7:
        return f"{number(value)} ± {number(error, 2)}"
    return f"{value:.{places}f} ± {error:.{places}f}"


def _scientific(text: str) -> str:
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa} × 10^{int(exponent)}" if e else mantissa


def cell(values: Mapping[str, Any]) -> str:
    """A verdict's cell in a line: `eta = 0.1, noise = gaussian`."""
    shown = {k: v for k, v in values.items() if k != "tier"}
    return ", ".join(v if k == "noise" else f"{k} = {number(v)}" for k, v in shown.items())


def counted(words: Sequence[str]) -> str:
    """`agrees in 7, undecided in 1 of 8 cells`."""
    if not words:
        return ""
    parts = [f"{word} in {words.count(word)}" for word in dict.fromkeys(words)]
    return f"{', '.join(parts)} of {len(words)} cell{'s' if len(words) > 1 else ''}"


def duration(seconds: float | None) -> str:
    """Seconds in a readable unit."""
    if seconds is None:
        return "–"
    unit, name = (1, "s") if seconds < 120 else (60, "min") if seconds < 7200 else (3600, "h")
    return f"{seconds / unit:.1f} {name}"
