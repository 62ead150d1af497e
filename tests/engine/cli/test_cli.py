"""The command line as a user meets it: contract of names, JSON, one-line errors, exit status, kill and resume."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def call(*arguments, cwd=ROOT, **options):
    environment = {**os.environ, "NPROC": "1", "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "theorylab", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
        **options,
    )


def test_help_is_quick_and_has_examples():
    began = time.monotonic()
    done = call("--help")
    assert done.returncode == 0
    assert "theorylab predict quadratic.variance" in done.stdout
    assert time.monotonic() - began < 5  # under a second on an idle machine


def test_claims_and_claim_as_json():
    rows = json.loads(call("claims", "--json").stdout)
    keys = {
        "id",
        "statement",
        "model",
        "inputs",
        "formula",
        "domain",
        "source",
        "exactness",
        "controls",
        "noises",
        "expected",
    }
    assert all(keys <= set(r) for r in rows)
    row = json.loads(call("claim", "quadratic.variance", "--json").stdout)
    assert row["steps"]
    assert all(s["verified"] for s in row["steps"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["predict", "quadratic.varience", "eta=1"], ["quadratic.varience", "quadratic.variance"]),
        (["predict", "quadratic.variance", "eta=2.0", "lam=1.5", "sigma=1"], ["eta=2.0", "lam=1.5", "0 < eta*lam < 2"]),
        (["predict", "quadratic.variance", "eta=fast", "lam=1", "sigma=1"], ["eta", "fast"]),
        (["predict", "quadratic.variance", "eta=NaN", "lam=1", "sigma=1"], ["eta"]),
        (["predict", "quadratic.variance", "lam=1", "sigma=1"], ["eta"]),
        (["predict", "quadratic.variance", "eta=1", "lam=1", "sigma=1", "sigmo=1"], ["sigmo", "sigma"]),
        (["predict", "quadratic.stable_scale", "eta=0.1", "lam=1", "gamma=1", "alpha=2.5"], ["alpha=2.5"]),
        (["predict", "quadratic.stable_scale", "eta=0.1", "lam=1", "gamma=-1", "alpha=1.5"], ["gamma=-1"]),
        (["predict", "quadratic.covariance", "eta=0.1", "H=[[1,0]]", "C=[[1]]"], ["H"]),
        (["predict", "quadratic.covariance", "eta=0.1", "H=[[1,0.5],[0,1]]", "C=[[1,0],[0,1]]"], ["H", "symmetric"]),
        (["challenge", "quadratic.variance", "--formula", "9**9**9"], ["formula"]),
        (["challenge", "quadratic.variance", "--formula", "__import__('os').system('true')"], ["formula"]),
        (["challenge", "quadratic.variance", "--formula", "eta*sigmo"], ["sigmo", "sigma"]),
        (["run", "quadratic_varience"], ["quadratic_varience", "quadratic_variance"]),
        (["run", "quadratic_variance", "--set", "etta=1"], ["etta", "eta"]),
        (["run", "quadratic_variance", "--set", "eta=fast"], ["eta", "fast"]),
        (["run", "quadratic_variance", "--set", "eta=3.0"], ["eta=3.0", "0 < eta*lam < 2"]),
        (["run", "quadratic_variance", "--tier", "smok"], ["smok", "smoke"]),
        (["claims", "--lab", "/nowhere"], ["/nowhere"]),
        (["run", "quadratic_variance", "--records", "/proc/nowhere"], ["/proc/nowhere"]),
        (["predct"], ["predct", "predict"]),
    ],
)
def test_wrong_input_is_one_line_and_status_2(arguments, words, tmp_path):
    needs_folder = arguments[0] in ("run", "challenge") and "--records" not in arguments
    done = call(*arguments, *(["--records", tmp_path] if needs_folder else []))
    assert done.returncode == 2, done
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


QUICK = ["quadratic_variance", "--set", "eta=0.5"]


def test_run_check_challenge_records_figures(tmp_path):
    ran = call("run", *QUICK, "--json", "--records", tmp_path)
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(ran.stdout)
    assert {r["outcome"] for r in rows if r["claim"] == "quadratic.variance"} == {"agrees"}
    again = call("check", "quadratic_variance", "--json", "--records", tmp_path)
    assert json.loads(again.stdout) == rows
    keys = {
        "protocol",
        "claim",
        "cell",
        "outcome",
        "expected",
        "predicted",
        "measured",
        "standard_error",
        "n",
        "margin",
        "needed_n",
        "gate",
        "record",
        "controls",
    }
    assert all(keys <= set(r) for r in rows)
    wrong = call(
        "challenge", "quadratic.variance", "--formula", "eta*sigma**2/(2*lam)", "--json", "--records", tmp_path
    )
    assert {r["outcome"] for r in json.loads(wrong.stdout)} == {"disagrees"}
    assert wrong.returncode == 1
    right = call(
        "challenge",
        "quadratic.variance",
        "--formula",
        "eta*sigma**2/(lam*(2-eta*lam))",
        "--json",
        "--records",
        tmp_path,
    )
    assert {r["outcome"] for r in json.loads(right.stdout)} == {"agrees"}
    listed = json.loads(call("records", "--json", "--records", tmp_path).stdout)
    assert [(r["protocol"], r["state"]) for r in listed] == [("quadratic_variance", "fresh")]
    assert len(listed[0]["data_sha256"]) == 64


@pytest.mark.slow
def test_kill_and_resume_give_the_same_bytes(tmp_path):
    arguments = ["run", "quadratic_variance", "--set", "chunk=1024", "--json", "--records"]
    call(*arguments, tmp_path / "whole")
    environment = {**os.environ, "NPROC": "1", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "theorylab", *arguments, str(tmp_path / "cut")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    limit = time.monotonic() + 120
    while not list((tmp_path / "cut").glob("*/*/cell*.nc")) and time.monotonic() < limit:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    call(*arguments, tmp_path / "cut")
    digests = [
        json.loads(call("records", "--json", "--records", tmp_path / name).stdout)[0]["data_sha256"]
        for name in ("whole", "cut")
    ]
    assert digests[0] == digests[1]


def test_interrupt_is_status_3(tmp_path):
    environment = {**os.environ, "NPROC": "1", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "theorylab", "run", "quadratic_variance", "--records", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = time.monotonic() + 120
    while not list(tmp_path.glob("*/*/record.json")) and time.monotonic() < limit:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 3
    assert errors.splitlines()[-1] == "theorylab: interrupted; the same command continues where it stopped"


def test_a_new_lab_works(tmp_path):
    path = tmp_path / "mine"
    assert call("new", path).returncode == 0
    assert call("new", path).returncode == 2
    claims = json.loads(call("claims", "--json", cwd=path).stdout)
    assert [c["id"] for c in claims] == ["bowl.variance"]
    ran = call("run", "bowl_variance", "--json", cwd=path)
    assert ran.returncode == 0, ran.stderr
    assert {r["outcome"] for r in json.loads(ran.stdout)} == {"agrees"}


@pytest.mark.slow
def test_a_protocol_that_fails_leaves_the_others_their_turn(tmp_path):
    path = tmp_path / "mine"
    assert call("new", path).returncode == 0
    sound = (path / "protocols" / "bowl" / "variance.py").read_text()
    (path / "protocols" / "a_broken.py").write_text(sound.replace('p["theta"] ** 2', 'p["thetta"] ** 2'))
    done = call("reproduce", "--devices", "2", cwd=path)
    assert done.returncode == 2
    assert "protocol a_broken failed: protocols/a_broken.py:" in done.stderr
    assert "about" in done.stderr.splitlines()[0]  # how long everything takes
    assert "on 2 cores" in done.stderr.splitlines()[0]
    report, expected, unexpected = done.stdout.splitlines()
    assert report == f"report: {path / 'report' / 'index.html'}"
    assert expected == "as expected: 1 agree, 0 disagree"
    assert unexpected == "unexpected: a_broken failed"
    assert (path / "report" / "index.html").exists()
    again = call("reproduce", "--devices", "1", cwd=path)
    assert again.stdout == done.stdout
