"""Examples run: those in the docstrings of public names, and the notebook as a script."""

import doctest
import os
import subprocess
import sys
from pathlib import Path

import pytest

import theorylab
from theorylab import measure, noise, theory
from theorylab.cli import functions

ROOT = Path(__file__).resolve().parents[2]
# kinds of values, which others make
DATA = {"Exactness", "Labels", "Minibatch", "MinibatchState", "NAMES", "Noise", "NoiseState", "Estimate"}  # values
COSTLY = {"report", "reproduce"}  # minutes: they run or derive the whole lab
PUBLIC = {
    **{f"theorylab.{n}": getattr(functions, n) for n in theorylab.__all__ if hasattr(functions, n) and n not in COSTLY},
    **{f"noise.{n}": getattr(noise, n) for n in noise.__all__ if n not in DATA},
    **{f"measure.{n}": getattr(measure, n) for n in measure.__all__ if n not in DATA},
    **{f"theory.{n}": getattr(theory, n) for n in theory.__all__ if n not in DATA},
    "theorylab.Ensemble": theorylab.Ensemble,
    "theorylab.vary": theorylab.vary,
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_has_an_example_and_it_runs(name):
    module = sys.modules[PUBLIC[name].__module__]
    [example] = doctest.DocTestFinder(recurse=False).find(PUBLIC[name], name, globs=dict(vars(module)))
    assert example.examples, f"the docstring of {name} has no example"
    said: list[str] = []
    found = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example, out=said.append)
    assert found.failed == 0, "".join(said)


def test_the_tour_runs_as_a_script(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NPROC": "1"}
    tour = [sys.executable, str(ROOT / "examples" / "tour.py")]
    done = subprocess.run(tour, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == "derivation verified: True; predicted 0.083333"
    assert "challenge by the derived formula: agrees, agrees" in said
    assert "challenge by the stochastic differential equation: disagrees, disagrees" in said
    assert not list(tmp_path.iterdir())


def test_the_tour_is_a_sound_notebook():
    tour = [sys.executable, "-m", "marimo", "check", "--strict", str(ROOT / "examples" / "tour.py")]
    done = subprocess.run(tour, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
