"""Functions that stay functions in the compiled program.

XLA's CPU back end fuses a cheap producer into each of its consumers and computes it again for each; an optimization
barrier does not stop it. Across a call that is not inlined nothing is fused, and inside of it everything is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import jax
from jax.experimental.xla_metadata import set_xla_metadata


def apart(function: Callable[..., Any], static_argnums: Sequence[int] = ()) -> Callable[..., Any]:
    """`function` of arrays as a computation of its own on the CPU; elsewhere it is inlined."""

    def inner(*args: Any) -> Any:
        with set_xla_metadata(inlineable="true"):  # the functions that it calls itself
            return function(*args)

    inlined = jax.jit(function, static_argnums=static_argnums, inline=True)
    compiled = jax.jit(inner, static_argnums=static_argnums)

    @wraps(function)
    def outer(*args: Any) -> Any:
        if jax.default_backend() != "cpu":
            return inlined(*args)
        with set_xla_metadata(inlineable="false"):
            return compiled(*args)

    return outer
