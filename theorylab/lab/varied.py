"""Values of a setting that are varied: one cell each."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


class Varied(tuple[Any, ...]):
    """The values of one setting."""


def vary(first: T, *rest: T) -> T:
    """A setting that takes each of these values, one cell each: `eta: float = vary(0.1, 0.5)`.

    Typed as one of them, which is what a cell holds.

    >>> vary(0.1, 0.5)
    (0.1, 0.5)
    """
    values: Any = Varied((first, *rest))
    return values
