"""Tables for notebooks: escaped HTML with its colours inline, no script and no style sheet.

Outcomes are white words on their own ground, so that they are read on light and on dark pages alike.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

GROUND = {
    "agrees": "#00694a",
    "disagrees": "#a63a00",
    "undecided": "#7a5200",
    "powerless": "#80357d",
    "invalid": "#80357d",
}
_NUMBERS = {"predicted", "measured", "margin", "n", "cells"}
_TABLE = "border-collapse:collapse;font-variant-numeric:tabular-nums"
_CELL = "padding:0.25em 0.8em;border-bottom:1px solid rgba(128,128,128,0.4);vertical-align:top;text-align:"


def table(rows: Sequence[Mapping[str, str]], caption: str = "") -> str:
    """Rows of texts under the names of their columns; columns that are empty throughout are left out."""
    columns = [name for name in (rows[0] if rows else {}) if any(row[name] for row in rows)]
    head = "".join(f'<th scope="col" style="{_CELL}{_side(name)}">{html.escape(name)}</th>' for name in columns)
    lines = (
        "".join(f'<td style="{_CELL}{_side(name)}">{_entry(name, row[name])}</td>' for name in columns) for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    said = f'<caption style="text-align:left;opacity:0.75">{html.escape(caption)}</caption>' if caption else ""
    return f'<table style="{_TABLE}">{said}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _side(column: str) -> str:
    return "right" if column in _NUMBERS else "left"


def _entry(column: str, text: str) -> str:
    said = html.escape(text)
    if column != "outcome" or text not in GROUND:
        return said
    look = f"background:{GROUND[text]};color:#fff;border-radius:0.3em;padding:0 0.4em;font-weight:600"
    return f'<span style="{look}">{said}</span>'
