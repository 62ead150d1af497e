"""A sealed record is replaced by a sealed one alone, unlike software does not mix, one bad file spoils one record."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.small_record import CODE, IDENTITY, ROOT, append, arrays, filled, names, opened, sealed
from theorylab import store as record
from theorylab.errors import InputError

OTHER = "cd" * 32


def flip(path, position=200):
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def break_off(folder, **changes):
    """A run that opens the record, writes one chunk and dies."""
    store = record.open_record(folder, **{**IDENTITY, "code": CODE, **changes})
    append(store, 0, 0)
    return store


@pytest.mark.parametrize("cause", ["other code", "other cells", "record.json", "data", "schema"])
def test_a_sealed_record_stays_until_a_sealed_one_takes_its_place(tmp_path, cause):
    old = sealed(tmp_path)
    if cause == "schema":
        from theorylab.store import description

        content = {**old.as_dict(), "schema": 2}
        (old.path / "record.json").write_bytes(description._render(content))
    if cause in ("record.json", "data"):
        flip(old.path / (old.data_file if cause == "data" else cause))
    kept = {n: (old.path / n).read_bytes() for n in names(old)}
    changes = {"other code": {"code": OTHER}, "other cells": {"cells": IDENTITY["cells"][::-1]}}.get(cause, {})
    store = break_off(tmp_path, **changes)
    assert not store.sealed
    assert {n: (old.path / n).read_bytes() for n in kept} == kept
    assert record.state(old.path, changes.get("code", CODE)).word != "fresh" or cause == "other cells"
    again = record.open_record(tmp_path, **{**IDENTITY, "code": CODE, **changes})
    assert record.has(again) == {(0, 0)}  # it goes on
    for cell in range(2):
        for chunk in range(3):
            append(again, cell, chunk)
    done = record.seal(again, [3, 3])
    assert record.state(done.path, changes.get("code", CODE)).word == "fresh"
    assert done.data_sha256 == old.data_sha256
    inside = {n: (old.path / n).read_bytes() for n in names(old)}
    if cause != "data":  # its file is made anew, whole
        assert all(kept[n] in inside.values() for n in kept)
    assert not [n for n in inside if n.startswith(("cell", "next", ".tmp"))]
    record.prune(tmp_path)
    assert names(old) == sorted([done.data_file, "record.json"])
    assert record.state(done.path, changes.get("code", CODE)).word == "fresh"


def test_a_description_that_is_missing_is_damage_and_its_data_are_kept(tmp_path):
    old = sealed(tmp_path)
    (old.path / "record.json").unlink()
    assert record.list_records(tmp_path) == [old.path]
    assert record.state(old.path, CODE).word == "damaged"
    break_off(tmp_path)
    assert (old.path / old.data_file).exists()
    assert record.state(old.path, CODE).word == "damaged"
    assert "a run replaces it: 1 chunks" in record.state(old.path, CODE).why
    record.prune(tmp_path)
    assert (old.path / old.data_file).exists()


def test_old_code_comes_back_to_its_chunks(tmp_path):
    break_off(tmp_path)
    break_off(tmp_path, code=OTHER)
    assert record.has(opened(tmp_path)) == {(0, 0)}


def test_prune_leaves_a_record_that_is_being_made(tmp_path):
    old = sealed(tmp_path)
    store = break_off(tmp_path, code=OTHER)
    record.append_chunk(old, 0, 5, arrays(0, 5))  # a stray chunk of the old record
    (old.path / ".tmp-1-being-written").write_text("")
    before = names(old)
    gone = record.prune(tmp_path)
    assert [p.name[:20] for p in gone] == ["cell000-chunk00005-" + old.made[0]]
    assert set(before) - set(names(old)) == {p.name for p in gone}
    assert record.has(store) == {(0, 0)}


def test_prune_removes_strays_beside_a_sealed_record(tmp_path):
    store = sealed(tmp_path)
    before = names(store)
    append(store, 0, 1)
    for name in (".tmp-1-x", "damaged-x", "cell000-chunk00000-00000000-0000000000000000.nc"):
        (store.path / name).write_text("")
    (tmp_path / "bowl" / "notes.txt").write_text("a user's own")
    assert len(record.prune(tmp_path)) == 4
    assert names(store) == before
    assert (tmp_path / "bowl" / "notes.txt").exists()


# --- software


def test_chunks_of_two_versions_do_not_merge(tmp_path, monkeypatch):
    undisturbed = sealed(tmp_path / "a").data_sha256
    real = importlib.metadata.version
    with monkeypatch.context() as patch:
        patch.setattr(importlib.metadata, "version", lambda name: "0.0.1" if name == "jax" else real(name))
        store = opened(tmp_path / "b")
        for chunk in range(2):
            record.append_chunk(store, 0, chunk, {k: a + a.dtype.type(1) for k, a in arrays(0, chunk).items()})
        with pytest.raises(InputError, match=r"chunk 2 is missing"):
            record.seal(store, [3, 3])
    again = opened(tmp_path / "b")
    assert record.has(again) == set()
    assert again.versions["jax"] == real("jax")
    done = filled(tmp_path / "b")
    assert record.seal(done, [3, 3]).data_sha256 == undisturbed
    assert not list(done.path.glob("cell*.nc"))


def test_more_replicates_by_other_software_are_refused_by_name(tmp_path, monkeypatch):
    sealed(tmp_path)
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "9.9" if name == "numpy" else real(name))
    store = opened(tmp_path)
    assert store.sealed  # versions are reported, not stale
    with pytest.raises(InputError, match=r"made with other software than this \(numpy .* and 9\.9\)"):
        append(store, 0, 3)


def test_switches_are_part_of_the_id_and_of_the_record(tmp_path):
    flags = {"xla_cpu_enable_fast_math": "true"}
    plain, other = opened(tmp_path), record.open_record(tmp_path, **IDENTITY, code=CODE, flags=flags)
    assert (
        plain.id
        == record.record_id("bowl", IDENTITY["settings"], 0, "smoke")
        == record.record_id("bowl", IDENTITY["settings"], 0, "smoke", {})
    )
    assert plain.id != other.id
    assert plain.made != other.made
    assert record.load(other.path).flags == flags
    for cell in range(2):
        append(other, cell, 0)
    assert record.load(record.seal(other).path).flags == flags


def test_a_record_without_the_field_of_switches_is_still_read(tmp_path):
    """As records before it were written."""
    from theorylab.store import description

    store = sealed(tmp_path)
    content = store.as_dict()
    del content["flags"]
    (store.path / "record.json").write_bytes(description._render(content))
    assert record.state(store.path, CODE).word == "fresh"


SWITCHES = [
    ({}, "{}"),
    ({"XLA_FLAGS": "--xla_force_host_platform_device_count=2 --xla_dump_to=x"}, "{}"),
    ({"XLA_FLAGS": "--xla_cpu_enable_fast_math"}, "{'xla_cpu_enable_fast_math': 'true'}"),
    (
        {"XLA_FLAGS": "--xla_cpu_enable_fast_math=true --xla_cpu_enable_fast_math=false"},
        "{'xla_cpu_enable_fast_math': 'false'}",
    ),
    (
        {"JAX_ENABLE_X64": "1", "JAX_DISABLE_JIT": "1", "JAX_NUMPY_DTYPE_PROMOTION": "strict"},
        "{'jax_disable_jit': 'True', 'jax_enable_x64': 'True', 'jax_numpy_dtype_promotion': 'strict'}",
    ),
    ({"JAX_DEFAULT_MATMUL_PRECISION": "bfloat16"}, "{'jax_default_matmul_precision': 'bfloat16'}"),
    ({"JAX_DEBUG_NANS": "1", "JAX_LOG_COMPILES": "1"}, "{}"),
]


@pytest.mark.parametrize(("variables", "said"), SWITCHES)
def test_the_switches_of_a_process(variables, said):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "XLA_", "NVIDIA_TF32"))}
    script = "from theorylab import store as record; print(record.flags())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**clean, **variables, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"},
    )
    assert done.stdout.strip() == said


def test_switches_in_a_file(tmp_path):
    from theorylab.store import software

    (tmp_path / "flags").write_text("--xla_cpu_enable_fast_math=true\n")
    assert software._text(str(tmp_path / "flags")).split() == ["--xla_cpu_enable_fast_math=true"]
    assert software._text(str(tmp_path / "absent")) == ""


def test_data_read_through_the_open_record_are_its_own(tmp_path):
    """Beside a stale sealed record the partial one is read, not the sealed one."""
    sealed(tmp_path)
    store = break_off(tmp_path, code=OTHER)
    assert record.dataset(store, 0).sizes["replicate"] == 8
    assert not record.current(store).sealed
    assert record.dataset(store.path, 0).sizes["replicate"] == 24
    np.testing.assert_array_equal(record.cell_arrays(store, 0)["path"], arrays(0, 0)["path"])
