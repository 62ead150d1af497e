"""The one exception for wrong input: one line that names the argument, its value and the violated condition."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Wrong input; its text is one line, and the command line ends with status 2."""


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """`unknown claim 'quadratic.varience'; did you mean 'quadratic.variance'?`"""
    options = sorted(known)
    near = difflib.get_close_matches(name, options, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else (f"; known: {', '.join(options)}" if options else "")
    return InputError(f"unknown {kind} {name!r}{hint}")
