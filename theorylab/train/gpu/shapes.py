r"""Shapes of a program over lanes, resolved while tracing: tables of names instead of arrays.

.. math:: A_{i_1 \dots i_m \ell} \;\to\; \bigl(a_{i_1 \dots i_m}\bigr)_\ell

Reshaping, slicing, transposing and stacking move names and cost nothing. The lane axis stays the last one: an operation
that moves or mixes it is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import lax

from theorylab.errors import InputError

LANES = 7919  # length of the lane axis while tracing: a prime that no axis of a model has


class Pair(NamedTuple):
    """A complex number."""

    re: Any
    im: Any


def refuse(what: str) -> InputError:
    """The program cannot be taken apart, because of `what`."""
    return InputError(f"kernel: {what}")


def over_lanes(aval: Any) -> bool:
    """Whether an array ends in the lane axis."""
    return bool(aval.shape) and aval.shape[-1] == LANES


def table(value: Any, aval: Any) -> np.ndarray:
    """The table of an array that is the same for all lanes: one scalar for each number."""
    if over_lanes(aval):
        first = np.asarray(value)[..., :1]
        if not np.array_equal(np.broadcast_to(first, aval.shape), value, equal_nan=aval.dtype.kind == "f"):
            raise refuse("a constant that differs from lane to lane")
        value, aval = first, jax.ShapeDtypeStruct(first.shape, aval.dtype)
        return table(value, aval)[..., 0]
    cells = np.empty(aval.shape, object)
    for index in np.ndindex(*aval.shape):
        cells[index] = value[index] if aval.shape else value
    return cells


def _pairs(function: Callable[..., Any]) -> Callable[..., np.ndarray]:
    def rule(eqn: Any, *args: np.ndarray) -> np.ndarray:
        del eqn
        result = np.empty(args[0].shape, object)
        for index in np.ndindex(*result.shape):
            result[index] = function(*(a[index] for a in args))
        return result

    return rule


def opened(cells: np.ndarray, aval: Any) -> np.ndarray:
    """The table with a lane axis of length 1 where the array has one."""
    return cells[..., None] if over_lanes(aval) else cells


def closed(cells: np.ndarray, aval: Any) -> np.ndarray:
    """The table without the lane axis that `opened` gave it."""
    if not over_lanes(aval):
        return cells
    if cells.shape[-1] != 1:
        raise refuse("an axis of a model becomes the lane axis")
    return cells[..., 0]


def _shape(aval: Any) -> tuple[int, ...]:
    return (*aval.shape[:-1], 1) if over_lanes(aval) else aval.shape


def _broadcast(eqn: Any, x: np.ndarray, *_: Any) -> np.ndarray:
    given, out = eqn.params, eqn.outvars[0].aval
    place, aval = given["broadcast_dimensions"], eqn.invars[0].aval
    if over_lanes(aval) and place[-1] != len(out.shape) - 1:
        raise refuse("the lane axis is not the last one of a broadcast array")
    spread = [1] * len(out.shape)
    for axis, target in enumerate(place):
        spread[target] = _shape(aval)[axis]
    return closed(np.broadcast_to(opened(x, aval).reshape(spread), _shape(out)), out)


def _reshape(eqn: Any, x: np.ndarray, *_: Any) -> np.ndarray:
    aval, out = eqn.invars[0].aval, eqn.outvars[0].aval
    if over_lanes(aval) != over_lanes(out):
        raise refuse(f"reshaping {aval.shape} to {out.shape} moves the lane axis")
    return x.reshape(_shape(out)[:-1] if over_lanes(out) else out.shape)


def _transpose(eqn: Any, x: np.ndarray) -> np.ndarray:
    order, aval = eqn.params["permutation"], eqn.invars[0].aval
    if over_lanes(aval) and order[-1] != len(order) - 1:
        raise refuse("transposing moves the lane axis")
    return x.transpose(order[:-1] if over_lanes(aval) else order)


def _slice(eqn: Any, x: np.ndarray) -> np.ndarray:
    given, aval = eqn.params, eqn.invars[0].aval
    steps = given["strides"] or (1,) * len(aval.shape)
    parts = [slice(a, b, s) for a, b, s in zip(given["start_indices"], given["limit_indices"], steps, strict=True)]
    if over_lanes(aval) and parts.pop() != slice(0, LANES, 1):
        raise refuse("slicing cuts the lane axis")
    return x[tuple(parts)]


def _squeeze(eqn: Any, x: np.ndarray) -> np.ndarray:
    return x.reshape(_shape(eqn.outvars[0].aval)[: x.ndim - len(eqn.params["dimensions"])])


def _concatenate(eqn: Any, *parts: np.ndarray) -> np.ndarray:
    axis, out = eqn.params["dimension"], eqn.outvars[0].aval
    if over_lanes(out) and axis == len(out.shape) - 1:
        raise refuse("concatenating along the lane axis")
    return np.concatenate(parts, axis)


def _stack(eqn: Any, *parts: np.ndarray) -> np.ndarray:
    out, axis = eqn.outvars[0].aval, eqn.params["axis"] % len(eqn.outvars[0].aval.shape)
    if over_lanes(out) and axis == len(out.shape) - 1:
        raise refuse("stacking behind the lane axis")
    return np.stack(parts, axis)


def _reverse(eqn: Any, x: np.ndarray) -> np.ndarray:
    if over_lanes(eqn.invars[0].aval) and len(eqn.invars[0].aval.shape) - 1 in eqn.params["dimensions"]:
        raise refuse("reversing the lane axis")
    return np.flip(x, eqn.params["dimensions"])


def _iota(eqn: Any, *_: Any) -> np.ndarray:
    out, axis = eqn.outvars[0].aval, eqn.params["dimension"]
    if over_lanes(out):
        raise refuse("counting along lanes")
    count = np.arange(out.shape[axis], dtype=out.dtype).reshape([-1 if i == axis else 1 for i in range(len(out.shape))])
    return table(np.broadcast_to(count, out.shape), out)


def reduce(eqn: Any, x: np.ndarray, join: Callable[[Any, Any], Any]) -> np.ndarray:
    """The sum over axes of the model, written out in the order of the numbers."""
    axes, aval = eqn.params["axes"], eqn.invars[0].aval
    if over_lanes(aval) and len(aval.shape) - 1 in axes:
        raise refuse(f"{eqn.primitive.name} goes over lanes")
    rest = [i for i in range(x.ndim) if i not in axes]
    moved = x.transpose([*axes, *rest])
    flat = moved.reshape(math.prod(moved.shape[: len(axes)]), *moved.shape[len(axes) :])
    result = np.empty(flat.shape[1:], object)
    for index in np.ndindex(*result.shape):
        total = flat[0][index]
        for part in flat[1:]:
            total = join(total, part[index])
        result[index] = total
    return result


SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "reduce_sum": lax.add,
    "reduce_max": lax.max,
    "reduce_min": lax.min,
    "reduce_prod": lax.mul,
    "reduce_and": lax.bitwise_and,
    "reduce_or": lax.bitwise_or,
}

RULES: dict[str, Callable[..., np.ndarray]] = {
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "transpose": _transpose,
    "slice": _slice,
    "squeeze": _squeeze,
    "concatenate": _concatenate,
    "stack": _stack,
    "rev": _reverse,
    "iota": _iota,
    "complex": _pairs(Pair),
    "real": _pairs(lambda x: x.re),
    "imag": _pairs(lambda x: x.im),
}
