"""Sources: keys like `[mandt2017]` in a text, and the entries of a bibliography behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_ENTRY = re.compile(r"@(\w+)\s*\{\s*([^,\s]+)\s*,(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"(\w+)\s*=\s*[{\"](.*?)[}\"]\s*(?:,\s*\n|,?\s*\Z)", re.DOTALL)
KEY = re.compile(r"\[([A-Za-z][\w:-]*)\]")


def read_bibliography(file: Path | None) -> dict[str, dict[str, str]]:
    """Entries of a BibTeX file by their keys; {} where there is none."""
    if file is None or not file.is_file():
        return {}
    found = {}
    for _, key, body in _ENTRY.findall(file.read_text(encoding="utf-8")):
        found[key] = {name.lower(): " ".join(re.sub(r"[{}]", "", text).split()) for name, text in _FIELD.findall(body)}
    return found


def cited(text: str | None, bibliography: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    """The references that a text names, each once: key, text, link."""
    found = []
    for key in dict.fromkeys(KEY.findall(text or "")):
        entry = bibliography.get(key)
        if entry:
            place = entry.get("journal") or entry.get("booktitle") or entry.get("publisher") or entry.get("note", "")
            parts = [_authors(entry.get("author", "")), entry.get("title", ""), place, entry.get("year", "")]
            link = f"https://doi.org/{entry['doi']}" if entry.get("doi") else entry.get("url", "")
            found.append({"key": key, "text": ". ".join(p.rstrip(".") for p in parts if p) + ".", "link": link})
    return found


def _authors(names: str) -> str:
    people = [" ".join(reversed(p.split(", ", 1))) for p in names.split(" and ") if p]
    return ", ".join(people)
