"""Planted faults: a simulation that is wrong in a way people are wrong is never judged to agree."""

import dataclasses

import optax
import pytest

from theorylab import noise
from theorylab.lab import families
from theorylab.running import protocols


def _with(protocol, **changes):
    return dataclasses.replace(protocol, simulate=dataclasses.replace(protocol.simulate, programs={}, **changes))


FAULTS = {
    "noise not scaled by eta": ("quadratic_variance", {"units": "parameter"}, {"eta": "0.1,0.5"}),
    "burn-in too short": ("quadratic_variance", {"burn": 0, "snapshots": 6}, {"eta": "0.1,0.5"}),
    "momentum of the wrong sign": (
        "quadratic_momentum",
        {"rule": lambda c: optax.sgd(c.eta, momentum=-c.mu)},
        {"eta": "0.1", "mu": "0.5"},
    ),
    "stable scale read as a standard deviation": (
        "quadratic_stable",
        {"noise": lambda c: noise.stable(c.alpha, c.gamma / 2**0.5)},
        {"eta": "0.1", "alpha": "1.5,1.9"},
    ),
    "alpha off by 0.05": (
        "quadratic_stable",
        {"noise": lambda c: noise.stable(c.alpha - 0.05, c.gamma)},
        {"eta": "0.1", "alpha": "1.0,1.5"},
    ),
    "anti-correlation forgotten": (
        "quadratic_anticorrelated",
        {"noise": lambda c: noise.stable(c.alpha, c.gamma) if "stable" in c.noise else noise.gaussian(c.sigma)},
        {"eta": "0.2", "alpha": "1.3"},
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_does_not_agree(fault, lab, records, monkeypatch):
    name, changes, settings = FAULTS[fault]
    found = dataclasses.replace(lab, records=records)
    mutant = _with(lab.protocol(name), **changes)
    monkeypatch.setattr(type(found), "protocol", lambda self, n: mutant)
    rows = protocols.run(found, name, "smoke", 0, {**settings, "replicates": "16384"})
    summary = {f.claim: f.outcome for f in families.families([r for r in rows if r.expected == "agrees"])}
    assert summary
    assert all(outcome in ("disagrees", "undecided") for outcome in summary.values()), summary


def test_the_right_simulation_agrees(lab, records):
    found = dataclasses.replace(lab, records=records)
    rows = protocols.run(found, "quadratic_stable", "smoke", 0, {"eta": "0.1", "alpha": "1.5"})
    assert [r.outcome for r in rows] == ["agrees"]
