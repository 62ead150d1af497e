"""The README runs: its Python blocks are executed, its files exist, its numbers are the claims'."""

import re
from pathlib import Path

import pytest

from theorylab.lab.folder import find

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.S)


@pytest.mark.parametrize("code", BLOCKS, ids=lambda c: c.strip().splitlines()[0][:30])
def test_python_blocks_run(code, capsys):
    exec(compile(code, "README.md", "exec"), {})
    said = capsys.readouterr().out.split()
    for promised in re.findall(r"print\(.*\)  # (\S+)", code):
        assert promised in said


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_commands_exist():
    from theorylab.cli.commands import cli

    for command in re.findall(r"^theorylab (\w+)|`theorylab (\w+)", TEXT, re.M):
        assert "".join(command) in cli.commands


def test_the_table_says_what_the_claims_predict():
    rows = re.findall(r"^\| `([a-z_.0-9]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| \*?\*?(\w+)", TEXT, re.M)
    assert rows, "one verdict table"
    lab = find()
    for name, cell, predicted, _, outcome in rows:
        claim = lab.claim(name)
        value = claim.predict(**{k: float(v) for k, v in (pair.split("=") for pair in cell.split(", "))})
        assert f"{value:.5g}" == predicted.strip(), name
        assert outcome == claim.expected
