"""What CONTRIBUTING.md says works: each of its files in a fresh lab, where nothing else is touched."""

import re
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import theorylab
from theorylab import noise
from theorylab.lab import importing

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
FILES = dict(re.findall(r"<!-- (\S+) -->\n```python\n(.*?)```", TEXT, re.S))
SCREEN = 50  # lines


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """A fresh lab, and what its files held before anything was added."""
    lab = theorylab.new(tmp_path_factory.mktemp("contributing") / "mine")
    before = contents(lab)
    for name, text in FILES.items():
        assert not (lab / name).exists()
        (lab / name).parent.mkdir(exist_ok=True)
        (lab / name).write_text(text)
    return lab, before


def contents(lab):
    made = {"records", "report", "out", "__pycache__"}
    return {p: p.read_bytes() for p in lab.rglob("*") if p.is_file() and not made & set(p.relative_to(lab).parts)}


def test_a_claim_a_protocol_and_a_figure_are_one_file_each(mine):
    lab, before = mine
    claim = theorylab.claim("bowl.loss", lab=lab)
    assert all(step.ok for step in claim.check())
    assert claim.predict(eta=0.5, lam=1.0, sigma=0.5) == pytest.approx(0.5 * 0.083333, rel=1e-4)
    for name in ("bowl_variance", "bowl_loss"):
        verdicts = theorylab.run(name, lab=lab)
        assert {v.outcome for v in verdicts} == {"agrees"}
        assert {c.outcome for v in verdicts for c in v.controls} == {"disagrees"}
    assert len(theorylab.figure("bowl_both", lab=lab).axes) == 4
    assert len(theorylab.figure("bowl_loss", lab=lab).axes) == 2
    after = contents(lab)
    assert {p: after[p] for p in before} == before
    assert {str(p.relative_to(lab)) for p in set(after) - set(before)} == set(FILES)


def test_a_noise_is_one_file(mine):
    lab, _ = mine
    summed = importing.module(lab, lab / "models" / "bowl" / "noise.py").summed
    process = summed(noise.gaussian(sigma=1.0))
    assert process.impulse_response(4).tolist() == [1.0, 1.0, 0.0, 0.0]
    assert str(process) == "summed(gaussian(sigma=1))"
    optimizer, params = optax.chain(process, optax.sgd(1.0)), jnp.zeros(100_000)
    state, steps = optimizer.init(params), []
    for _ in range(2):
        updates, state = optimizer.update(jnp.zeros_like(params), state, params)
        steps.append(np.asarray(updates))
    error = np.sqrt(2 * (2 / len(params)))  # standard error of a sum of two unit variances
    assert abs(steps[1].var() - 2.0) < 5 * error * 2.0
    assert abs((steps[0] * steps[1]).mean() - 1.0) < 5 * error


def test_each_part_fits_on_a_screen():
    parts = TEXT.split("\n## ")[1:]
    assert [part.splitlines()[0] for part in parts] == ["A claim", "A protocol", "A figure", "A noise"]
    for part in parts:
        assert len(part.splitlines()) <= SCREEN, part.splitlines()[0]


def test_modules_of_a_lab_that_is_gone_do_not_stay(mine, lab):
    assert theorylab.claim("quadratic.variance", lab=lab.root).id == "quadratic.variance"
    assert "models.bowl" not in sys.modules
