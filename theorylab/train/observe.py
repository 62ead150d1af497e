"""What is measured inside the loop: time averages, snapshots, end values, first passages.

An observer is a function f(params, c) -> array (..., lanes) with a way of keeping its values. Nothing grows with the
number of steps: an average keeps a compensated sum, a trace one value per snapshot, a first passage one integer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Function = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Observer:
    """`f(params, c)` kept as `kind`; made by `mean`, `trace`, `final` and `first`."""

    f: Function
    kind: Literal["mean", "trace", "final", "first"]


def mean(f: Function) -> Observer:
    r"""Time average :math:`\frac1N\sum_{r=1}^{N} f(\theta_{b + r e})` over the N snapshots (compensated sum)."""
    return Observer(f, "mean")


def trace(f: Function) -> Observer:
    """The value at each snapshot: output (replicate, snapshot, ...)."""
    return Observer(f, "trace")


def final(f: Function) -> Observer:
    """The value after the last step."""
    return Observer(f, "final")


def first(f: Function) -> Observer:
    """First step k at which the boolean f(theta_k, c) holds (int32), -1 where it never did (censored).

    Read at every step from the state that enters it, so that a draw is consumed once; steps of burn-in count.
    """
    return Observer(f, "first")
