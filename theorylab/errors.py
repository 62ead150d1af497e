"""The exceptions that end a command with one line: wrong input, and work that others have still to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Wrong input; its text is one line, and the command line ends with status 2."""


class Unfinished(RuntimeError):
    """What is on disk is sound and not complete; its text says how to go on, the command line ends with status 3."""


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """`unknown claim 'quadratic.varience'; did you mean 'quadratic.variance'?`"""
    options = sorted(known)
    near = difflib.get_close_matches(name, options, n=1, cutoff=0.4)
    listed = ", ".join(options) if len(options) <= 20 else f"{len(options)}, which `theorylab {kind}s` lists"
    hint = f"; did you mean {near[0]!r}?" if near else (f"; known: {listed}" if options else "")
    return InputError(f"unknown {kind} {name!r}{hint}")
