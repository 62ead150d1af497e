"""Sources: keys like `[mandt2017]` in a text, and the entries of a bibliography behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from theorylab.errors import InputError

KEY = re.compile(r"\[([A-Za-z][\w:-]*)\]")


def read_bibliography(file: Path | None) -> dict[str, dict[str, str]]:
    """Fields of the entries of a BibTeX file by their keys, "author" with first names first; {} where there is no file.

    Raises InputError where it is no BibTeX.
    """
    if file is None or not file.is_file():
        return {}
    from pybtex.database import parse_string
    from pybtex.exceptions import PybtexError

    try:
        found = parse_string(file.read_text(encoding="utf-8"), "bibtex")
    except (PybtexError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name}: {error}") from error
    return {
        key: {name.lower(): _plain(text) for name, text in entry.fields.items()}
        | {role: ", ".join(map(_name, people)) for role, people in entry.persons.items()}
        for key, entry in found.entries.items()
    }


def cited(text: str | None, bibliography: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    """The references that a text names, each once: key, text, link."""
    found = []
    for key in dict.fromkeys(KEY.findall(text or "")):
        entry = bibliography.get(key)
        if entry:
            place = entry.get("journal") or entry.get("booktitle") or entry.get("publisher") or entry.get("note", "")
            people = entry.get("author") or entry.get("editor", "")
            parts = [people, entry.get("title", ""), place, entry.get("year", "")]
            link = f"https://doi.org/{entry['doi']}" if entry.get("doi") else entry.get("url", "")
            found.append({"key": key, "text": ". ".join(p.rstrip(".") for p in parts if p) + ".", "link": link})
    return found


def _name(person: Any) -> str:
    """First names, von, last names, junior."""
    parts = (person.first_names, person.middle_names, person.prelast_names, person.last_names, person.lineage_names)
    return _plain(" ".join(word for part in parts for word in part))


def _plain(latex: str) -> str:
    r"""LaTeX's accents as letters, its braces gone: `K{\"u}nstner` is Künstner."""
    from pybtex.richtext import Text

    try:
        return " ".join(str(Text.from_latex(latex)).split())
    except Exception:  # unbalanced braces: the text as it stands
        return " ".join(re.sub(r"[{}]", "", latex).split())
