"""How lane programs are compiled for a processor, and a watch on what comes out.

The compiler may fuse a producer into many readers and compute it for each. Lane programs take 0.002 to 0.02 ns of
processor time per operation of the program as written (benchmarks/); exploded ones ten to a hundred times as much, with
the right numbers, so that only the clock tells.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import jax

from theorylab import terminal

SLOW = 0.15  # ns per operation: sound programs take at most 0.07, on a core shared with others; exploded ones 0.7

LEAST = 0.3  # seconds below which start-up dominates


def operations(lowered: Any, lanes: int) -> float:
    """Operations of one lane in one pass over the program before optimisation, 0 where JAX does not tell."""
    try:
        return float((lowered.cost_analysis() or {}).get("flops", 0.0)) / lanes
    except (NotImplementedError, RuntimeError, TypeError):
        return 0.0


def explosion(operations: float, lane_steps: float, seconds: float) -> str | None:
    """What to tell of a first run that took `seconds` of processor time, None if nothing."""
    if not operations or seconds < LEAST:
        return None
    each = 1e9 * seconds / (lane_steps * operations)
    if each < SLOW:
        return None
    return (
        f"the compiled step takes {each:.2g} ns per operation where programs of this kind take 0.02 or less: the "
        "compiler computes something many times over (an unrolled loop, a draw with several readers?)"
    )


def watch(operations: float, lane_steps: float, seconds: float) -> None:
    """Warn once after the first run of a new program."""
    said = explosion(operations, lane_steps, seconds)
    if said:
        terminal.warn(said)


@contextmanager
def one_processor() -> Iterator[None]:
    """Let the compiler see one processor: it would split every loop over all, which costs more than it gives.

    Lanes are spread over devices instead, one program each. XLA reads the affinity of the thread that compiles.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@lru_cache
def compiler_options() -> dict[str, Any] | None:
    """XLA's CPU back end defaults to 256-bit vectors; 512 are worth a factor 1.8 in elementwise code."""
    return {"xla_cpu_prefer_vector_width": 512} if jax.default_backend() == "cpu" else None
