"""Records as they are written: opened by a run, filled chunk by chunk, sealed when every cell is complete.

    sealed (stale or damaged)  --open-->  the same, and a partial one beside it  --seal-->  sealed, the older beside it

A sealed record gives way to a sealed one alone, and nothing of it is removed then (`prune` does that). Each function
may meet another process doing the same to the same record; both leave the same arrays.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

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
from theorylab.store.netcdf import Group, decode, encode
from theorylab.store.schema import SCHEMA, canonical, cell_name, sha256, update


def open_record(folder: Path, *, protocol: str, settings: Mapping[str, Any], seed: int, tier: str,
                cells: Sequence[Mapping[str, Any]], code: str, device: str = "",
                flags: Mapping[str, str] | None = None) -> Record:
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
    new = describe(folder, protocol=protocol, settings=settings, seed=seed, tier=tier, cells=cells, code=code,
                   device=device, flags=flags)
    files.make_folder(new.path)
    files.clean(new.path)
    there, damaged = _standing(new)
    record = there if there is not None and _same(there, new) else None
    if record is None:
        free = not files.present(new.path / FILE) and not any(new.path.glob("data-*.nc"))
        file = FILE if free or (there is not None and not there.sealed) else NEXT
        record = partial(new.path) if file == NEXT else None
        if record is None or record.made != new.made or not _same(record, new):
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


def _same(one: Record, two: Record) -> bool:
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
            if _same(found, record):
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


def seal(record: Record, chunks: Sequence[int] | None = None, *, seconds: float | None = None, plan: Any = None,
         device: str | None = None) -> Record:
    """Merge all chunks into one data file, describe it, remove the chunks; an older sealed record is kept beside it.

    Args:
        record: an open record.
        chunks: chunks that each cell must have; by default those that are there, at least one.
        seconds: what the run took.
        plan: what the run says of its looks, per cell; plain data.
        device: what computed, in words.

    Raises:
        InputError: a chunk is missing; the disk refuses.
    """
    for attempt in range(3):
        with suppress(InputError):  # another process may have sealed it meanwhile
            now = current(record)
            record = now if now.made == record.made or (now.sealed and _same(now, record)) else record
        have = has(record)
        wanted = [_count(have, c) for c in range(len(record.cells))] if chunks is None else [int(n) for n in chunks]
        if record.sealed and all(n <= m for n, m in zip(wanted, record.chunks, strict=True)):
            break
        try:
            _require(record, wanted, have)
            record = _merge(record, wanted, seconds, plan, device)
            break
        except (FileNotFoundError, InputError):  # its chunks may have been merged and removed while we read them
            if attempt == 2:
                raise
    for path in spent(record):
        files.remove(path)
    return record


def spent(record: Record) -> list[Path]:
    """Chunks that a sealed record does not need: merged ones, damaged ones, and those of other code or software."""
    found = scan(record)
    merged = [path for (cell, chunk), path in found.good.items() if chunk < record.chunks[cell]]
    return [*merged, *found.duplicates, *found.damaged, *found.foreign, *sorted(record.path.glob("damaged-cell*.nc"))]


def _require(record: Record, wanted: Sequence[int], have: set[Place]) -> None:
    for cell, count in enumerate(wanted):
        missing = [chunk for chunk in range(max(count, 1)) if (cell, chunk) not in have]
        if missing:
            raise InputError(f"record {record.id}: cell {cell}, chunk {missing[0]} is missing: run it again")


def _merge(record: Record, wanted: Sequence[int], seconds: float | None, plan: Any, device: str | None) -> Record:
    groups: dict[str, Group] = {}
    for cell in range(len(record.cells)):
        group = cell_group(record, cell, wanted[cell])
        if group is None:
            raise InputError(f"record {record.id}: cell {cell} has no data: run it again")
        groups[cell_name(cell)] = group
    digest = hashlib.sha256()
    for name in sorted(groups):
        for key in sorted(groups[name].arrays):
            update(digest, f"{name}/{key}", groups[name].arrays[key])
    data = encode(groups, {"schema": SCHEMA, "record": record.id, "code": record.code_sha256})
    whole = sha256(data)
    path = record.path / f"data-{whole[:16]}.nc"
    if files.kind(path) not in ("", "file"):
        set_aside(path)
    files.write(path, data)
    _keep_older(record.path, path.name)
    done = write_description(dataclasses.replace(
        record, created=datetime.now(UTC).isoformat(timespec="seconds"),
        device=record.device if device is None else device, seconds=seconds, plan=plan,
        diverged=[_diverged(groups[cell_name(cell)]) for cell in range(len(record.cells))],
        chunks=list(wanted), replicates=[_replicates(groups[cell_name(cell)]) for cell in range(len(record.cells))],
        data_file=path.name, file_sha256=whole, data_sha256=digest.hexdigest(),
    ))
    files.remove(record.path / NEXT)
    return done


def _keep_older(folder: Path, data_file: str) -> None:
    """Copy the description that is about to be replaced, if it is that of another sealed record or a damaged one."""
    try:
        older = load(folder)
        name = f"older-{older.data_file[5:-3]}.json" if older.sealed and older.data_file != data_file else ""
    except Other:
        name = "older-schema.json"
    except Damaged:
        name = f"damaged-{FILE}"
    if not name:
        return
    if files.kind(folder / FILE) == "file":
        with suppress(FileNotFoundError, Damaged):
            files.write(folder / name, files.read(folder / FILE))
    elif files.present(folder / FILE):
        set_aside(folder / FILE)


def _replicates(group: Group) -> int:
    return int(next(iter(group.arrays.values())).shape[0])


def _diverged(group: Group) -> dict[str, Any]:
    """How many replicates diverged, from the array `diverged` (first step with a non-finite state, -1 for none)."""
    steps = group.arrays.get("diverged", np.full(_replicates(group), -1))
    steps = steps[steps >= 0]
    return {"count": int(steps.size), "of": _replicates(group), "first": int(steps.min()) if steps.size else None}


def _count(have: set[Place], cell: int) -> int:
    count = 0
    while (cell, count) in have:
        count += 1
    return count
