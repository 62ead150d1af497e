"""Values of the types that a setting can have, read from texts and from JSON.

Literal["a", "b"]          one of these words
float, int, bool, str      a number, a whole number, true or false, a text
tuple[float, ...]          a list of them; tuple[str, float] a list of two; lists in lists likewise
"""

from __future__ import annotations

import json
import sys
from typing import Any, Literal, get_args, get_origin

from theorylab.errors import InputError, unknown
from theorylab.lab.varied import Varied


def read(said: str, text: str, kind: Any, varied: bool) -> Any:
    """The setting of type `kind` that `text` writes, in JSON or as words between commas.

    A varied one takes one value or a list of them; a list may be written as its only member.

    Raises:
        InputError: `said` (whose setting it is) and what is wrong with the value.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = [_word(w) for w in text.split(",")] if "," in text else text
    if not varied:
        return made(said, _lifted(value, kind), kind)
    items = value if _depth(value) > depth(kind) else [value]
    return Varied(made(said, _lifted(item, kind), kind) for item in items)


def restored(value: Any, kind: Any) -> Any:
    """The setting of type `kind` that JSON holds as `value`: lists are tuples again, or values that are varied."""

    def tuples(value: Any) -> Any:
        return tuple(tuples(v) for v in value) if isinstance(value, list) else value

    return Varied(tuples(value)) if _depth(value) > depth(kind) else tuples(value)


def depth(kind: Any) -> int:
    """How many lists stand in one another in a value of this type."""
    if get_origin(kind) is not tuple:
        return 0
    return 1 + max(depth(k) for k in get_args(kind) if k is not ...)


def made(said: str, value: Any, kind: Any) -> Any:
    """`value` (of JSON) as one of type `kind`."""
    where = f"{said}={json.dumps(value)}"
    if get_origin(kind) is tuple:
        members = get_args(kind)
        if not isinstance(value, list | tuple):
            raise InputError(f"{where} is not a list")
        if members[-1] is ...:
            return tuple(made(said, v, members[0]) for v in value)
        if len(value) != len(members):
            raise InputError(f"{where} is not a list of {len(members)}")
        return tuple(made(said, v, k) for v, k in zip(value, members, strict=True))
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    if kind is bool and not isinstance(value, bool):
        raise InputError(f"{where} is not true or false")
    if kind is int:
        if not number or value != int(value):
            raise InputError(f"{where} is not a whole number")
        return int(value)
    if kind is float:
        if not number:
            raise InputError(f"{where} is not a number")
        return float(value)
    if get_origin(kind) is Literal and value not in get_args(kind):
        raise unknown(f"value of {said}", str(value), get_args(kind))
    if kind is str and not isinstance(value, str):
        raise InputError(f"{where} is not a text")
    return value


def _word(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list | tuple) and value else 0


def _lifted(value: Any, kind: Any) -> Any:
    """A list's only member as a list."""
    short = get_origin(kind) is tuple and get_args(kind)[-1] is ... and value != []
    return [value] if short and _depth(value) < depth(kind) else value
