"""A sealed record as one file that can be sent: an uncompressed zip of record.json and the data file.

The same record gives the same bytes (fixed times, fixed order). On import nothing is believed: member names, sizes,
checksums, the id and the digest of the arrays are verified before the record appears under its name.
"""

from __future__ import annotations

import io
import secrets
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path

from theorylab import files
from theorylab.errors import InputError
from theorylab.store.description import FILE, Record, load, parse_description
from theorylab.store.reading import verify_data
from theorylab.store.writing import data_path

_EPOCH = (1980, 1, 1, 0, 0, 0)


def export_record(record: Record | Path, file: Path) -> Path:
    """Write a sealed record to the zip `file`; a device, a pipe or a folder there, or the record's own, is refused."""
    record, file = record if isinstance(record, Record) else load(record), Path(file)
    if (found := files.kind(file)) not in ("", "file"):
        raise InputError(f"export {file}: there is a {found}, no file")
    if file.resolve().is_relative_to(record.path.resolve()):
        raise InputError(f"export {file}: this is inside the record's own folder")
    if not record.sealed:
        raise InputError(f"record {record.id}: partial; run it to its end before exporting it")
    data = data_path(record)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in (record.path / FILE, data):
            entry = zipfile.ZipInfo(f"{record.id}/{path.name}", _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files.read(path))
    return files.write(file, buffer.getvalue())


def import_record(file: Path, folder: Path) -> Record:
    """Unpack an exported record under the records folder `folder`; a record that is there already is left alone.

    Raises:
        InputError: no such archive, anything in it that does not belong there, a failed checksum, or another record
            of the same id with other data.
    """
    file, folder = Path(file), Path(folder)
    try:
        members = _members(file)
    except FileNotFoundError:
        raise InputError(f"import {file}: no such file") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"import {file}: not an exported record ({error})") from error
    identity = next(iter(members)).split("/")[0]
    record = parse_description(Path(identity), members[f"{identity}/{FILE}"])
    if record.id != identity or set(members) != {f"{identity}/{FILE}", f"{identity}/{record.data_file}"}:
        raise InputError(f"import {file}: its members are not record.json and the data file of {record.id}")
    target = folder / record.protocol / record.id
    if target.exists():
        return _same(file, load(target), record)
    files.make_folder(target.parent)
    waiting = target.parent / f".tmp-import-{secrets.token_hex(4)}" / record.id
    files.make_folder(waiting)
    try:
        for name, data in members.items():
            files.write(waiting / name.split("/")[1], data)
        arrived = load(waiting)
        data_path(arrived)
        if not verify_data(arrived):
            raise InputError(f"import {file}: the arrays do not have the digest that the record states")
        with files.refusals(target), suppress(FileExistsError):
            waiting.replace(target)
    finally:
        shutil.rmtree(waiting.parent, ignore_errors=True)
    return load(target)


def _members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) != 2:
            raise InputError(f"import {file}: holds {len(entries)} members, an exported record has two")
        for entry in entries:
            parts = entry.filename.split("/")
            if len(parts) != 2 or parts[1] in ("", ".", "..") or "\\" in entry.filename or parts[0] in ("", ".", ".."):
                raise InputError(f"import {file}: member {entry.filename!r} is not of the form ID/FILE")
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > file.stat().st_size:
                raise InputError(f"import {file}: member {entry.filename!r} is compressed; an exported record is not")
        found = {entry.filename: archive.read(entry) for entry in entries}
    if not any(name.endswith(f"/{FILE}") for name in found) or len({n.split("/")[0] for n in found}) != 1:
        raise InputError(f"import {file}: no {FILE} in it")
    return found


def _same(file: Path, there: Record, arriving: Record) -> Record:
    if there.data_sha256 != arriving.data_sha256 or there.code_sha256 != arriving.code_sha256:
        raise InputError(f"import {file}: record {there.id} is already at {there.path}, with other data or code")
    return there
