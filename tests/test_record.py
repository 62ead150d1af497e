from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorylab import record
from theorylab.errors import InputError
from theorylab.record import disk

ROOT = Path(__file__).resolve().parent.parent
CODE = "ab" * 32
CELLS = [{"eta": 0.1, "noise": "gaussian"}, {"eta": 0.5, "noise": "stable"}]
IDENTITY = {"protocol": "bowl", "settings": {"eta": (0.1, 0.5), "lam": 1.0}, "seed": 0, "tier": "smoke", "cells": CELLS}


def arrays(cell: int, chunk: int, size: int = 8) -> dict[str, np.ndarray]:
    """A chunk's data: a function of the replicates' numbers alone."""
    r = np.arange(chunk * size, (chunk + 1) * size)
    return {"theta2": (np.sin(r + cell) ** 2).astype("f4"), "path": np.cos(r[:, None] + np.arange(5)),
            "diverged": np.where(r % 11 == 10, r, -1).astype("i4"), "alive": r % 2 == 0}


def opened(folder: Path, code: str = CODE) -> record.Record:
    return record.open_record(folder, **IDENTITY, code=code)


def filled(folder: Path, chunks: int = 3, size: int = 8) -> record.Record:
    store = opened(folder)
    for cell in range(2):
        for chunk in range(chunks):
            record.append_chunk(store, cell, chunk, arrays(cell, chunk, size), dims={"path": ("record",)}, units={"path": "1"})
    return store


def sealed(folder: Path) -> record.Record:
    return record.seal(filled(folder), [3, 3], seconds=1.5, plan=[{"looks": [8, 16]}, {"looks": [8, 24]}])


def names(store: record.Record) -> list[str]:
    return sorted(p.name for p in store.path.iterdir())


def test_a_record_goes_from_partial_to_fresh_and_keeps_its_arrays(tmp_path):
    store = filled(tmp_path)
    assert record.state(store, CODE).word == "partial"
    done = record.seal(store, [3, 3], seconds=1.5)
    assert record.state(done.path, CODE).word == "fresh"
    assert len(names(done)) == 2
    data = record.dataset(done.path, 1)
    expected = arrays(1, 0, 24)
    assert data["path"].dims == ("replicate", "record")
    assert data["path"].attrs["units"] == "1"
    for name, values in expected.items():
        np.testing.assert_array_equal(data[name].values, values)
        assert data[name].dtype == values.dtype
    assert json.loads(data.attrs["settings"]) == CELLS[1]
    assert done.diverged[0] == {"count": 2, "of": 24, "first": 10}


def test_the_public_function_opens_a_record_whichever_was_imported_first(tmp_path):
    import theorylab

    store = sealed(tmp_path)
    data = theorylab.record(store.id, lab=ROOT, records=tmp_path)
    assert data["theta2"].dims == ("cell", "replicate")
    assert data["eta"].values.tolist() == [0.1, 0.5]
    with pytest.raises(InputError, match="did you mean"):
        theorylab.record(store.id[:-1], lab=ROOT, records=tmp_path)


def test_an_id_is_readable_and_depends_on_everything_that_makes_the_record():
    base = record.record_id("bowl", {"eta": (0.1, 0.5), "n": 3}, 0, "smoke")
    assert base.startswith("bowl-smoke-0-")
    assert base == record.record_id("bowl", {"n": np.int64(3), "eta": [0.1, np.float64(0.5)]}, 0, "smoke")
    others = [("bowl", {"eta": (0.1,), "n": 3}, 0, "smoke"), ("bowl", {"eta": (0.1, 0.5), "n": 3}, 1, "smoke"),
              ("bowl", {"eta": (0.1, 0.5), "n": 3}, 0, "full")]
    assert len({base, *(record.record_id(*other) for other in others)}) == 4


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 23), max_size=5), st.integers(0, 2**32))
def test_the_data_digest_does_not_depend_on_chunks(tmp_path_factory, cuts, seed):
    values = np.random.default_rng(seed).normal(size=(24, 3)).astype("f4")
    digests = set()
    for edges in ([0, 24], sorted({0, 24, *cuts})):
        store = opened(tmp_path_factory.mktemp("records"))
        for cell in range(2):
            for chunk, (a, b) in enumerate(zip(edges, edges[1:], strict=False)):
                record.append_chunk(store, cell, chunk, {"x": values[a:b]})
        digests.add(record.seal(store).data_sha256)
    assert digests == {record.data_sha256({"cell000/x": values, "cell001/x": values})}


