"""Which records there are and what may be done with them.

    fresh    sealed, intact, made by the code that stands here
    stale    the simulation's code, the digest of its settings or the schema is another one: named, not judged
    damaged  a file does not hold what its checksum says
    partial  not every cell is complete: a run goes on from here
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from theorylab import files
from theorylab.errors import InputError, unknown
from theorylab.store.chunks import scan
from theorylab.store.description import FILE, Damaged, Other, Record, load
from theorylab.store.schema import check_id, settings_digest
from theorylab.store.writing import data_path


@dataclass(frozen=True)
class State:
    """One of fresh, stale, damaged, partial, and why in a line."""

    word: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.word}: {self.why}" if self.why else self.word


def state(record: Record | Path, code: str | None = None) -> State:
    """The state of a record, every checksum verified.

    Args:
        record: an open record, or its folder.
        code: `code_digest` of its protocol's file as it stands; None where there is nothing to compare with.
    """
    try:
        record = record if isinstance(record, Record) else load(record)
        if record.sealed:
            data_path(record)
    except Other as error:
        return State("stale", str(error).split(": ", 1)[-1])
    except Damaged as error:
        return State("damaged", str(error).split(": ", 1)[-1])
    if record.settings_sha256 != settings_digest(record.settings):
        return State("stale", "the digest of its settings is another one")
    if code is not None and record.code_sha256 != code:
        return State("stale", f"the simulation's code is {code[:8]} now and was {record.code_sha256[:8]}")
    if record.sealed:
        return State("fresh")
    found = scan(record)
    if found.damaged:
        names = ", ".join(p.name for p in found.damaged)
        return State("damaged", f"{names} fails its checksum; a run computes it again")
    cells = len({cell for cell, _ in found.good})
    return State("partial", f"{len(found.good)} chunks in {cells} of {len(record.cells)} cells; a run goes on")


def list_records(folder: Path, protocols: Iterable[str] | None = None) -> list[Path]:
    """Folders of the records under `folder`, of the named protocols or of all, sorted."""
    names = None if protocols is None else set(protocols)
    folder = Path(folder)
    if not folder.is_dir():
        return []
    with files.refusals(folder, "read"):
        found = [path for parent in folder.iterdir() if parent.is_dir() and (names is None or parent.name in names)
                 for path in parent.iterdir() if path.is_dir() and _is_record(path)]
    return sorted(found)


def find(folder: Path, name: str) -> Path:
    """The folder of record `name` under `folder`; InputError with the nearest id where there is none."""
    found = {path.name: path for path in list_records(folder)}
    if name not in found:
        raise unknown("record", name, found)
    return found[name]


def _is_record(path: Path) -> bool:
    try:
        check_id(path.name)
    except InputError:
        return False
    return path.name.startswith(f"{path.parent.name}-") and ((path / FILE).exists() or any(path.glob("cell*.nc")))
