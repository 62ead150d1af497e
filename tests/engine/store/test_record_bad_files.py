"""One bad file spoils one record; an export replaces nothing but a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.small_record import CODE, IDENTITY, ROOT, append, filled, sealed
from theorylab import store as record
from theorylab.errors import InputError

# --- one bad file


def spoil(path, how):
    path.unlink()
    if how == "folder":
        path.mkdir()
    if how == "loop":
        path.symlink_to(path.name)
    if how == "pipe":
        os.mkfifo(path)
    if how == "nothing":
        path.symlink_to("nowhere")


@pytest.mark.parametrize("how", ["folder", "loop", "pipe", "nothing", "device"])
@pytest.mark.parametrize("which", ["record.json", "data", "chunk"])
def test_what_is_no_file_damages_its_own_record_alone(tmp_path, how, which):
    store = filled(tmp_path) if which == "chunk" else sealed(tmp_path)
    other = record.open_record(tmp_path, **{**IDENTITY, "seed": 1}, code=CODE)
    append(other, 0, 0)
    name = {"data": store.data_file, "chunk": "record.json"}.get(which, which)
    path = sorted(store.path.glob("cell001*"))[0] if which == "chunk" else store.path / name
    if how == "device":
        path.unlink()
        path.symlink_to("/dev/zero")
    else:
        spoil(path, how)
    assert record.list_records(tmp_path) == sorted([store.path, other.path])
    found = record.state(store.path, CODE)
    assert (found.word, "\n" in found.why) == ("partial" if (which, how) == ("chunk", "nothing") else "damaged", False)
    assert record.state(other.path, CODE).word == "partial"
    done = sealed(tmp_path)  # a run makes it anew
    assert record.state(done.path, CODE).word == "fresh"


def test_a_file_without_permission_damages_its_own_record_alone(tmp_path, monkeypatch):
    import builtins

    store, real = sealed(tmp_path), builtins.open

    def refuse(path, *arguments, **options):
        if str(path) == str(store.path / store.data_file):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(builtins, "open", refuse)
    found = record.state(store.path, CODE)
    assert (found.word, found.why) == ("damaged", f"{store.data_file} cannot be read (Permission denied)")


@pytest.mark.skipif(not hasattr(os, "setuid") or os.getuid() != 0, reason="needs a user who may become another")
def test_folders_and_files_of_another_user(tmp_path):
    tmp_path.chmod(0o755)
    one, two = sealed(tmp_path), record.open_record(tmp_path, **{**IDENTITY, "seed": 1}, code=CODE)
    shutil.copytree(tmp_path / "bowl", tmp_path / "closed")
    (one.path / one.data_file).chmod(0)
    two.path.chmod(0)
    (tmp_path / "closed").chmod(0)
    script = (
        "import os, sys; from pathlib import Path; from theorylab import store as record\n"
        "root = Path(sys.argv[1]); os.chdir('/'); os.setuid(65534)\n"
        "for path in record.list_records(root): print(path.name, record.state(path))"
    )
    parents = [p for p in tmp_path.parents if p.stat().st_mode & 0o005 != 0o005 and p.stat().st_uid == 0]
    modes = {p: p.stat().st_mode for p in parents}
    for parent in parents:
        parent.chmod(0o755)
    try:
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    finally:
        for parent, mode in modes.items():
            parent.chmod(mode)
        two.path.chmod(0o755)
        (tmp_path / "closed").chmod(0o755)
    assert sorted(line.split(": ", 1)[0] for line in done.stdout.splitlines()) == sorted(
        [f"{one.id} damaged", f"{two.id} damaged"]
    ), done.stderr


# --- export


@pytest.mark.parametrize("what", ["folder", "pipe", "device", "own"])
def test_an_export_replaces_no_device_pipe_or_folder(tmp_path, what):
    store = sealed(tmp_path / "a")
    target = {"own": store.path / "record.json", "device": tmp_path / "null"}.get(what, tmp_path / "target")
    if what == "folder":
        target.mkdir()
    if what == "pipe":
        os.mkfifo(target)
    if what == "device":
        target.symlink_to("/dev/null")
    before = os.lstat(target)
    with pytest.raises(InputError, match=f"export .*{'inside' if what == 'own' else what}") as caught:
        record.export_record(store, target)
    assert "\n" not in str(caught.value)
    assert os.lstat(target) == before
