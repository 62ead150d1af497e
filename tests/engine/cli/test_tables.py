"""What is printed fits the terminal, breaks between words only, and says why a cell is invalid."""

import os
import re
from types import SimpleNamespace
from typing import Any

import pytest

from theorylab.cli import layout, tables
from theorylab.errors import unknown

ROWS = [
    {"cell": f"noise=gaussian tier=smoke eta={eta}", "outcome": "agrees", "predicted": 0.013157894, "n": 4096,
     "measured": "0.013159 +- 5.192e-05", "margin": 0.00026316}
    for eta in (0.02, 0.1, 1.5)
]  # fmt: skip


@pytest.fixture
def at_width(monkeypatch, capsys):
    """Print a table on a terminal of so many columns; its lines."""

    def at(width, rows, columns, **given):
        monkeypatch.setattr(layout.shutil, "get_terminal_size", lambda *_: os.terminal_size((width, 24)))
        monkeypatch.setattr(layout, "sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True)))
        layout.table(rows, columns, **given)
        return capsys.readouterr().out.splitlines()

    return at


@pytest.mark.parametrize("width", [80, 100, 60])
def test_numbers_stay_whole_at_any_width(width, at_width):
    lines = at_width(width, ROWS, tables.CELL, notes=[["controls: sde rejected; note 14 rejected"]] * 3, indent=2)
    plain = [re.sub(r"\x1b\[\d+m", "", line) for line in lines]
    assert max(map(len, plain)) <= width
    words = " ".join(plain).split()
    for whole in ("0.013158", "0.013159", "5.192e-05", "0.00026316", "4096", "eta=0.02"):
        assert whole in words


def test_what_does_not_fit_beside_each_other_is_a_block(at_width):
    lines = at_width(80, [{"id": "a" * 40, "data_sha256": "b" * 64}], ("id", "data_sha256"))
    assert lines == ["id                " + "a" * 40, "data sha256       " + "b" * 64, ""]


def test_the_gate_stands_below_an_invalid_cell():
    row: Any = SimpleNamespace(outcome="invalid", gate="3 of 64 diverged", controls=("sde rejected",))
    assert tables._notes(row) == ["invalid: 3 of 64 diverged", "controls: sde rejected"]


def test_an_unknown_name_names_the_nearest_few_and_how_many_there_are():
    known = [f"deep_linear.claim_{i}" for i in range(90)] + ["quadratic.variance", "quadratic.note_14"]
    said = str(unknown("claim", "quadratic.varience", known))
    assert said == "unknown claim 'quadratic.varience'; did you mean 'quadratic.variance'? (92 are known)"
    assert str(unknown("claim", "zzz", known)).count("deep_linear") == 3
    assert len(str(unknown("claim", "quadratic", known))) < 200
    assert str(unknown("tier", "full", ["smoke", "standard"])) == "unknown tier 'full'; known: smoke, standard"
