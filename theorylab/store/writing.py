"""Records as they are written: opened by a run, filled chunk by chunk, read before they are sealed.

    sealed (stale or damaged)  --open-->  the same, and a partial one beside it  --seal-->  sealed, the older beside it

A sealed record gives way to a sealed one alone, and nothing of it is removed then (`prune` does that). Each function
may meet another process doing the same to the same record; both leave the same arrays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from theorylab import files
from theorylab.errors import InputError
from theorylab.store.chunks import Place, join, read_chunk, scan, set_aside
from theorylab.store.description import (
    FILE,
    NEXT,
    Damaged,
    Other,
    Record,
    describe,
    file_sha256,
    load,
    unreadable,
    write_description,
)
from theorylab.store.netcdf import Group, decode
from theorylab.store.schema import canonical, cell_name


def open_record(
    folder: Path,
    *,
    protocol: str,
    settings: Mapping[str, Any],
    seed: int,
    tier: str,
    cells: Sequence[Mapping[str, Any]],
    code: str,
    device: str = "",
    flags: Mapping[str, str] | None = None,
) -> Record:
    """The record of this identity under `folder`, ready to be filled; made where there is none.

    A sealed, intact record of this code comes back as it is: `has` says what is in it. One of other code or another
    schema version, or a damaged one, stays where it is, and a partial one is opened beside it. Temporary files of dead
    writers are removed, damaged chunks set aside; `set_aside` names every damaged file.

    Args:
        folder: the records folder.
        protocol: name of the protocol; with settings, seed and tier it makes the id.
        settings: every setting, plain data.
        seed: of the whole record.
        tier: smoke, standard or full.
        cells: the settings of each cell.
        code: `code_digest` of the protocol's file.
        device: what computes, in words.
        flags: `software.flags()` of the process that computes.
    """
    new = describe(
        folder,
        protocol=protocol,
        settings=settings,
        seed=seed,
        tier=tier,
        cells=cells,
        code=code,
        device=device,
        flags=flags,
    )
    files.make_folder(new.path)
    files.clean(new.path)
    there, damaged = _standing(new)
    record = there if there is not None and same(there, new) else None
    if record is None:
        free = not files.present(new.path / FILE) and not any(new.path.glob("data-*.nc"))
        file = FILE if free or (there is not None and not there.sealed) else NEXT
        record = partial(new.path) if file == NEXT else None
        if record is None or record.made != new.made or not same(record, new):
            record = write_description(new, file)
    elif not record.sealed and record.made != new.made:
        record = write_description(new)
    aside = [*damaged, *(set_aside(path) for path in scan(record).damaged)]
    return dataclasses.replace(record, set_aside=tuple(aside))


def _standing(new: Record) -> tuple[Record | None, list[str]]:
    """What record.json describes, and which of its files are damaged; None where it cannot be read or is no more."""
    record = None
    try:
        record = load(new.path)
        if canonical(record.settings) != canonical(new.settings):
            raise InputError(f"record {new.id}: two settings share this id; change a setting or remove {new.path}")
        if record.sealed:
            data_path(record)
    except Other:
        return None, []
    except Damaged:
        name = record.data_file if record is not None else FILE
        return None, [name] if files.present(new.path / name) else []
    return record, []


def same(one: Record, two: Record) -> bool:
    """Whether two descriptions promise the same arrays, library versions aside."""
    return one.code_sha256 == two.code_sha256 and canonical(one.cells) == canonical(two.cells)


def partial(path: Path) -> Record | None:
    """The record that is being made in this folder, alone or beside a sealed one; None where there is none."""
    for file in (FILE, NEXT):
        with suppress(InputError):
            found = load(path, file)
            if not found.sealed:
                return found
    return None


def current(record: Record) -> Record:
    """What the disk says now of a record that was opened here: sealed by whichever process, or still partial.

    Raises:
        InputError: its description is gone or damaged.
    """
    for _ in range(3):  # a process that seals it writes one description and then removes the other
        with suppress(Damaged, Other):
            found = load(record.path)
            if not found.sealed:
                return found
            if same(found, record):
                data_path(found)
                return found
        found = partial(record.path)
        if found is not None:
            return found
    return load(record.path)


def has(record: Record) -> set[Place]:
    """Every (cell, chunk) that is on disk and intact, merged or not."""
    merged = {(cell, chunk) for cell, count in enumerate(record.chunks) for chunk in range(count)}
    return merged | set(scan(record).good)


def data_path(record: Record) -> Path:
    """The sealed data file, its checksum verified."""
    path = record.path / record.data_file
    try:
        intact = file_sha256(path) == record.file_sha256
    except FileNotFoundError:
        raise Damaged(f"record {record.id}: {path.name} is missing") from None
    except (InputError, OSError) as error:
        raise Damaged(f"record {record.id}: {unreadable(error, path)}") from error
    if not intact:
        raise Damaged(f"record {record.id}: {path.name} is damaged (it fails its checksum)")
    return path


def cell_group(record: Record, cell: int, limit: int | None = None) -> Group | None:
    """The arrays of one cell in replicate order: merged, then chunks up to the first gap; None if there are none."""
    parts = []
    if record.sealed and record.chunks[cell]:
        parts.append(decode(data_path(record), cell_name(cell))[0][cell_name(cell)])
    good = scan(record).good
    chunk = record.chunks[cell] if record.sealed else 0
    while (cell, chunk) in good and (limit is None or chunk < limit):
        parts.append(read_chunk(record, good[cell, chunk]))
        chunk += 1
    return join(record, cell, parts) if parts else None
