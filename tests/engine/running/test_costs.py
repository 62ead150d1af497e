"""What a run takes, said before and after: memory, time, disk; and what does not fit."""

import dataclasses
import json
import time

import jax
import numpy as np
import pytest

from tests.engine.running.test_distribution import CHANGES, NAME, at
from theorylab import words
from theorylab.errors import InputError
from theorylab.running import job, plan, protocols, timing
from theorylab.train import chunk


def test_out_of_memory_halves_the_chunk_and_keeps_the_bits(lab, monkeypatch, capsys):
    protocol = lab.protocol(NAME)
    (cell,) = job.job(lab, NAME, "smoke", 0, {"eta": "0.5"}).cells
    fresh = dataclasses.replace(protocol.simulate, programs={}, burn=3, every=1, snapshots=4)
    right = dataclasses.replace(fresh, programs={})(cell, 0, 64, 200)
    part, sizes = chunk._part, []

    def small(ensemble, c, seed, start, count):
        sizes.append(count)
        if count > 64:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1 byte.")
        return part(ensemble, c, seed, start, count)

    monkeypatch.setattr(chunk, "_part", small)
    for _ in range(2):
        found = fresh(cell, 0, 64, 200)
        for name in right:
            np.testing.assert_array_equal(found[name], right[name])
    assert sizes == [200, 96, 32, 32, 32, 32, 32, 32, 8] + [32] * 6 + [8]
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_one_lane_too_many_is_named(lab, monkeypatch):
    def never(*_):
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    monkeypatch.setattr(chunk, "_part", never)
    with pytest.raises(InputError, match="32 replicates do not fit"):
        dataclasses.replace(lab.protocol(NAME).simulate, programs={})(None, 0, 0, 128)


def test_a_run_says_what_it_can_cost_before(records, capsys):
    protocols.run(at(records), NAME, "smoke", 0, {**CHANGES, "eta": "0.5"})
    compiling, first, *_ = capsys.readouterr().err.splitlines()
    assert compiling.endswith("compiling, then the first chunk")
    assert first.startswith(f"{NAME}-smoke-0-")
    for word in ("at most 64 chunks", "of computing", "kB on disk", "of memory"):
        assert word in first


def test_a_plan_states_time_disk_and_memory(lab):
    row = plan.plan(lab, NAME, "full", {"eta": "0.5", "chunk": "512"})
    assert row["bytes"] == 4 * 32768 * 8  # four times the replicates of smoke, one float64 each
    assert row["seconds"] > 0
    assert row["memory"] > row["bytes"]
    json.dumps(row["device"])


def test_what_compiles_is_not_counted():
    def compute():
        time.sleep(0.2)
        return {"x": jax.jit(lambda x: jax.lax.fori_loop(0, 3, lambda i, y: jax.numpy.sin(y) + i, x))(np.ones(3))}

    began = time.monotonic()
    _, seconds = timing.timed(compute)
    assert 0.2 <= seconds < time.monotonic() - began


def test_words():
    assert [words.duration(s) for s in (0.2, 90, 150, 1500, 8000, 3e5)] == [
        "about 1 s", "about 90 s", "about 2.5 min", "about 25 min", "about 2.2 h", "about 3.5 d"
    ]  # fmt: skip
    assert [words.volume(s) for s in (512, 3.4e6, 2e9, 1.25e12)] == ["0.512 kB", "3.4 MB", "2 GB", "1.25 TB"]
