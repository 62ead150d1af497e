"""The life of a record: opened by a run, filled chunk by chunk, sealed when every cell is complete.

Each function may meet another process doing the same to the same record; both leave the same arrays.
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
    Damaged,
    Other,
    Record,
    describe,
    file_sha256,
    load,
    versions,
    write_description,
)
from theorylab.store.netcdf import Group, decode, encode
from theorylab.store.schema import SCHEMA, canonical, cell_name, sha256, update


def open_record(folder: Path, *, protocol: str, settings: Mapping[str, Any], seed: int, tier: str,
                cells: Sequence[Mapping[str, Any]], code: str, device: str = "") -> Record:
    """The record of this identity under `folder`, ready to be filled; made where there is none.

    Temporary files of dead writers are removed, damaged files set aside (named in `set_aside`), and what other code or
    another schema version has left is dropped. A sealed, intact record comes back as it is: `has` says what is in it.

    Args:
        folder: the records folder.
        protocol: name of the protocol; with settings, seed and tier it makes the id.
        settings: every setting, plain data.
        seed: of the whole record.
        tier: smoke, standard or full.
        cells: the settings of each cell.
        code: `code_digest` of the protocol's file.
        device: what computes, in words.
    """
    new = describe(folder, protocol=protocol, settings=settings, seed=seed, tier=tier, cells=cells, code=code,
                   device=device)
    files.make_folder(new.path)
    files.clean(new.path)
    aside: list[str] = []
    record = None
    try:
        record = load(new.path)
        if canonical(record.settings) != canonical(new.settings):
            raise InputError(f"record {new.id}: two settings share this id; change a setting or remove {new.path}")
        if record.sealed:
            data_path(record)
    except Other:
        record = None
    except Damaged:
        damaged = new.path / (record.data_file if record is not None and record.sealed else FILE)
        if damaged.exists():
            aside.append(set_aside(damaged))
        record = None
    if record is None or record.code_sha256 != code or canonical(record.cells) != canonical(new.cells):
        record = write_description(new)
    found = scan(record)
    for path in found.foreign:
        files.remove(path)
    aside += [set_aside(path) for path in found.damaged]
    for path in new.path.glob("data-*.nc"):
        if path.name != record.data_file and _old(path):
            files.remove(path)
    return dataclasses.replace(record, set_aside=tuple(aside))


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
    """Merge all chunks into one data file, describe it, remove the chunks.

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
            now = load(record.path)
            record = now if now.code_sha256 == record.code_sha256 else record
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
    for (cell, chunk), path in scan(record).good.items():
        if chunk < record.chunks[cell]:
            files.remove(path)
    for path in record.path.glob("damaged-*"):
        files.remove(path)
    return record


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
    path = files.write(record.path / f"data-{whole[:16]}.nc", data)
    return write_description(dataclasses.replace(
        record, versions=versions(), created=datetime.now(UTC).isoformat(timespec="seconds"),
        device=record.device if device is None else device, seconds=seconds, plan=plan,
        diverged=[_diverged(groups[cell_name(cell)]) for cell in range(len(record.cells))],
        chunks=list(wanted), replicates=[_replicates(groups[cell_name(cell)]) for cell in range(len(record.cells))],
        data_file=path.name, file_sha256=whole, data_sha256=digest.hexdigest(),
    ))


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


def _old(path: Path) -> bool:
    with suppress(OSError):
        return datetime.now(UTC).timestamp() - path.stat().st_mtime > files.OLD
    return False
