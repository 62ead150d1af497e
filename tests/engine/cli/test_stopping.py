"""One interruption ends a run at once, whatever it is doing, and leaves nobody behind; the same command continues."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from theorylab import terminal

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {**os.environ, "NPROC": "1", "PYTHONPATH": str(ROOT)}
LONG = ["run", "quadratic_variance", "--devices", "1", "--set", "replicates=4000000", "--set", "chunk=4000000"]
STEP = 0.01

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")


def begin(*arguments, cwd=ROOT):
    """The command, once it listens to signals."""
    process = subprocess.Popen(
        [sys.executable, "-m", "theorylab", *map(str, arguments)],
        cwd=cwd, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: process.poll() is not None or listens(process.pid))
    return process


def until(there, seconds=120.0):
    limit = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < limit
        time.sleep(STEP)


def listens(pid):
    """Whether TERM is caught."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    caught = int(next(line for line in lines if line.startswith("SigCgt")).split()[1], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def interrupted(tmp_path, number, seed):
    """Interrupt the same run again and again, at moments from its start to the midst of a long chunk."""
    rng = random.Random(seed)
    for _ in range(number):
        process = begin(*LONG, "--records", tmp_path)
        time.sleep(rng.uniform(0, 12))
        told = time.monotonic()
        process.send_signal(rng.choice([signal.SIGINT, signal.SIGTERM]))
        _, errors = process.communicate(timeout=60)
        assert time.monotonic() - told < 5  # 0.1 s on a quiet machine
        assert process.returncode == 3, errors
        assert errors.endswith(terminal.INTERRUPTED)
        assert "Traceback" not in errors
        assert "ignored" not in errors


def test_an_interruption_ends_a_run_at_once(tmp_path):
    interrupted(tmp_path, 2, 0)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_forty_interruptions_end_a_run_at_once(tmp_path):
    interrupted(tmp_path, 40, 1)


def test_something_is_said_before_the_first_chunk(tmp_path):
    process = begin(*LONG, "--records", tmp_path)
    assert process.stderr is not None
    assert "compiling, then the first chunk" in process.stderr.readline()
    process.kill()
    process.communicate()


@pytest.fixture
def slow_lab(tmp_path):
    """A lab with two protocols whose chunks take minutes."""
    subprocess.run([sys.executable, "-m", "theorylab", "new", str(tmp_path / "lab")], env=ENVIRONMENT, check=True)
    file = tmp_path / "lab" / "protocols" / "bowl" / "variance.py"
    text = file.read_text().replace("burn=100", "burn=10_000_000")
    file.write_text(text)
    file.with_name("again.py").write_text(text)
    return tmp_path / "lab"


SIGNALS = [signal.SIGKILL, *(pytest.param(n, marks=pytest.mark.slow) for n in (signal.SIGINT, signal.SIGTERM))]


@pytest.mark.parametrize("number", SIGNALS)
def test_workers_of_reproduce_end_with_it(number, slow_lab):
    process = begin("reproduce", "--devices", 2, cwd=slow_lab)
    until(lambda: process.poll() is not None or len(list(slow_lab.glob("records/*/*/record.json"))) == 2)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    until(lambda: not any(map(alive, workers)), 10)
    assert "Traceback" not in errors
    if number != signal.SIGKILL:
        assert process.returncode == 3
        assert errors.endswith(terminal.INTERRUPTED)
