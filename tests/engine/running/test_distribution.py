"""One record from many processes: shards, Dask workers and jax.distributed give the bits of a single run, also when
one of them is killed; what cannot be reached or does not fit is said in one line."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from theorylab import store
from theorylab.errors import InputError, Unfinished
from theorylab.lab.folder import find
from theorylab.running import job, local, pending, protocols

ROOT = Path(__file__).resolve().parents[3]
NAME = "quadratic_variance"
CHANGES = {"eta": "0.5,1.5", "chunk": "512"}
SETTINGS = [word for k, v in CHANGES.items() for word in ("--set", f"{k}={v}")]


def spawn(*arguments, code="from theorylab.cli import main; main()"):
    environment = {**os.environ, "NPROC": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
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
        spawn(
            "run",
            *names,
            *settings,
            "--records",
            records,
            "--json",
            "--distributed",
            "--coordinator",
            address,
            "--rank",
            rank,
            "--processes",
            2,
        )
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
    alone = spawn(
        "run",
        NAME,
        "--records",
        records,
        "--distributed",
        "--coordinator",
        f"localhost:{free_port()}",
        "--rank",
        rank,
        "--processes",
        2,
        code=code,
    )
    _, errors = alone.communicate(timeout=60)
    assert alone.returncode == 2
    assert len(errors.strip().splitlines()) == 1, errors
    assert "not every process was there in 2 s" in errors
