"""The arguments of a claim: read, checked, and refused in one line that names argument, value and condition."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from theorylab.errors import InputError, unknown
from theorylab.theory.domain import Condition
from theorylab.theory.symbols import Input

Named = tuple[str, Callable[[Mapping[str, Any]], bool]]


def check(claim: str, inputs: Sequence[Input], domain: Sequence[Condition], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given arguments as floats, ints, float64 arrays and texts, in the order of the claim's inputs."""
    check_names(claim, inputs, given)
    values = {i.name: _read(claim, i, given[i.name]) for i in inputs}
    for condition in domain:
        if not condition.holds(values):
            said_values = ", ".join(f"{i.name}={short(values[i.name])}" for i in inputs if i.name in condition.names)
            raise InputError(f"claim {claim}: {said_values} {condition.verb} {condition.text}")
    return values


def check_names(claim: str, inputs: Sequence[Input], given: Mapping[str, Any]) -> None:
    """Raise InputError for an argument that the claim does not have, and for one that is missing."""
    known = [i.name for i in inputs]
    for name in given:
        if name not in known:
            raise InputError(f"claim {claim}: {unknown('argument', name, known)}")
    missing = [i for i in inputs if i.name not in given]
    if missing:
        raise InputError(f"claim {claim}: missing {', '.join(f'{i.name} ({i.meaning})' for i in missing)}")


def refuse_traced(claim: str, given: Mapping[str, Any]) -> None:
    """Raise InputError for values that JAX has not computed yet."""
    jax = sys.modules.get("jax")
    for name, value in given.items():
        several = value if isinstance(value, list | tuple) else (value,)
        if jax is not None and any(isinstance(one, jax.core.Tracer) for one in several):
            raise InputError(
                f"claim {claim}: {name} is traced by JAX and has no value yet; claim.jax(...) is the formula in JAX"
            )


def _read(claim: str, row: Input, value: Any) -> Any:
    def refuse(condition: str) -> InputError:
        return InputError(f"claim {claim}: {row.name}={short(value)} is not {condition}")

    match row.kind:
        case "real":
            return _number(value, refuse)
        case "integer":
            number = _number(value, refuse)
            if number != math.floor(number):
                raise refuse("an integer")
            return int(value) if isinstance(value, int | np.integer) else int(number)
        case "vector":
            return _array(value, 1, refuse)
        case "matrix":
            return _array(value, 2, refuse)
    if not isinstance(value, str):
        raise refuse(f"one of {', '.join(row.choices)}" if row.choices else "a text")
    if row.kind == "choice" and value not in row.choices:
        raise InputError(f"claim {claim}: {row.name}={short(value)} is not one of {', '.join(row.choices)}")
    return value


def _number(value: Any, refuse: Callable[[str], InputError]) -> float:
    if isinstance(value, bool | np.bool_) or value is None:
        raise refuse("a number")
    try:
        number = float(value)
    except OverflowError:
        raise refuse("a finite number") from None
    except (TypeError, ValueError):
        raise refuse("a number") from None
    if not math.isfinite(number):
        raise refuse("a finite number")
    return number


def _array(value: Any, axes: int, refuse: Callable[[str], InputError]) -> np.ndarray:
    kind = "a vector" if axes == 1 else "a matrix"
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise refuse(f"{kind} of numbers (JSON)") from None
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "iuf":
            raise ValueError
        array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise refuse(f"{kind} of numbers") from None
    if array.ndim != axes or array.size == 0:
        raise refuse(kind)
    if not np.isfinite(array).all():
        raise refuse(f"{kind} of finite numbers")
    return array


def short(value: Any) -> str:
    """A value in one line of at most 80 characters."""
    text = repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."


def names_in(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that occur as words in a condition's text."""
    words = set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", text))
    return tuple(sorted(name for name in names if name in words))


def said(row: Input, texts: Sequence[str]) -> str:
    """The domain of one input in words."""
    words = {"integer": "integer", "vector": "vector", "matrix": "matrix", "choice": "one of " + ", ".join(row.choices)}
    kind = words.get(row.kind, "text" if row.kind == "text" else "")
    return ", ".join(dict.fromkeys(part for part in (kind, *texts) if part)) or "real"


def spread(
    claim: str, inputs: Sequence[Input], given: Mapping[str, Any]
) -> tuple[tuple[int, ...], list[dict[str, Any]]] | None:
    """Shape and rows where scalar inputs are given as lists or arrays (they broadcast); None where all are single."""
    scalar = {i.name for i in inputs if i.symbol is not None}
    many = {}
    for name, value in given.items():
        if name in scalar and (isinstance(value, list | tuple) or hasattr(value, "__array__")):
            try:
                array = np.asarray(value)
            except ValueError:
                said = f"claim {claim}: {name}={short(value)} is no list: its rows have different lengths"
                raise InputError(said) from None
            if array.ndim > 0:
                many[name] = array
    if not many:
        return None
    try:
        arrays = np.broadcast_arrays(*many.values())
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(value)}" for name, value in many.items())
        raise InputError(f"claim {claim}: lists of different lengths: {shapes}") from None
    columns = [array.ravel().tolist() for array in arrays]
    rows = [{**given, **dict(zip(many, row, strict=True))} for row in zip(*columns, strict=True)]
    return arrays[0].shape, rows


def square(*names: str) -> tuple[Named, ...]:
    """Conditions: each matrix is square."""
    return tuple((f"{name} is square", lambda v, name=name: v[name].shape[0] == v[name].shape[1]) for name in names)


def symmetric(*names: str) -> tuple[Named, ...]:
    """Conditions: each matrix is square and symmetric to rounding."""

    def holds(matrix: np.ndarray) -> bool:
        return bool(np.allclose(matrix, matrix.T, rtol=1e-10, atol=1e-12 * (np.abs(matrix).max() + 1e-300)))

    return square(*names) + tuple((f"{name} is symmetric", lambda v, name=name: holds(v[name])) for name in names)


def semidefinite(*names: str) -> tuple[Named, ...]:
    """Conditions: each symmetric matrix has no negative eigenvalue, to rounding."""

    def holds(matrix: np.ndarray) -> bool:
        eigenvalues = np.linalg.eigvalsh(matrix)
        return bool(eigenvalues[0] >= -1e-10 * max(abs(eigenvalues[-1]), 1e-300))

    return tuple((f"{name} is positive semidefinite", lambda v, name=name: holds(v[name])) for name in names)


def same_size(*names: str) -> tuple[Named, ...]:
    """Conditions: the first axes of the arrays agree."""
    return tuple(
        (f"{one} and {two} have one size", lambda v, one=one, two=two: len(v[one]) == len(v[two]))
        for one, two in pairwise(names)
    )
