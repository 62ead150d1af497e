"""How long a computation takes without the compilation in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def timed(compute: Callable[[], dict[str, np.ndarray]]) -> tuple[dict[str, np.ndarray], float]:
    """The arrays, and the seconds they took without those in which this process compiled a program."""
    compiling, began = _Compiling.start(), time.monotonic()
    arrays = {name: np.asarray(value) for name, value in compute().items()}
    ended = time.monotonic()
    return arrays, max(ended - began - compiling.seconds(began, ended), 1e-3)


class _Compiling:
    """When this process traced and compiled: intervals on the clock, from any thread."""

    one: _Compiling | None = None

    def __init__(self) -> None:
        import jax.monitoring

        self.intervals: list[tuple[float, float]] = []
        self.lock = threading.Lock()
        jax.monitoring.register_event_duration_secs_listener(self._note)

    @classmethod
    def start(cls) -> _Compiling:
        """The one listener of this process."""
        cls.one = cls.one or cls()
        with cls.one.lock:
            cls.one.intervals.clear()
        return cls.one

    def _note(self, event: str, duration_secs: float, **_: Any) -> None:
        if "/compile/" in event or "/compilation_cache/" in event:
            now = time.monotonic()
            with self.lock:
                self.intervals.append((now - duration_secs, now))

    def seconds(self, began: float, ended: float) -> float:
        """Length of the union of the intervals within [began, ended]."""
        total, reached = 0.0, began
        with self.lock:
            for low, high in sorted(self.intervals):
                low, high = max(low, reached), min(high, ended)
                if high > low:
                    total, reached = total + high - low, high
        return total
