"""One record from many processes: shards, Dask workers and jax.distributed give the bits of a single run, also when
one of them is killed; what cannot be reached or does not fit is said in one line."""

import contextlib
import dataclasses
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest

from theorylab import store, words
from theorylab.cli import commands
from theorylab.errors import InputError, Unfinished
from theorylab.lab.folder import find
from theorylab.running import dask, job, local, pending, plan, protocols, timing
from theorylab.train import chunk

ROOT = Path(__file__).resolve().parents[3]
NAME = "quadratic_variance"
CHANGES = {"eta": "0.5,1.5", "chunk": "512"}
SETTINGS = [word for k, v in CHANGES.items() for word in ("--set", f"{k}={v}")]


def spawn(*arguments, code="from theorylab.cli import main; main()"):
    environment = {**os.environ, "NPROC": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def at(folder):
    return find(ROOT, folder)


def digest(folder, name=NAME):
    (path,) = store.list_records(folder, [name])
    found = store.load(path)
    assert not list(path.glob("cell*.nc"))
    return found.data_sha256


def until(there, seconds=90):
    limit = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The record of an undisturbed run."""
    folder = tmp_path_factory.mktemp("whole")
    protocols.run(at(folder), NAME, "smoke", 0, CHANGES)
    return digest(folder)


@pytest.fixture
def computed(monkeypatch):
    """The (cell, chunk) that this process computes."""
    places = []
    compute = job.Job.compute

    def noted(self, cell, start, count):
        places.append((cell, start // self.chunk))
        return compute(self, cell, start, count)

    monkeypatch.setattr(job.Job, "compute", noted)
    return places


@pytest.mark.parametrize("of", [2, 3])
def test_shards_in_turn_make_the_record_of_one_run(of, whole, records, computed):
    """Shards that never run at the same time: each goes as far as what is on disk shows, nothing is computed twice."""
    rows = []
    for call in range(20):
        with contextlib.suppress(Unfinished):
            rows = protocols.run_all(at(records), [NAME], "smoke", 0, CHANGES, local.share(call % of + 1, of, wait=0))
            break
    assert digest(records) == whole
    assert len(computed) == len(set(computed))
    assert {r.outcome for r in rows if r.claim == "quadratic.variance"} == {"agrees"}


def test_a_plain_run_completes_what_a_dead_shard_left(whole, records, computed):
    again = f"`theorylab run {NAME} --set eta=0.5,1.5 --set chunk=512 --records {records}` without --shard completes"
    with pytest.raises(Unfinished, match=re.escape(again)):
        protocols.run_all(at(records), [NAME], "smoke", 0, CHANGES, local.share(1, 2, wait=0))
    assert computed
    protocols.run(at(records), NAME, "smoke", 0, CHANGES)
    assert len(computed) == len(set(computed))
    assert digest(records) == whole


def test_a_shard_with_other_code_leaves_the_chunks_of_the_others(records, monkeypatch):
    with pytest.raises(Unfinished):
        protocols.run_all(at(records), [NAME], "smoke", 0, CHANGES, local.share(1, 2, wait=0), keep=True)
    chunks = sorted(records.glob("*/*/cell*.nc"))
    monkeypatch.setattr(pending, "code_of", lambda lab, name: "0" * 64)
    with pytest.raises(InputError, match="chunks of other code"):
        protocols.run_all(at(records), [NAME], "smoke", 0, CHANGES, local.share(2, 2, wait=0), keep=True)
    assert sorted(records.glob("*/*/cell*.nc")) == chunks


def test_a_shard_with_another_jax_leaves_the_chunks_of_the_others(whole, records, monkeypatch):
    import importlib.metadata

    real = importlib.metadata.version
    with monkeypatch.context() as patch:
        patch.setattr(importlib.metadata, "version", lambda name: "0.0.1" if name == "jax" else real(name))
        with pytest.raises(Unfinished):
            protocols.run_all(at(records), [NAME], "smoke", 0, CHANGES, local.share(1, 2, wait=0), keep=True)
    chunks = sorted(records.glob("*/*/cell*.nc"))
    assert chunks
    with pytest.raises(InputError, match=r"of other software \(jax 0\.0\.1 and .*\); `theorylab run .*--records"):
        protocols.run_all(at(records), [NAME], "smoke", 0, CHANGES, local.share(2, 2, wait=0), keep=True)
    assert sorted(records.glob("*/*/cell*.nc")) == chunks
    for path in chunks:  # numbers that only that other software gives
        path.write_bytes(path.read_bytes()[::-1])
    protocols.run(at(records), NAME, "smoke", 0, CHANGES)
    assert digest(records) == whole


@pytest.mark.parametrize("words", [(), ("--tier", "standard"), ("--seed", "7"), ("--set", "eta=0.1, 0.2")])
def test_the_command_that_goes_on_names_the_same_record(words, records, tmp_path):
    import shlex

    given = dict(zip(words[::2], words[1::2], strict=True))
    changes = dict([given["--set"].split("=")]) if "--set" in given else {}
    found = job.job(at(records), NAME, given.get("--tier", "smoke"), int(given.get("--seed", 0)), changes)
    said = shlex.split(job.command([found]))
    assert said == ["theorylab", "run", NAME, *words, "--records", str(records)]


def test_a_killed_shard_costs_its_chunk_and_nothing_else(whole, records):
    """Two shards side by side; the second is killed and started again while the first waits for it."""

    def shard(index):
        return spawn("run", NAME, *SETTINGS, "--records", records, "--shard", f"{index}/2", "--json")

    def chunks():
        return {p: p.stat().st_mtime_ns for p in records.glob("*/*/cell*.nc")}

    first, second = shard(1), shard(2)
    until(lambda: chunks() or second.poll() is not None)
    second.send_signal(signal.SIGKILL)
    second.communicate()
    kept, second = chunks(), shard(2)
    until(lambda: len(chunks()) > len(kept) or second.poll() is not None)
    now = chunks()
    assert not now or all(now[path] == written for path, written in kept.items())
    answers = [p.communicate() for p in (first, second)]
    assert [p.returncode for p in (first, second)] == [0, 0], answers
    assert json.loads(answers[0][0]) == json.loads(answers[1][0])
    assert digest(records) == whole


def test_a_dead_dask_worker_costs_its_chunk(whole, records):
    psutil = pytest.importorskip("psutil")
    pytest.importorskip("distributed")
    client = spawn("run", NAME, *SETTINGS, "--records", records, "--scheduler", "local:2", "--json")

    def workers():
        found = psutil.Process(client.pid).children(recursive=True)
        return [p for p in found if any("spawn_main" in word for word in p.cmdline())]

    until(lambda: list(records.glob("*/*/cell*.nc")) or client.poll() is not None)
    workers()[0].send_signal(signal.SIGKILL)
    out, errors = client.communicate()
    assert client.returncode == 0, errors
    assert "dashboard: http" in errors
    assert json.loads(out)
    assert digest(records) == whole


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes(records, *names, settings=SETTINGS):
    address = f"127.0.0.1:{free_port()}"
    return [
        spawn("run", *names, *settings, "--records", records, "--json",
              "--distributed", "--coordinator", address, "--rank", rank, "--processes", 2)
        for rank in (0, 1)
    ]


def test_two_processes_of_one_ensemble(whole, records):
    both = processes(records, NAME)
    answers = [p.communicate() for p in both]
    assert [p.returncode for p in both] == [0, 0], answers
    assert json.loads(answers[0][0])
    assert answers[1][0] == ""
    assert digest(records) == whole


@pytest.mark.slow
def test_two_processes_share_out_whole_chunks_of_a_plain_function(records, tmp_path):
    settings = {"replicates": "8192", "chunk": "1024"}
    protocols.run(at(tmp_path / "one"), "minibatch_sums", "smoke", 0, settings)
    words = [word for k, v in settings.items() for word in ("--set", f"{k}={v}")]
    both = processes(records, "minibatch_sums", settings=words)
    answers = [p.communicate() for p in both]
    assert json.loads(answers[0][0]), answers
    assert digest(records, "minibatch_sums") == digest(tmp_path / "one", "minibatch_sums")


@pytest.mark.slow
def test_a_dead_process_ends_the_others_and_the_same_command_continues(whole, records):
    both = processes(records, NAME)
    until(lambda: list(records.glob("*/*/cell*.nc")) or both[0].poll() is not None)
    both[1].send_signal(signal.SIGKILL)
    both[1].communicate()
    _, errors = both[0].communicate()
    assert both[0].returncode == 3, errors
    assert "a process of this run has ended" in errors.splitlines()[-1]
    protocols.run(at(records), NAME, "smoke", 0, CHANGES)
    assert digest(records) == whole


@pytest.mark.parametrize("rank", [1, pytest.param(0, marks=pytest.mark.slow)])
def test_an_unreachable_coordinator_is_said_in_bounded_time(rank, records):
    code = "from theorylab import cli; from theorylab.running import hosts; hosts.SECONDS = 2; cli.main()"
    alone = spawn("run", NAME, "--records", records, "--distributed", "--coordinator", f"localhost:{free_port()}",
                  "--rank", rank, "--processes", 2, code=code)
    _, errors = alone.communicate(timeout=60)
    assert alone.returncode == 2
    assert len(errors.strip().splitlines()) == 1, errors
    assert "not every process was there in 2 s" in errors


def test_an_unreachable_scheduler_is_one_line(records, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask, "SECONDS", 2)
    status = commands.app(["run", NAME, "--records", str(records), "--scheduler", f"tcp://127.0.0.1:{free_port()}"])
    errors = capsys.readouterr().err.strip().splitlines()
    assert status == 2
    assert len(errors) == 1
    assert "no scheduler answers" in errors[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shard", "0/4"], "--shard 0/4"),
        (["--shard", "5/4"], "--shard 5/4"),
        (["--shard", "x"], "--shard x"),
        (["--shard", "1/"], "--shard 1/"),
        (["--wait", "3"], "--wait 3"),
        (["--shard", "1/2", "--wait", "-1"], "--wait -1"),
        (["--shard", "1/2", "--distributed"], "do not go together"),
        (["--scheduler", "here"], "--scheduler here"),
        (["--scheduler", "local:0"], "--scheduler local:0"),
        (["--rank", "0"], "--rank"),
        (["--distributed", "--rank", "0"], "go together"),
        (["--distributed", "--coordinator", "here", "--rank", "0", "--processes", "1"], "--coordinator here"),
        (["--distributed", "--coordinator", "h:1", "--rank", "2", "--processes", "2"], "--rank 2"),
        (["--distributed", "--coordinator", "no.such.host.invalid:999", "--rank", "1", "--processes", "2"], "unknown"),
    ],
)
def test_wrong_options_are_one_line(arguments, said, records, capsys):
    assert commands.app(["run", NAME, "--records", str(records), *arguments]) == 2
    errors = capsys.readouterr().err.strip().splitlines()
    assert len(errors) == 1
    assert said in errors[0]


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--platform", "warp"], "platform 'warp'"), (["--distributed"], "no coordinator found")]
)
def test_what_is_not_there_is_one_line(arguments, said, records):
    done = spawn("run", NAME, "--records", records, *arguments)
    _, errors = done.communicate()
    assert done.returncode == 2
    assert len(errors.strip().splitlines()) == 1, errors
    assert said in errors


def test_a_taken_port_is_said(records, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        arguments = ["--distributed", "--coordinator", address, "--rank", "0", "--processes", "1"]
        assert commands.app(["run", NAME, "--records", str(records), *arguments]) == 2
    assert "in use" in capsys.readouterr().err


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
