from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.small_record import CODE, ROOT, append, arrays, filled, names, opened, sealed
from theorylab import store
from theorylab.errors import InputError


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
    record = sealed(tmp_path)
    path = record.path / (record.data_file if file == "data" else file)
    for position in every_nth_byte(path, 3 if file == "record.json" else 97):
        before = flip(path, position)
        found = store.state(record.path, CODE)
        assert found.word == "damaged", (position, before[position : position + 1])
        assert "\n" not in found.why
        path.write_bytes(before)
    assert store.state(record.path, CODE).word == "fresh"


def test_a_truncated_or_missing_file_is_damage(tmp_path):
    record = sealed(tmp_path)
    for path in (record.path / "record.json", record.path / record.data_file):
        before = path.read_bytes()
        for half in (b"", before[: len(before) // 2], before + b" "):
            path.write_bytes(half)
            assert store.state(record.path, CODE).word == "damaged"
        path.unlink()
        assert store.state(record.path, CODE).word == "damaged"
        path.write_bytes(before)
    assert store.list_records(tmp_path) == [record.path]


def test_a_damaged_chunk_is_named_set_aside_and_computed_again(tmp_path):
    undisturbed = sealed(tmp_path / "a").data_sha256
    record = filled(tmp_path / "b")
    bad = sorted(record.path.glob("cell001-chunk00001-*"))[0]
    flip(bad, 300)
    found = store.state(record, CODE)
    assert found.word == "damaged"
    assert bad.name in found.why
    again = opened(tmp_path / "b")
    assert again.set_aside == (f"damaged-{bad.name}",)
    assert store.has(again) == {(c, k) for c in range(2) for k in range(3)} - {(1, 1)}
    with pytest.raises(InputError, match="cell 1, chunk 1 is missing"):
        store.seal(again, [3, 3])
    append(again, 1, 1)
    assert store.seal(again, [3, 3]).data_sha256 == undisturbed


@pytest.mark.parametrize("which", ["data", "record.json"])
def test_a_damaged_sealed_record_is_set_aside_and_made_anew(tmp_path, which):
    record = sealed(tmp_path)
    flip(record.path / (record.data_file if which == "data" else which), 200)
    again = opened(tmp_path)
    assert again.set_aside
    assert store.has(again) == set()
    assert sealed(tmp_path).data_sha256 == record.data_sha256


WRITER = """
import sys, time
sys.path.insert(0, {root!r})
sys.path.insert(0, {tests!r})
from pathlib import Path
from tests.small_record import append, opened
from theorylab import store
record = opened(Path(sys.argv[1]))
pace, seal = float(sys.argv[2]), len(sys.argv) > 3
print("ready", flush=True)
for cell in range(2):
    for chunk in range(3):
        if (cell, chunk) not in store.has(record):
            time.sleep(pace)
            append(record, cell, chunk)
if seal:
    print(store.seal(record, [3, 3]).data_sha256)
"""


def writer(folder: Path, pace: float, *more: str) -> subprocess.Popen[str]:
    script = WRITER.format(root=str(ROOT), tests=str(ROOT / "tests"))
    command = [sys.executable, "-c", script, str(folder), str(pace), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_killed_writers_lose_at_most_the_chunk_in_flight(tmp_path):
    undisturbed = sealed(tmp_path / "a").data_sha256
    for wait in (0.0, 0.07, 0.16):
        with writer(tmp_path / "b", 0.05) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        assert store.state(store.list_records(tmp_path / "b")[0], CODE).word == "partial"
    done = filled(tmp_path / "b")
    assert store.seal(done, [3, 3]).data_sha256 == undisturbed


def test_a_writer_killed_within_a_write_leaves_only_a_temporary_file(tmp_path, monkeypatch):
    record = filled(tmp_path, chunks=2)

    def killed(*_):
        raise KeyboardInterrupt

    before = names(record)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(Path, "unlink", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            store.append_chunk(record, 0, 2, arrays(0, 2))
    left = set(names(record)) - set(before)
    assert all(name.startswith(".tmp-") for name in left)
    assert len(left) == 1
    assert (0, 2) not in store.has(opened(tmp_path))
    assert left <= set(names(record))  # perhaps of a living writer
    for name in left:
        os.utime(record.path / name, (0, 0))
    assert not left & set(names(opened(tmp_path)))


def test_two_writers_at_once_make_the_same_record(tmp_path):
    undisturbed = sealed(tmp_path / "a").data_sha256
    with writer(tmp_path / "b", 0.01, "seal") as one, writer(tmp_path / "b", 0.01, "seal") as two:
        results = [process.communicate()[0].split()[-1] for process in (one, two)]
    assert results == [undisturbed, undisturbed]
    (path,) = store.list_records(tmp_path / "b")
    assert store.state(path, CODE).word == "fresh"


def test_duplicates_of_a_chunk_are_tolerated(tmp_path):
    record = filled(tmp_path)
    one = sorted(record.path.glob("cell000-chunk00000-*"))[0]
    store.append_chunk(record, 0, 0, arrays(0, 0), dims={"path": ("record",)}, units={"path": "other"})
    assert len(list(record.path.glob("cell000-chunk00000-*"))) == 2
    assert store.seal(record).data_sha256 == sealed(tmp_path / "b").data_sha256
    assert not one.exists()


def test_a_record_of_other_code_is_stale_and_its_chunks_are_not_mixed_in(tmp_path):
    record = sealed(tmp_path)
    found = store.state(record.path, "cd" * 32)
    assert (found.word, "code" in found.why) == ("stale", True)
    fresh = opened(tmp_path, code="cd" * 32)
    assert store.has(fresh) == set()
    store.append_chunk(record, 0, 0, arrays(0, 0))  # a process that still runs the old code
    assert store.has(fresh) == set()


def test_a_record_of_another_schema_is_stale_and_says_so(tmp_path):
    from theorylab.store import description

    record = sealed(tmp_path)
    content = {**record.as_dict(), "schema": 2}
    (record.path / "record.json").write_bytes(description._render(content))
    assert store.state(record.path, CODE).word == "stale"
    assert "schema 2" in store.state(record.path, CODE).why
    with pytest.raises(InputError, match="schema 2"):
        store.dataset(record.path)
    assert not opened(tmp_path).sealed