def test_the_documented_recipe_gives_the_data_digest(tmp_path):
    import hashlib

    import h5netcdf

    store = sealed(tmp_path)
    digest = hashlib.sha256()
    with h5netcdf.File(store.path / store.data_file) as file:
        found = {f"{group}/{name}": file[group][name][...] for group in file.groups for name in file[group].variables}
    for name, array in sorted(found.items()):
        digest.update(f"{name}|{array.dtype.str}|{'x'.join(map(str, array.shape))}\n".encode())
        digest.update(array.tobytes())
    assert digest.hexdigest() == store.data_sha256


def test_the_data_digest_sees_names_dtypes_shapes_and_bytes():
    x = np.arange(6, dtype="i4")
    same = {record.data_sha256({"x": x}), record.data_sha256({"x": x.astype(">i4")}),
            record.data_sha256({"x": np.asfortranarray(x)})}
    other = {record.data_sha256(a) for a in ({"y": x}, {"x": x.astype("i8")}, {"x": x.reshape(2, 3)}, {"x": x + 1})}
    assert len(same) == 1
    assert len(other) == 4
    assert not same & other


def test_more_replicates_can_be_added_to_a_sealed_record(tmp_path):
    store = sealed(tmp_path)
    again = opened(tmp_path)
    assert record.has(again) == {(cell, chunk) for cell in range(2) for chunk in range(3)}
    record.append_chunk(again, 0, 3, arrays(0, 3), dims={"path": ("record",)})
    longer = record.seal(again, [4, 3])
    np.testing.assert_array_equal(record.cell_arrays(longer, 0)["path"], arrays(0, 0, 32)["path"])
    assert longer.replicates == [32, 24]
    assert store.data_sha256 != longer.data_sha256


def every_nth_byte(path: Path, step: int) -> list[int]:
    size = path.stat().st_size
    return sorted({0, size - 1, *range(0, size, step)})


def flip(path: Path, position: int) -> bytes:
    before = path.read_bytes()
    after = bytearray(before)
    after[position] ^= 0x01
    path.write_bytes(after)
    return before


@pytest.mark.parametrize("file", ["record.json", "data"])
def test_any_changed_byte_of_a_sealed_record_is_damage(tmp_path, file):
    store = sealed(tmp_path)
    path = store.path / (store.data_file if file == "data" else file)
    for position in every_nth_byte(path, 1 if file == "record.json" else 97):
        before = flip(path, position)
        found = record.state(store.path, CODE)
        assert found.word == "damaged", (position, before[position : position + 1])
        assert "\n" not in found.why
        path.write_bytes(before)
    assert record.state(store.path, CODE).word == "fresh"


