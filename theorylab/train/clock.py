r"""Time of a run: burn-in, end and spacing of the snapshots, in steps.

.. math:: t = k \eta, \qquad k_{burn} = [t_{burn}/\eta], \qquad k_{every} N = [(t_{end} - t_{burn})/\eta]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from theorylab.errors import InputError

C = TypeVar("C")  # a cell: its settings as attributes


def _rate(c: Any) -> float:
    return c.eta


@dataclass(frozen=True)
class Clock(Generic[C]):
    """When a replicate is looked at, in time t = k eta; rounded to steps once, here.

    Args:
        end: `end(c)`: time of the last snapshot.
        burn: `burn(c)`: time before the first spacing; 0 by default.
        snapshots: their number, or a function of the cell; the spacing follows.
        every: steps between them, or a function of the cell; their number follows. One of the two is given.
        step: `step(c)`: time of one step, by default the cell's learning rate eta.
    """

    end: Callable[[C], float]
    burn: Callable[[C], float] | None = None
    snapshots: int | Callable[[C], int] | None = None
    every: int | Callable[[C], int] | None = None
    step: Callable[[C], float] = _rate

    def __post_init__(self) -> None:
        if (self.snapshots is None) == (self.every is None):
            raise InputError("clock: snapshots and every are given both or not at all; one follows from the other")

    def lengths(self, c: C) -> tuple[int, int, int]:
        """Steps before the first spacing, steps between snapshots, number of snapshots.

        Raises:
            InputError: a burn-in that ends after the end, or a number of snapshots or steps between them below 1.
        """
        step = self.step(c)
        burn = self.burn(c) if self.burn is not None else 0.0
        given = self.every if self.snapshots is None else self.snapshots
        count: Any = given(c) if callable(given) else given
        span = (self.end(c) - burn) / step
        if burn < 0 or span < 0 or count < 1:
            raise InputError(f"clock: burn-in to t={burn:g}, end at t={self.end(c):g}, {count} is no course of a run")
        other = round(span / count)
        return (round(burn / step), count, other) if self.snapshots is None else (round(burn / step), other, count)
