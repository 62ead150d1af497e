"""Files that are either whole or absent: written under a temporary name in their folder, synced, renamed.

A reader never sees half a file under its final name; a killed writer leaves `.tmp-*`, which nobody reads and `clean`
removes once it is old. What the disk refuses (read-only, full, no permission) becomes an InputError in one line.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from theorylab.errors import InputError

OLD = 3600.0  # seconds after which a temporary file has no living writer
_NAMES = "ENOSPC EDQUOT EFBIG EROFS EACCES EPERM ENOTDIR EISDIR EEXIST ENAMETOOLONG EIO ELOOP ENXIO ENODEV ESTALE"
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
    """Write `data` to `path` atomically and durably; a pipe, a device or a folder there is refused, not replaced."""
    if (found := kind(path)) not in ("", "file"):
        raise InputError(f"cannot write {path}: there is a {found}, no file")
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
    with contextlib.suppress(OSError, InputError):
        if read(path) == data:
            return path
    return write(path, data)


def kind(path: Path) -> str:
    """What stands at `path`, links followed: "file", "folder", "pipe", "socket", "device"; "" for nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return ""
    tests = {"file": stat.S_ISREG, "folder": stat.S_ISDIR, "pipe": stat.S_ISFIFO, "socket": stat.S_ISSOCK}
    return next((word for word, holds in tests.items() if holds(mode)), "device")


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
    with opened(path) as file:
        return file.read()


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """The file at `path`, to be read. A pipe, which would keep its reader waiting, is refused like all that is none."""
    with refusals(path, "read"), open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise InputError(f"cannot read {path}: it is no file")
        yield file


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def remove(path: Path) -> None:
    """Remove a file, or leave it where it is already gone or may not be removed."""
    with contextlib.suppress(OSError):
        path.unlink()


def present(path: Path) -> bool:
    """Whether anything stands there, a link that leads nowhere too."""
    return os.path.lexists(path)


def old(path: Path) -> bool:
    """Whether a temporary file is so old that its writer is dead."""
    with contextlib.suppress(OSError):
        return time.time() - path.lstat().st_mtime > OLD
    return False


def clean(folder: Path) -> list[Path]:
    """Remove temporary files whose writer is long dead."""
    gone = []
    for path in filter(old, sorted(folder.glob(".tmp-*"))):
        with contextlib.suppress(OSError):
            path.unlink()
            gone.append(path)
    return gone
