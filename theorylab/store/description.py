"""What a record says of itself: `record.json`, written whole, its own checksum inside.

    record_sha256 = sha256(canonical JSON of everything else in record.json)

The file's bytes are the one rendering of its content, so that any changed byte is found. While a run makes a record
anew, the sealed one keeps `record.json`, and the new one describes itself in `next.json`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from theorylab import files
from theorylab.errors import InputError
from theorylab.store.schema import SCHEMA, canonical, check_id, plain, record_id, settings_digest, sha256
from theorylab.store.software import computing, versions

FILE = "record.json"
NEXT = "next.json"


class Damaged(InputError):
    """A file of a record does not hold what its checksum says."""


@dataclass(frozen=True)
class Record:
    """A record's description; its arrays stay on files.

    `cells` are the settings of each cell, `chunks` and `replicates` how many of each the sealed data file holds,
    `diverged` per cell `{"count", "of", "first"}` (first: the first step at which a replicate diverged, null if none),
    `plan` whatever the run says of its looks, `flags` the switches of XLA and JAX that change numbers and stand
    otherwise than usual. A partial record has `data_sha256 = None`.
    """

    path: Path
    id: str
    protocol: str
    settings: Mapping[str, Any]
    seed: int
    tier: str
    cells: Sequence[Mapping[str, Any]]
    settings_sha256: str
    code_sha256: str
    schema: int = SCHEMA
    versions: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    device: str = ""
    created: str = ""
    seconds: float | None = None
    plan: Any = None
    diverged: Sequence[Mapping[str, Any]] = ()
    chunks: Sequence[int] = ()
    replicates: Sequence[int] = ()
    data_file: str = ""
    file_sha256: str = ""
    data_sha256: str | None = None
    set_aside: tuple[str, ...] = field(default=(), compare=False)  # damaged files that opening it met

    @property
    def sealed(self) -> bool:
        """All cells merged into one data file."""
        return self.data_sha256 is not None

    @property
    def software(self) -> dict[str, str]:
        """Versions and switches on which its numbers depend."""
        return {**computing(self.versions), **self.flags}

    @property
    def made(self) -> str:
        """Digest of code and software: chunks of one record are merged where it is the same."""
        return sha256(canonical({"code": self.code_sha256, "software": self.software}))

    def as_dict(self) -> dict[str, Any]:
        """What record.json holds, without its checksum: plain data."""
        hidden = ("path", "set_aside")
        return {f.name: plain(getattr(self, f.name), f.name) for f in dataclasses.fields(self) if f.name not in hidden}


def describe(
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
    """A new, partial record of this identity under `folder`; nothing is written."""
    identity = record_id(protocol, settings, seed, tier, flags)
    return Record(
        Path(folder) / protocol / identity,
        identity,
        protocol,
        plain(settings),
        int(seed),
        tier,
        plain(cells, "cells"),
        settings_digest(settings),
        code,
        versions=versions(),
        flags=dict(flags or {}),
        device=device,
    )


def write_description(record: Record, file: str = FILE) -> Record:
    """Write record.json, or next.json."""
    files.write(record.path / file, _render(record.as_dict()))
    return record


def _render(content: Mapping[str, Any]) -> bytes:
    signed = {**content, "record_sha256": sha256(canonical(content, FILE))}
    return (json.dumps(signed, indent=1, sort_keys=True, allow_nan=False) + "\n").encode("ascii")


@lru_cache(maxsize=512)
def parse_description(path: Path, data: bytes, file: str = FILE) -> Record:
    """The record that `data` describes; `Damaged` where it fails its checksum, whatever its schema."""
    said = f"record {path.name}: {file} is damaged"
    try:
        content = json.loads(data)
        signature = content.pop("record_sha256")
        intact = sha256(canonical(content, FILE)) == signature and _render(content) == data
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Damaged(f"{said} ({type(error).__name__})") from error
    if not intact:
        raise Damaged(f"{said} (it fails its checksum)")
    if content.get("schema") != SCHEMA:
        raise Other(
            content.get("schema"),
            f"record {path.name}: written under schema {content.get('schema')}, this "
            f"version reads schema {SCHEMA}: run it again",
        )
    try:
        record = Record(path=path, **content)
    except TypeError as error:
        raise Damaged(f"{said} (a field is missing or unknown)") from error
    if record.id != record_id(record.protocol, record.settings, record.seed, record.tier, record.flags):
        raise Damaged(f"{said} (its id is not that of its settings)")
    return record


class Other(InputError):
    """A record of another schema version."""

    def __init__(self, schema: Any, text: str) -> None:
        super().__init__(text)
        self.schema = schema


def load(path: Path, file: str = FILE) -> Record:
    """The record in folder `path`. Raises InputError: absent, damaged, or of another schema version."""
    path = Path(path)
    try:
        data = files.read(path / file)
    except FileNotFoundError:
        raise Damaged(f"record {path.name}: {file} is missing") from None
    except (InputError, OSError) as error:
        raise Damaged(f"record {path.name}: {unreadable(error, path / file)}") from error
    record = parse_description(path, data, file)
    if record.id != check_id(path.name):
        raise Damaged(f"record {path.name}: {file} is that of record {record.id}")
    return record


def unreadable(error: Exception, path: Path) -> str:
    """Why a record's file cannot be read, without its folder: `data.nc cannot be read (Permission denied)`."""
    reason = error.strerror if isinstance(error, OSError) else str(error).split(f"{path}: ", 1)[-1]
    return f"{path.name} cannot be read ({reason})"


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, remembered in this process while its size and time stay."""
    with files.opened(path) as file:
        found = os.fstat(file.fileno())
        key = (str(path), found.st_mtime_ns, found.st_size, found.st_ino)
        if key not in _hashes:
            _hashes[key] = hashlib.file_digest(file, "sha256").hexdigest()
        return _hashes[key]


_hashes: dict[tuple[str, int, int, int], str] = {}
