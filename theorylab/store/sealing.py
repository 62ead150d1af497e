"""Sealing a record: all chunks merged into one data file, described, and what it replaces kept beside it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from theorylab import files
from theorylab.errors import InputError
from theorylab.store.chunks import Place, scan, set_aside
from theorylab.store.description import (
    FILE,
    NEXT,
    Damaged,
    Other,
    Record,
    load,
    write_description,
)
from theorylab.store.netcdf import Group, encode
from theorylab.store.schema import SCHEMA, cell_name, sha256, update
from theorylab.store.writing import cell_group, current, has, same


def seal(
    record: Record,
    chunks: Sequence[int] | None = None,
    *,
    seconds: float | None = None,
    plan: Any = None,
    device: str | None = None,
) -> Record:
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
            record = now if now.made == record.made or (now.sealed and same(now, record)) else record
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
    done = write_description(
        dataclasses.replace(
            record,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            device=record.device if device is None else device,
            seconds=seconds,
            plan=plan,
            diverged=[_diverged(groups[cell_name(cell)]) for cell in range(len(record.cells))],
            chunks=list(wanted),
            replicates=[_replicates(groups[cell_name(cell)]) for cell in range(len(record.cells))],
            data_file=path.name,
            file_sha256=whole,
            data_sha256=digest.hexdigest(),
        )
    )
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
