"""The leaves of a tree of parameters: their shapes without lanes, and the precision that their noise is drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theorylab.errors import InputError
from theorylab.noise.colour import Stage
from theorylab.noise.law import precision
from theorylab.noise.shape import Leaf
from theorylab.noise.size import Bound


def leaves_of(tree: Any, lanes: tuple[int, ...], stages: Sequence[Stage] = ()) -> tuple[Leaf, ...]:
    """(shape without lanes, float32 or float64) of each leaf; every leaf ends in the lane axis.

    Raises:
        InputError: a leaf that is not real floating point, does not end in the lane axis, or is of a dtype whose range
            a number of the noise may leave (float16: 65504): there the last stage has to be a bound within it.
    """
    out = []
    for leaf in jax.tree.leaves(tree):
        try:
            shape, dtype = np.shape(leaf), jnp.result_type(leaf)
        except (TypeError, ValueError):
            raise InputError(f"noise: a parameter of type {type(leaf).__name__} is not an array of numbers") from None
        if not jnp.issubdtype(dtype, jnp.floating):
            raise InputError(f"noise: a parameter of dtype {dtype} is not real floating point")
        if lanes and shape[-1:] != lanes:
            raise InputError(f"noise: a parameter of shape {shape} does not end in the lane axis {lanes}")
        largest = float(jnp.finfo(dtype).max)
        if largest < float(jnp.finfo(jnp.bfloat16).max) and not _within(stages, largest):
            raise InputError(
                f"noise: a parameter of dtype {dtype} holds numbers up to {largest:g} only: bound the noise, "
                f"clipped(..., at={largest:g}), or use float32 or bfloat16"
            )
        out.append((shape[: len(shape) - len(lanes)], jnp.dtype(precision(dtype))))
    return tuple(out)


def _within(stages: Sequence[Stage], largest: float) -> bool:
    """Whether the last stage holds every number in [-largest, largest]."""
    last = stages[-1] if stages else None
    return isinstance(last, Bound) and not isinstance(last.at, Tracer) and bool(np.all(np.asarray(last.at) <= largest))
