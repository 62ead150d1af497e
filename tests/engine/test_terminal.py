"""Progress without a terminal: lines now and then, seldom in a log, often below a notebook's cell."""

import sys
from types import SimpleNamespace

import pytest

from theorylab import terminal


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(terminal.time, "monotonic", lambda: now.seconds)
    return now


def lines(capsys, clock, seconds):
    with terminal.progress("a record", 2) as tell:
        for done in range(1, 5):
            clock.seconds += seconds
            tell(done, 4, "cell 1")
    return [line for line in capsys.readouterr().err.splitlines() if "/4 chunks" in line]


def test_a_log_gets_a_line_a_minute(capsys, clock):
    assert not terminal.in_notebook()
    assert lines(capsys, clock, 10.0) == []
    assert len(lines(capsys, clock, 61.0)) == 4


@pytest.mark.parametrize("where", ["IPython", "marimo"])
def test_a_notebook_gets_a_line_every_few_seconds(where, capsys, clock, monkeypatch):
    shell = type("ZMQInteractiveShell", (), {})()
    surroundings = {
        "IPython": SimpleNamespace(get_ipython=lambda: shell),
        "marimo": SimpleNamespace(running_in_notebook=lambda: True),
    }
    monkeypatch.setitem(sys.modules, where, surroundings[where])
    assert lines(capsys, clock, 4.0) == [f"a record: {done}/4 chunks cell 1" for done in range(1, 5)]
