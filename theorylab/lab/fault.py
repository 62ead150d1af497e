"""Where an exception comes from: the line of a lab's own code that it passed last."""

from __future__ import annotations

import traceback
from pathlib import Path

FOLDERS = ("models", "protocols", "figures")


def fault(error: BaseException) -> str | None:
    """`protocols/bowl/variance.py:23: TypeError: ...`; None where `error` passed no file of a lab."""
    last = None
    for frame in traceback.extract_tb(error.__traceback__):
        place = _in_lab(Path(frame.filename))
        if place is not None:
            last = f"{place}:{frame.lineno}"
    return f"{last}: {said(error)}" if last else None


def said(error: BaseException) -> str:
    """`TypeError: unsupported ...`: the error's kind and the first line of its text."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _in_lab(file: Path) -> Path | None:
    """`file` as seen from the lab in whose folders it lies."""
    for folder in file.parents:
        if folder.name in FOLDERS and all((folder.parent / name).is_dir() for name in FOLDERS):
            return file.relative_to(folder.parent)
    return None
