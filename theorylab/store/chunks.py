"""The chunks of a partial record: one file per cell and chunk of replicates, whose name carries its checksum.

    cell003-chunk00007-<made[:8]>-<sha256 of the bytes[:16]>.nc

The order of replicates is that of the chunk numbers. `made` is the digest of code and software: a chunk made by others
is not read and its replicates are computed again; so are those of one that fails its checksum, which is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from theorylab import files
from theorylab.errors import InputError
from theorylab.store.description import Damaged, Record, file_sha256
from theorylab.store.netcdf import Group, decode, encode
from theorylab.store.schema import SCHEMA, canonical, cell_name, check_arrays, dimensions, sha256
from theorylab.store.software import computing, differences, versions

_CHUNK = re.compile(r"cell(\d{3,})-chunk(\d{5,})-([0-9a-f]{8})-([0-9a-f]{16})\.nc\Z")
Place = tuple[int, int]


@dataclass(frozen=True)
class Scan:
    """Chunk files of a folder: `good` by (cell, chunk), their `duplicates`, `damaged`, `foreign` (made by others)."""

    good: Mapping[Place, Path]
    duplicates: Sequence[Path]
    damaged: Sequence[Path]
    foreign: Sequence[Path]


def scan(record: Record) -> Scan:
    """Look at every chunk file and verify its checksum; of several good ones for one place the first by name."""
    good: dict[Place, Path] = {}
    duplicates, damaged, foreign = [], [], []
    for path in sorted(record.path.glob("cell*.nc")):
        match = _CHUNK.match(path.name)
        if match is None:
            continue
        try:
            intact = file_sha256(path)[:16] == match[4]
        except FileNotFoundError:  # merged by another process meanwhile
            continue
        except (InputError, OSError):
            intact = False
        if match[3] != record.made[:8]:
            foreign.append(path)
        elif not intact:
            damaged.append(path)
        elif good.setdefault((int(match[1]), int(match[2])), path) is not path:
            duplicates.append(path)
    return Scan(good, duplicates, damaged, foreign)


def append_chunk(
    record: Record,
    cell: int,
    chunk: int,
    arrays: Mapping[str, Any],
    dims: Mapping[str, Sequence[str]] | None = None,
    units: Mapping[str, str] | None = None,
) -> Path:
    """Write one chunk of one cell: arrays by name, replicate axis first.

    Args:
        record: an open record.
        cell: number of the cell in `record.cells`.
        chunk: number of the chunk within the cell; replicates are ordered by it.
        arrays: integers, floats or truth values, all with the same number of replicates.
        dims: names of the further axes of an array, from `DIMENSIONS`; unnamed axes are called `<name>_1`, ...
        units: units of arrays.

    Raises:
        InputError: arrays that are no such thing; a sealed record of other software; a disk that is read-only or full.
    """
    where = f"record {record.id}, cell {cell}, chunk {chunk}"
    unlike = differences(computing(record.versions), computing(versions())) if record.sealed else ""
    if unlike:
        raise InputError(f"{where}: the record was made with other software than this ({unlike})")
    if not 0 <= cell < len(record.cells) or chunk < 0:
        raise InputError(f"{where}: the record has {len(record.cells)} cells")
    kept = check_arrays(where, arrays, dims or {})
    group = Group(
        kept,
        {k: dimensions(k, a.ndim, (dims or {}).get(k, ())) for k, a in kept.items()},
        units or {},
        [k for k in kept if np.asarray(arrays[k]).dtype.kind == "b"],
        {"settings": canonical(record.cells[cell])},
    )
    software = canonical(record.software)
    data = encode(
        {cell_name(cell): group}, {"schema": SCHEMA, "chunk": chunk, "code": record.code_sha256, "software": software}
    )
    name = f"{cell_name(cell)}-chunk{chunk:05d}-{record.made[:8]}-{sha256(data)[:16]}.nc"
    files.make_folder(record.path)
    return files.write(record.path / name, data)


def read_chunk(record: Record, path: Path) -> Group:
    """The arrays of one chunk file of this record, verified."""
    match = _CHUNK.match(path.name)
    data = files.read(path)
    own = {"code": record.code_sha256, "software": canonical(record.software)}
    if match is None or sha256(data)[:16] != match[4]:
        raise Damaged(f"record {record.id}: {path.name} is damaged (it fails its checksum)")
    name = cell_name(int(match[1]))
    groups, attributes = decode(data)
    if list(groups) != [name] or attributes["chunk"] != int(match[2]) or any(attributes.get(k) != own[k] for k in own):
        raise Damaged(f"record {record.id}: {path.name} holds another chunk than its name says")
    return groups[name]


def join(record: Record, cell: int, parts: Sequence[Group]) -> Group:
    """The parts of a cell behind one another."""
    first = parts[0]
    for part in parts[1:]:
        for key in sorted({*first.arrays, *part.arrays}):
            same = key in first.arrays and key in part.arrays
            if (
                not same
                or first.arrays[key].dtype != part.arrays[key].dtype
                or first.dims[key] != part.dims[key]
                or first.arrays[key].shape[1:] != part.arrays[key].shape[1:]
            ):
                raise InputError(f"record {record.id}, cell {cell}: the chunks differ in the form of array {key}")
    arrays = {k: np.concatenate([p.arrays[k] for p in parts]) for k in sorted(first.arrays)}
    return Group(arrays, first.dims, first.units, first.truth, first.attributes)


def set_aside(path: Path) -> str:
    """Rename a damaged file, so that nobody reads it and somebody may look at it; its new name."""
    aside = path.with_name(f"damaged-{path.name}")
    with files.refusals(path, "set aside"), suppress(FileNotFoundError):
        path.replace(aside)
    return aside.name
