"""Memory is told where the system tells it, and left out elsewhere."""

import builtins
import sys
from pathlib import Path

import pytest

from theorylab.cli import commands
from theorylab.running import memory


@pytest.fixture
def no_unix(monkeypatch):
    """Neither the module `resource` nor /proc, as on Windows."""
    monkeypatch.setitem(sys.modules, "resource", None)
    for name in ("read_text", "write_text"):
        plain = getattr(Path, name)

        def hidden(self, *given, plain=plain, **named):
            if str(self).startswith("/proc"):
                raise FileNotFoundError(str(self))
            return plain(self, *given, **named)

        monkeypatch.setattr(Path, name, hidden)
    opened = builtins.open

    def no_proc(file, *given, **named):
        if str(file).startswith("/proc"):
            raise FileNotFoundError(str(file))
        return opened(file, *given, **named)

    monkeypatch.setattr(builtins, "open", no_proc)
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.delattr("os.sched_setaffinity", raising=False)


def test_memory_is_told_here():
    memory.restart()
    needed = memory.needed(0)
    assert needed is not None
    assert needed > 1e7


def test_a_run_and_a_plan_without_unix_do_not_tell_memory(no_unix, records, capsys):
    assert memory.peak() is None
    arguments = ["quadratic_variance", "--set", "eta=0.5", "--records", str(records), "--devices", "1"]
    assert commands.app(["run", *arguments]) == 0
    errors = capsys.readouterr().err
    assert "on disk; less where" in errors
    assert "memory" not in errors
    assert commands.app(["plan", *arguments]) == 0
    assert "memory" not in capsys.readouterr().out
