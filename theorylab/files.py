"""Files that are either whole or absent: written under a temporary name in their folder, synced, renamed.

A reader never sees half a file under its final name; a killed writer leaves `.tmp-*`, which nobody reads and `clean`
removes once it is old. What the disk refuses (read-only, full, no permission) becomes an InputError in one line.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from theorylab.errors import InputError

OLD = 3600.0  # seconds after which a temporary file has no living writer
_NAMES = "ENOSPC EDQUOT EFBIG EROFS EACCES EPERM ENOTDIR EISDIR EEXIST ENAMETOOLONG EIO ELOOP"
_REFUSALS = {getattr(errno, name) for name in _NAMES.split() if hasattr(errno, name)}


@contextlib.contextmanager
def refusals(path: Path, doing: str = "write") -> Iterator[None]:
    """Turn the disk's refusals into `InputError("cannot write PATH: No space left on device")`."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.errno not in _REFUSALS:
            raise
        raise InputError(f"cannot {doing} {path}: {os.strerror(error.errno)}") from error


def make_folder(path: Path) -> None:
    """Make the folder and its parents."""
    with refusals(path, "make the folder"):
        path.mkdir(parents=True, exist_ok=True)


def write(path: Path, data: bytes) -> Path:
    """Write `data` to `path` atomically and durably."""
    temporary = path.with_name(f".tmp-{os.getpid()}-{secrets.token_hex(4)}-{path.name}")
    with refusals(path):
        try:
            with open(temporary, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(path.parent)
    return path


def write_if_changed(path: Path, data: bytes) -> Path:
    """Write `data` unless the file holds it already: what did not change keeps its time."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == data:
            return path
    return write(path, data)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(path: Path) -> bytes:
    """The bytes of `path`; FileNotFoundError where another writer has removed it meanwhile."""
    with refusals(path, "read"):
        return path.read_bytes()


def remove(path: Path) -> None:
    """Remove a file, or leave it where it is already gone or may not be removed."""
    with contextlib.suppress(OSError):
        path.unlink()


def clean(folder: Path, older_than: float = OLD) -> list[Path]:
    """Remove temporary files whose writer is long dead."""
    gone = []
    for path in sorted(folder.glob(".tmp-*")):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > older_than:
                path.unlink()
                gone.append(path)
    return gone
