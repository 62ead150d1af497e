"""What a records folder holds beyond its records, and its removal when somebody asks for it.

    beside a sealed record    older records of the same settings, damaged files set aside, chunks, temporary files
    beside a partial record   chunks of other code or software, damaged files, temporary files of dead writers

Where a sealed record is itself damaged nothing of it is removed: what is left may be the only copy.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from theorylab import files
from theorylab.errors import InputError
from theorylab.store.chunks import scan
from theorylab.store.description import FILE, NEXT, Record, load
from theorylab.store.sealing import spent
from theorylab.store.state import list_records
from theorylab.store.writing import data_path, partial


def prune(folder: Path, protocols: Iterable[str] | None = None, records: Iterable[str] | None = None) -> list[Path]:
    """Remove what no record under `folder` needs, of the named protocols or record ids or of all; the files removed."""
    names = None if protocols is None else list(protocols)
    ids = None if records is None else set(records)
    found: list[Path] = []
    for path in list_records(folder, names):
        if ids is None or path.name in ids:
            with suppress(InputError, OSError):
                found += _superfluous(path)
    gone = [path for path in found if _removed(path)]
    for parent in {path.parent for path in list_records(folder, names)} if ids is None else ():
        for waiting in sorted(parent.glob(".tmp-import-*")):
            if files.old(waiting):
                shutil.rmtree(waiting, ignore_errors=True)
                gone.append(waiting)
    return gone


def _superfluous(path: Path) -> list[Path]:
    making = partial(path)
    with suppress(InputError):
        record = load(path)
        if record.sealed:
            data_path(record)
            return _beside_sealed(record, making)
    if making is None:
        return []
    return [*scan(making).foreign, *path.glob("damaged-cell*.nc"), *filter(files.old, path.glob(".tmp-*"))]


def _beside_sealed(record: Record, making: Record | None) -> list[Path]:
    """`making` is the record by which a run replaces this one: its chunks and temporary files stay."""
    path = record.path
    found = [p for p in path.glob("data-*.nc") if p.name != record.data_file]
    found += [*path.glob("older-*.json"), *path.glob("damaged-*")]
    if making is not None:
        return [*found, *scan(making).foreign, *filter(files.old, path.glob(".tmp-*"))]
    return [*found, *path.glob("cell*.nc"), *spent(record), *path.glob(".tmp-*"), *path.glob(NEXT)]


def _removed(path: Path) -> bool:
    """Whether the file is gone; a folder that stands in a file's place is left to its owner."""
    there = path.name != FILE and files.present(path)
    files.remove(path)
    return there and not files.present(path)