def test_a_truncated_or_missing_file_is_damage(tmp_path):
    store = sealed(tmp_path)
    for path in (store.path / "record.json", store.path / store.data_file):
        before = path.read_bytes()
        for half in (b"", before[: len(before) // 2], before + b" "):
            path.write_bytes(half)
            assert record.state(store.path, CODE).word == "damaged"
        path.unlink()
        assert record.state(store.path, CODE).word == "damaged"
        path.write_bytes(before)
    assert record.list_records(tmp_path) == [store.path]


def test_a_damaged_chunk_is_named_set_aside_and_computed_again(tmp_path):
    undisturbed = sealed(tmp_path / "a").data_sha256
    store = filled(tmp_path / "b")
    bad = sorted(store.path.glob("cell001-chunk00001-*"))[0]
    flip(bad, 300)
    found = record.state(store, CODE)
    assert found.word == "damaged"
    assert bad.name in found.why
    again = opened(tmp_path / "b")
    assert again.set_aside == (f"damaged-{bad.name}",)
    assert record.has(again) == {(c, k) for c in range(2) for k in range(3)} - {(1, 1)}
    with pytest.raises(InputError, match="cell 1, chunk 1 is missing"):
        record.seal(again, [3, 3])
    record.append_chunk(again, 1, 1, arrays(1, 1), dims={"path": ("record",)}, units={"path": "1"})
    assert record.seal(again, [3, 3]).data_sha256 == undisturbed


@pytest.mark.parametrize("which", ["data", "record.json"])
def test_a_damaged_sealed_record_is_set_aside_and_made_anew(tmp_path, which):
    store = sealed(tmp_path)
    flip(store.path / (store.data_file if which == "data" else which), 200)
    again = opened(tmp_path)
    assert again.set_aside
    assert record.has(again) == set()
    assert sealed(tmp_path).data_sha256 == store.data_sha256


WRITER = """
import sys, time
sys.path.insert(0, {root!r})
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_record import arrays, opened
from theorylab import record
store = opened(Path(sys.argv[1]))
pace, seal = float(sys.argv[2]), len(sys.argv) > 3
print("ready", flush=True)
for cell in range(2):
    for chunk in range(3):
        if (cell, chunk) not in record.has(store):
            time.sleep(pace)
            record.append_chunk(store, cell, chunk, arrays(cell, chunk), dims={{"path": ("record",)}}, units={{"path": "1"}})
if seal:
    print(record.seal(store, [3, 3]).data_sha256)
"""


def writer(folder: Path, pace: float, *more: str) -> subprocess.Popen[str]:
    script = WRITER.format(root=str(ROOT), tests=str(ROOT / "tests"))
    return subprocess.Popen([sys.executable, "-c", script, str(folder), str(pace), *more], stdout=subprocess.PIPE, text=True)


def test_killed_writers_lose_at_most_the_chunk_in_flight(tmp_path):
    undisturbed = sealed(tmp_path / "a").data_sha256
    for wait in (0.0, 0.07, 0.16):
        with writer(tmp_path / "b", 0.05) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        assert record.state(record.list_records(tmp_path / "b")[0], CODE).word == "partial"
    done = filled(tmp_path / "b")
    assert record.seal(done, [3, 3]).data_sha256 == undisturbed


def test_a_writer_killed_within_a_write_leaves_only_a_temporary_file(tmp_path, monkeypatch):
    store = filled(tmp_path, chunks=2)

    def killed(*_):
        raise KeyboardInterrupt

    before = names(store)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(Path, "unlink", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            record.append_chunk(store, 0, 2, arrays(0, 2))
    left = set(names(store)) - set(before)
    assert all(name.startswith(".tmp-") for name in left)
    assert len(left) == 1
    assert (0, 2) not in record.has(opened(tmp_path))
    assert left <= set(names(store))  # perhaps of a living writer
    for name in left:
        os.utime(store.path / name, (0, 0))
    assert not left & set(names(opened(tmp_path)))


def test_two_writers_at_once_make_the_same_record(tmp_path):
    undisturbed = sealed(tmp_path / "a").data_sha256
    with writer(tmp_path / "b", 0.01, "seal") as one, writer(tmp_path / "b", 0.01, "seal") as two:
        results = [process.communicate()[0].split()[-1] for process in (one, two)]
    assert results == [undisturbed, undisturbed]
    (path,) = record.list_records(tmp_path / "b")
    assert record.state(path, CODE).word == "fresh"


def test_duplicates_of_a_chunk_are_tolerated(tmp_path):
    store = filled(tmp_path)
    one = sorted(store.path.glob("cell000-chunk00000-*"))[0]
    record.append_chunk(store, 0, 0, arrays(0, 0), dims={"path": ("record",)}, units={"path": "other"})
    assert len(list(store.path.glob("cell000-chunk00000-*"))) == 2
    assert record.seal(store).data_sha256 == sealed(tmp_path / "b").data_sha256
    assert not one.exists()


def test_a_record_of_other_code_is_stale_and_its_chunks_are_not_mixed_in(tmp_path):
    store = sealed(tmp_path)
    found = record.state(store.path, "cd" * 32)
    assert (found.word, "code" in found.why) == ("stale", True)
    fresh = opened(tmp_path, code="cd" * 32)
    assert record.has(fresh) == set()
    record.append_chunk(store, 0, 0, arrays(0, 0))  # a process that still runs the old code
    assert record.has(fresh) == set()


def test_a_record_of_another_schema_is_stale_and_says_so(tmp_path):
    from theorylab.record import store as description

    store = sealed(tmp_path)
    content = {**store.as_dict(), "schema": 2}
    (store.path / "record.json").write_bytes(description._render(content))
    assert record.state(store.path, CODE).word == "stale"
    assert "schema 2" in record.state(store.path, CODE).why
    with pytest.raises(InputError, match="schema 2"):
        record.dataset(store.path)
    assert not opened(tmp_path).sealed


def test_export_and_import_carry_a_record_and_the_bytes_are_the_same_each_time(tmp_path):
    store = sealed(tmp_path / "a")
    one = record.export_record(store.path, tmp_path / "one.zip")
    time.sleep(0.01)
    two = record.export_record(store, tmp_path / "two.zip")
    assert one.read_bytes() == two.read_bytes()
    arrived = record.import_record(one, tmp_path / "b")
    assert record.state(arrived.path, CODE).word == "fresh"
    assert (arrived.data_sha256, arrived.id) == (store.data_sha256, store.id)
    assert record.import_record(one, tmp_path / "b").path == arrived.path
    with pytest.raises(InputError, match="partial"):
        record.export_record(filled(tmp_path / "c"), tmp_path / "three.zip")


def test_import_refuses_what_does_not_belong_there(tmp_path):
    good = record.export_record(sealed(tmp_path / "a"), tmp_path / "good.zip")
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
            record.import_record(pack(case), tmp_path / "b")
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="compressed"):
        record.import_record(pack(members, zipfile.ZIP_DEFLATED), tmp_path / "b")
    (tmp_path / "bad.zip").write_bytes(b"PK no")
    for name in ("bad.zip", "absent.zip"):
        with pytest.raises(InputError, match=name):
            record.import_record(tmp_path / name, tmp_path / "b")
    assert not [p for p in tmp_path.rglob("*") if p.name in ("evil", "x.nc") or ".tmp" in p.name]
    assert record.list_records(tmp_path / "b") == []


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot make the folder .*Not a directory") as caught:
        opened(tmp_path / "file")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("code", "said"), [("ENOSPC", "No space left"), ("EROFS", "Read-only"), ("EACCES", "Permission")])
def test_what_the_disk_refuses_is_said_in_one_line(tmp_path, monkeypatch, code, said):
    import errno

    store = filled(tmp_path, chunks=1)
    before = names(store)

    def refuse(*_):
        raise OSError(getattr(errno, code), "said by the system")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(InputError, match=f"cannot write .*{said}"):
        record.append_chunk(store, 0, 1, arrays(0, 1))
    assert names(store) == before


def test_a_full_disk_in_earnest(tmp_path):
    """A limit on file sizes stands for the full disk: the system refuses the write itself."""
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from theorylab.record import disk; from theorylab.errors import InputError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: disk.write(Path(sys.argv[1]) / 'x.nc', bytes(5000))\n"
        "except InputError as error: print(error)\n"
    )
    found = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, cwd=ROOT,
                           env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    assert "File too large" in found.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("bad", "said"), [
    ({"x": np.float64(1.0)}, "no replicates"),
    ({"x": np.zeros(3), "y": np.zeros(4)}, "number of replicates"),
    ({"x": np.array(["a", "b"])}, "dtype"),
    ({"x": np.zeros(3, complex)}, "dtype"),
    ({"x/y": np.zeros(3)}, "not a word"),
    ({"replicate": np.zeros(3)}, "name of a dimension"),
    ({}, "no arrays"),
])
def test_what_is_no_chunk_is_refused(tmp_path, bad, said):
    with pytest.raises(InputError, match=said):
        record.append_chunk(opened(tmp_path), 0, 0, bad)


def test_dimensions_come_from_the_declared_schema(tmp_path):
    store = opened(tmp_path)
    with pytest.raises(InputError, match="dimension 'bananas' is not one of replicate, record"):
        record.append_chunk(store, 0, 0, {"x": np.zeros((3, 2))}, dims={"x": ("bananas",)})
    with pytest.raises(InputError, match="record has length 4, elsewhere 2"):
        record.append_chunk(store, 0, 0, {"x": np.zeros((3, 2)), "y": np.zeros((3, 4))},
                            dims={"x": ("record",), "y": ("record",)})
    with pytest.raises(InputError, match="nan is not a finite number"):
        record.record_id("bowl", {"eta": float("nan")}, 0, "smoke")


def test_old_temporary_files_alone_are_cleaned(tmp_path):
    old, new, other = (tmp_path / n for n in (".tmp-1-old", ".tmp-2-new", "kept"))
    for path in (old, new, other):
        path.write_text("")
    os.utime(old, (0, 0))
    assert disk.clean(tmp_path) == [old]
    assert new.exists()
    assert other.exists()
