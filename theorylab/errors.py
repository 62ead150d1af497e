"""The exceptions that end a command with one line: wrong input, and work that others have still to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

FEW = 8  # names that an error lists all
LONGEST = 200  # characters of a wrong name that are compared


class InputError(ValueError):
    """Wrong input; its text is one line, and the command line ends with status 2."""


class Unfinished(RuntimeError):
    """What is on disk is sound and not complete; its text says how to go on, the command line ends with status 3."""


def unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    """`unknown claim 'quadratic.varience'; did you mean 'quadratic.variance'? (92 are known)`: the nearest few."""
    options = sorted(known)
    near = difflib.get_close_matches(name[:LONGEST], options, n=3, cutoff=0.4)
    best = [n for n in near if difflib.SequenceMatcher(None, name, n).ratio() > 0.9][:1] or near  # one slip of the pen
    if best:
        hint = f"; did you mean {' or '.join(map(repr, best))}?"
    elif len(options) <= FEW:
        hint = f"; known: {', '.join(options)}" if options else ""
    else:
        hint = f"; known: {', '.join(options[:3])}, ..."
    return InputError(f"unknown {kind} {name!r}{hint}" + (f" ({len(options)} are known)" if len(options) > FEW else ""))
