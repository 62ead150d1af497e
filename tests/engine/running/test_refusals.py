"""What cannot be reached, and options that do not go together, are said in one line."""

import socket

import pytest

from tests.engine.running.test_distribution import NAME, free_port, spawn
from theorylab.cli import commands
from theorylab.running import dask


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
