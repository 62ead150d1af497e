"""`theorylab new PATH`: a fresh lab with one worked example, or one with all rooms of the standard lab to edit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from theorylab.errors import InputError

TEMPLATE = Path(__file__).resolve().parent / "template"
ROOMS = ("models", "protocols", "figures")


def create(path: Path, copy: bool = False) -> None:
    """Write the files of a new lab into `path`.

    Args:
        path: a folder that does not exist or is empty.
        copy: all rooms of the standard lab with its bibliography, instead of the worked example.

    Raises:
        InputError: the folder holds anything; the disk refuses.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"new {path}: the folder exists and is not empty")
    try:
        for source, name in _standard() if copy else _worked_example():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, file)
        shutil.copyfile(TEMPLATE / "gitignore", path / ".gitignore")
    except OSError as error:
        raise InputError(f"new {path}: {error.strerror}") from error


def _worked_example() -> Iterator[tuple[Path, Path]]:
    """(file, its name in the lab) of the claim, the protocol and the figure of a bowl."""
    for file in sorted(TEMPLATE.rglob("*.py")):
        yield file, file.relative_to(TEMPLATE)


def _standard() -> Iterator[tuple[Path, Path]]:
    """(file, its name in the lab) of the standard lab's rooms, without what is drawn or compiled in them."""
    from theorylab.lab.folder import standard

    root = standard()
    for file in sorted(file for room in ROOMS for file in (root / room).rglob("*")):
        name = file.relative_to(root)
        if file.is_file() and "__pycache__" not in name.parts and name.parts[:2] != ("figures", "out"):
            yield file, name
    yield root / "references.bib", Path("references.bib")
