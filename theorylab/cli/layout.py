"""Tables as wide as the terminal: lines break between words, never within a number."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from theorylab.words import text

GAP = 2  # spaces between columns
STYLES = {
    "agrees": "green",
    "disagrees": "red",
    "undecided": "yellow",
    "powerless": "magenta",
    "invalid": "magenta",
    "fresh": "green",
    "stale": "yellow",
    "damaged": "red",
    "partial": "yellow",
}


def table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], notes: Sequence[Sequence[str]] = (), indent: int = 0
) -> None:
    """A table on standard output, without limit of width where that is not a terminal.

    Where its longest words do not fit beside each other, every row is a block, one line for each column.

    Args:
        rows: one mapping each.
        columns: the entries shown, in order.
        notes: for each row the lines written below it.
        indent: spaces before everything.
    """
    width = shutil.get_terminal_size().columns - indent if sys.stdout.isatty() else 10_000
    heads = [c.replace("_", " ") for c in columns]
    body = [[text(row.get(c)) for c in columns] for row in rows]
    widths = _widths([heads, *body], width - GAP * (len(columns) - 1))
    space = " " * indent
    if widths is None:
        for row in body:
            for head, entry in zip(heads, row, strict=True):
                shown = textwrap.wrap(entry, max(20, width - 18), break_long_words=False, break_on_hyphens=False)
                print(space + head.ljust(18) + ("\n" + space + " " * 18).join(shown or ["-"]))
            print()
        return
    _print(_lines(heads, widths, space, bold=True))
    for i, row in enumerate(body):
        _print(_lines(row, widths, space))
        for note in notes[i] if notes else ():
            folded = textwrap.wrap(note, width - 4, break_long_words=False, break_on_hyphens=False)
            _print(space + "    " + line for line in folded)


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Widths of the columns: what each would like, else no less than its longest word; None where even that is more."""
    columns = list(zip(*rows, strict=True))
    least = [max(len(word) for entry in column for word in (entry.split() or [""])) for column in columns]
    most = [max(len(entry) for entry in column) for column in columns]
    if sum(least) > width:
        return None
    found, spare = least, width - sum(least)
    for i in sorted(range(len(most)), key=lambda i: most[i] - least[i]):  # those that lack little first
        more = min(most[i] - least[i], spare)
        found[i] += more
        spare -= more
    return found


def _lines(row: Sequence[str], widths: Sequence[int], space: str, bold: bool = False) -> list[str]:
    """The lines of one row."""
    folded = [
        textwrap.wrap(entry, max(w, 1), break_long_words=False, break_on_hyphens=False)
        for entry, w in zip(row, widths, strict=True)
    ]
    lines = []
    for i in range(max(map(len, folded), default=0)):
        parts = []
        for entry, part, w in zip(row, folded, widths, strict=True):
            shown = part[i] if i < len(part) else ""
            styled = shown and (bold or entry in STYLES) and sys.stdout.isatty()
            parts.append(
                (click.style(shown, STYLES.get(entry), bold=bold or None) if styled else shown) + " " * (w - len(shown))
            )
        lines.append(space + (" " * GAP).join(parts).rstrip())
    return lines


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
