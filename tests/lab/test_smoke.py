"""One protocol of each model, run as a user runs it: trained, judged, with the outcome that its claims expect."""

import dataclasses

import pytest

from theorylab.cli.tables import status
from theorylab.lab import families
from theorylab.running import protocols

ONE = {
    "deep_linear": "deep_linear_anticorrelated",
    "diagonal_linear": "diagonal_linear_limit",
    "linear_estimator": "linear_estimator_stable",
    "minibatch": "minibatch_sums",
    "quadratic": "quadratic_anticorrelated",
    "superposition": "superposition_linear",
}


def test_every_model_has_one(lab):
    assert set(ONE) == {p.parent.name for p in lab.root.glob("models/*/claims")}


@pytest.mark.parametrize("room", ONE)
def test_smoke(room, lab, records):
    found = dataclasses.replace(lab, records=records)
    rows = protocols.run(found, ONE[room], "smoke", 0)
    assert status(families.families(rows)) == 0, [r for r in rows if r.outcome != r.expected]
    assert all(r.outcome == r.expected for r in families.families(rows))
