"""Which records there are and what may be done with them.

fresh    sealed, intact, made by the code that stands here
stale    the simulation's code, the digest of its settings or the schema is another one: named, not judged
damaged  a file does not hold what its checksum says, cannot be read or is missing
partial  not every cell is complete: a run goes on from here
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from theorylab import files
from theorylab.errors import InputError, unknown
from theorylab.store.chunks import scan
from theorylab.store.description import FILE, NEXT, Other, Record, load
from theorylab.store.schema import check_id, settings_digest
from theorylab.store.writing import data_path, partial


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
    path = record.path if isinstance(record, Record) else Path(record)
    try:
        record = record if isinstance(record, Record) else load(record)
        if record.sealed:
            data_path(record)
    except Other as error:
        return State("stale", _reason(error) + _successor(path))
    except InputError as error:
        return State("damaged", _reason(error) + _successor(path))
    if record.settings_sha256 != settings_digest(record.settings):
        return State("stale", "the digest of its settings is another one")
    if code is not None and record.code_sha256 != code:
        said = f"the simulation's code is {code[:8]} now and was {record.code_sha256[:8]}"
        return State("stale", said + (_successor(path) if record.sealed else ""))
    if record.sealed:
        return State("fresh")
    found = scan(record)
    if found.damaged:
        names = ", ".join(p.name for p in found.damaged)
        return State("damaged", f"{names} is damaged; a run computes it again")
    return State("partial", f"{_progress(record)}; a run goes on")


def _reason(error: InputError) -> str:
    return str(error).split(": ", 1)[-1]


def _progress(record: Record) -> str:
    good = scan(record).good
    return f"{len(good)} chunks in {len({cell for cell, _ in good})} of {len(record.cells)} cells"


def _successor(path: Path) -> str:
    """How far a run is that makes this record anew."""
    making = partial(path)
    return f"; a run replaces it: {_progress(making)}" if making is not None else ""


def list_records(folder: Path, protocols: Iterable[str] | None = None) -> list[Path]:
    """Folders of the records under `folder`, of the named protocols or of all, sorted."""
    names = None if protocols is None else set(protocols)
    folder = Path(folder)
    if not folder.is_dir():
        return []
    with files.refusals(folder, "read"):
        parents = [path for path in folder.iterdir() if names is None or path.name in names]
    return sorted(path for parent in parents for path in _inside(parent) if _is_record(path))


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
    if not path.name.startswith(f"{path.parent.name}-") or files.kind(path) != "folder":
        return False
    try:
        names = [inside.name for inside in path.iterdir()]
    except OSError:  # it is there and cannot be read: damaged
        return True
    return any(name in (FILE, NEXT) or name.startswith(("data-", "cell")) for name in names)


def _inside(folder: Path) -> list[Path]:
    """What a protocol's folder holds; one that cannot be read hides its own records and no others."""
    with suppress(OSError):
        return list(folder.iterdir())
    return []
