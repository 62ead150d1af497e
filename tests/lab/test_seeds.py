"""Every protocol ends in verdicts, whatever its seed, at the fewest replicates."""

import dataclasses

import pytest

from theorylab.judge.decision import WORDS
from theorylab.lab.folder import find
from theorylab.lab.settings import PILOT
from theorylab.running.protocols import run

LAB = find()
FEW = {"replicates": str(PILOT), "chunk": str(PILOT)}


@pytest.mark.slow  # ten seeds of every protocol: an hour
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", LAB.protocol_names)
def test_a_smoke_run_ends_with_any_seed(name, seed, tmp_path):
    rows = run(dataclasses.replace(LAB, records=tmp_path), name, "smoke", seed, FEW)
    assert rows
    for row in (r if isinstance(r, dict) else r.as_dict() for r in rows):
        assert row["outcome"] in {*WORDS.values(), "invalid", "powerless"}
        assert row["gate"] or row["outcome"] != "invalid"
