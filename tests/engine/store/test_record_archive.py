from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.small_record import CODE, ROOT, arrays, filled, names, opened, sealed
from theorylab import files, store
from theorylab.errors import InputError


def test_export_and_import_carry_a_record_and_the_bytes_are_the_same_each_time(tmp_path):
    record = sealed(tmp_path / "a")
    one = store.export_record(record.path, tmp_path / "one.zip")
    time.sleep(0.01)
    two = store.export_record(record, tmp_path / "two.zip")
    assert one.read_bytes() == two.read_bytes()
    arrived = store.import_record(one, tmp_path / "b")
    assert store.state(arrived.path, CODE).word == "fresh"
    assert (arrived.data_sha256, arrived.id) == (record.data_sha256, record.id)
    assert store.import_record(one, tmp_path / "b").path == arrived.path
    with pytest.raises(InputError, match="partial"):
        store.export_record(filled(tmp_path / "c"), tmp_path / "three.zip")


def test_import_refuses_what_does_not_belong_there(tmp_path):
    good = store.export_record(sealed(tmp_path / "a"), tmp_path / "good.zip")
    with zipfile.ZipFile(good) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    (described, data) = sorted(members, key=lambda n: "data" in n)

    def pack(members: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> Path:
        with zipfile.ZipFile(tmp_path / "bad.zip", "w", how) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return tmp_path / "bad.zip"

    changed = bytes(b ^ (i == 400) for i, b in enumerate(members[data]))
    bad = [
        {**members, "../../evil": b""},
        {"../record.json": members[described], "../x.nc": members[data]},
        {described: members[described], described.replace("record.json", "..\\x"): b""},
        {described: members[described]},
        {described: members[described], data: changed},
        {described: members[described][:-5], data: members[data]},
        {"other-smoke-0-00000000/record.json": members[described], "other-smoke-0-00000000/" + data.split("/")[1]: b""},
    ]
    for case in bad:
        with pytest.raises(InputError) as caught:
            store.import_record(pack(case), tmp_path / "b")
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="compressed"):
        store.import_record(pack(members, zipfile.ZIP_DEFLATED), tmp_path / "b")
    (tmp_path / "bad.zip").write_bytes(b"PK no")
    for name in ("bad.zip", "absent.zip"):
        with pytest.raises(InputError, match=name):
            store.import_record(tmp_path / name, tmp_path / "b")
    assert not [p for p in tmp_path.rglob("*") if p.name in ("evil", "x.nc") or ".tmp" in p.name]
    assert store.list_records(tmp_path / "b") == []


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot make the folder .*Not a directory") as caught:
        opened(tmp_path / "file")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("code", "said"), [("ENOSPC", "No space"), ("EROFS", "Read-only"), ("EACCES", "Permission")])
def test_what_the_disk_refuses_is_said_in_one_line(tmp_path, monkeypatch, code, said):
    import errno

    record = filled(tmp_path, chunks=1)
    before = names(record)

    def refuse(*_):
        raise OSError(getattr(errno, code), "said by the system")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(InputError, match=f"cannot write .*{said}"):
        store.append_chunk(record, 0, 1, arrays(0, 1))
    assert names(record) == before


def test_a_full_disk_in_earnest(tmp_path):
    """A limit on file sizes stands for the full disk: the system refuses the write itself."""
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from theorylab import files; from theorylab.errors import InputError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: files.write(Path(sys.argv[1]) / 'x.nc', bytes(5000))\n"
        "except InputError as error: print(error)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert "File too large" in found.stdout
    assert list(tmp_path.iterdir()) == []


def test_old_temporary_files_alone_are_cleaned(tmp_path):
    old, new, other = (tmp_path / n for n in (".tmp-1-old", ".tmp-2-new", "kept"))
    for path in (old, new, other):
        path.write_text("")
    os.utime(old, (0, 0))
    assert files.clean(tmp_path) == [old]
    assert new.exists()
    assert other.exists()
