"""No traceback reaches a user: whatever goes wrong is one line and a status, the whole only with --debug."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from theorylab.cli import commands

ROOT = Path(__file__).resolve().parents[3]


def call(*arguments, shell="", cwd=None, **environment):
    """`theorylab ARGUMENTS`, with what a shell adds to its end."""
    words = [sys.executable, "-m", "theorylab", *map(str, arguments)]
    return subprocess.run(
        ["sh", "-c", f'"$@" {shell}', "sh", *words] if shell else words,
        capture_output=True, encoding="utf-8", cwd=cwd or ROOT, check=False,
        env={**os.environ, "NPROC": "1", "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def one_line(errors):
    (line,) = errors.strip().splitlines()
    assert line.startswith("theorylab: ")
    return line


@pytest.fixture
def lab(tmp_path, monkeypatch, capsys):
    """A fresh lab, and `fault(old, new)` which plants an error in its protocol."""
    path = tmp_path / "lab"
    assert commands.app(["new", str(path)]) == 0
    capsys.readouterr()
    return path


def test_an_error_in_a_protocols_code_is_its_last_line_with_its_place(lab):
    file = lab / "protocols" / "bowl" / "variance.py"
    text = file.read_text()
    file.write_text(text.replace('p["theta"] ** 2', 'p["thetta"] ** 2', 1))
    number = next(i for i, line in enumerate(file.read_text().splitlines(), 1) if "thetta" in line)
    done = call("run", "bowl_variance", "--devices", 1, cwd=lab)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(
        f"theorylab: protocols/bowl/variance.py:{number}: KeyError: 'thetta'"
    )
    assert "Traceback" not in done.stderr
    shown = call("run", "bowl_variance", "--devices", 1, "--debug", cwd=lab)
    assert shown.returncode == 2
    assert "Traceback (most recent call last)" in shown.stderr


def test_what_nobody_foresaw_is_status_4_and_its_traceback_on_file(monkeypatch, capsys):
    from theorylab.lab import folder

    def broken(*_):
        raise KeyError("what")

    monkeypatch.setattr(folder, "find", broken)
    assert commands.app(["claims"]) == 4
    line = one_line(capsys.readouterr().err)
    assert "unforeseen KeyError: 'what'; its traceback is in " in line
    kept = Path(line.rpartition(" is in ")[2])
    assert "Traceback (most recent call last)" in kept.read_text()
    assert "in broken" in kept.read_text()
    kept.unlink()
    assert commands.app(["claims", "--debug"]) == 4
    assert "in broken" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scheduler", "local:²"], "--scheduler local:²"),
        (["--scheduler", "local:" + "9" * 5000], "--scheduler local:999"),
        (["--shard", "9" * 5000 + "/2"], "--shard 999"),
        (["--shard", "1/" + "9" * 5000], "--shard 1/999"),
        (["--seed", "9" * 5000], "--seed"),
        (["--set", "replicates=Infinity"], "replicates=Infinity"),
        (["--set", "replicates=1e30"], "replicates=1000"),
        (["--set", "replicates=" + "9" * 5000], "replicates"),
        (["--set", "eta=" + "[" * 9999], "eta"),
        (["--set", "eta=1e-9"], "steps in the cell eta=1e-9"),
    ],
)
def test_absurd_values_are_one_line(arguments, said, records, capsys):
    assert commands.app(["run", "quadratic_variance", "--records", str(records), *arguments]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert said in lines[-1]
    assert len(lines[-1]) < 400
    assert all(line.startswith("theorylab: ") for line in lines)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_an_output_that_takes_nothing_is_one_line(lab):
    done = call("claims", shell="> /dev/full", cwd=lab)
    assert done.returncode == 2
    assert one_line(done.stderr) == "theorylab: standard output: No space left on device"


@pytest.mark.parametrize("shell", [">&-", "2>&-", "2>/dev/full", "| true"])
def test_closed_streams_are_no_error(shell, lab):
    done = call("claims", shell=shell, cwd=lab)
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_run_without_compilation_is_refused(records):
    done = call("run", "quadratic_variance", "--records", records, JAX_DISABLE_JIT="1")
    assert done.returncode == 2
    assert "JAX_DISABLE_JIT" in one_line(done.stderr)


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_an_ascii_locale_escapes_what_it_lacks(lab):
    file = lab / "models" / "bowl" / "claims" / "variance.py"
    file.write_text(file.read_text(encoding="utf-8").replace("White Gaussian", "Lévy’s"), encoding="utf-8")
    shown = call("claims", cwd=lab, **ASCII)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "L\\xe9vy\\u2019s" in shown.stdout
    import json

    document = call("claims", "--json", cwd=lab, **ASCII)
    assert json.loads(document.stdout)[0]["statement"].startswith("Lévy’s")
    assert call("report", cwd=lab, **ASCII).returncode == 0
    refused = call("run", "é∞", cwd=lab, **ASCII)
    assert refused.returncode == 2
    one_line(refused.stderr)


def test_debug_is_an_option_of_every_command():
    assert all(any("--debug" in p.opts for p in command.params) for command in commands.cli.commands.values())
