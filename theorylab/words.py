"""Values as words and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def parse(text: str) -> Any:
    """A value from the command line: JSON where it is JSON, a number where it is one, else the text itself."""
    for read in (json.loads, float):
        try:
            return read(text)
        except (ValueError, RecursionError):
            continue
    return text


def plain(value: Any) -> Any:
    """`value` as JSON has it: arrays as lists, infinities and NaN as null."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def finite(value: Any) -> bool:
    """Whether every number in `value` is there and finite."""
    if isinstance(value, Mapping):
        return all(finite(part) for part in value.values())
    return bool(np.all(np.isfinite(np.asarray(value, float))))


def number(value: Any, digits: int = 5) -> str:
    """A number or array in few digits."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {number(v, digits)}" for k, v in value.items())
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{array.item():.{digits}g}" if array.dtype.kind == "f" else str(array.item())
    body = ", ".join(number(v, digits) for v in array[:6])
    return f"[{body}{', ...' if len(array) > 6 else ''}]"


def text(value: Any) -> str:
    """A table's entry."""
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, Mapping):
        return " ".join(f"{k}={text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return ", ".join(value)
    return number(value)


def duration(seconds: float) -> str:
    """About how long, in words: `40 s`, `12 min`, `3.5 h`, `2.1 d`."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"about {seconds / size:.1f} {unit}" if seconds < 10 * size else f"about {seconds / size:.0f} {unit}"
    return f"about {max(1, round(seconds))} s"


def volume(size: float) -> str:
    """`3.4 MB`."""
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size / 1e3:.3g} kB"
