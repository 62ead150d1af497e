"""The functions of the package's face: the command line's bits, the caller's JAX, wrong input in one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import theorylab
from theorylab.errors import InputError

ROOT = Path(__file__).resolve().parents[3]

IN_PYTHON = """
import json, sys
import jax
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
before = dict(jax.config.values)
import theorylab
verdicts = theorylab.run("quadratic_variance", eta=[0.5], chunk=1024, records=sys.argv[1])
changed = {k: v for k, v in jax.config.values.items() if before[k] != v}
print(json.dumps([theorylab.records(records=sys.argv[1])[0]["data_sha256"], len(jax.devices()), changed]))
"""


def test_the_bits_are_the_command_lines_and_jax_is_the_callers(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    here, there = str(tmp_path / "python"), str(tmp_path / "command")
    called = [[sys.executable, "-c", IN_PYTHON, here]]
    settings = ["--set", "eta=0.5", "--set", "chunk=1024", "--records", there]
    called.append([sys.executable, "-m", "theorylab", "run", "quadratic_variance", *settings])
    called.append([sys.executable, "-m", "theorylab", "records", "--json", "--records", there])
    said = [
        subprocess.run(c, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout for c in called
    ]
    digest, devices, changed = json.loads(said[0])
    assert digest == json.loads(said[2])[0]["data_sha256"]
    assert devices == 1
    assert changed == {}


def test_every_public_name_is_there_and_listed():
    assert set(theorylab.__all__) == set(dir(theorylab))
    assert all(getattr(theorylab, name) is not None for name in theorylab.__all__)
    with pytest.raises(AttributeError, match="no attribute 'runs'"):
        theorylab.runs  # noqa: B018


def test_settings_are_python_values(tmp_path):
    one = theorylab.run("quadratic_variance", eta=np.array([0.5]), sigma=np.float64(0.1) * 5, records=tmp_path)
    two = theorylab.run("quadratic_variance", eta=[0.5], records=tmp_path)
    assert {v.record for v in one} == {v.record for v in two}
    with pytest.raises(InputError, match="eta"):
        theorylab.run("quadratic_variance", eta={1, 2}, records=tmp_path)
    with pytest.raises(InputError, match="etta"):
        theorylab.run("quadratic_variance", etta=0.1, records=tmp_path)
    with pytest.raises(InputError, match="seed=-1"):
        theorylab.run("quadratic_variance", seed=-1, records=tmp_path)


def test_a_formula_is_a_text_or_an_expression(tmp_path):
    with pytest.raises(InputError, match="no fresh record"):
        theorylab.challenge("quadratic.variance", "eta", records=tmp_path)
    theorylab.run("quadratic_variance", eta=[0.5], records=tmp_path)
    eta, sigma, lam = sp.symbols("eta sigma lam")
    right = eta * sigma**2 / (lam * (2 - eta * lam))
    assert [v.outcome for v in theorylab.challenge("quadratic.variance", right, records=tmp_path)] == ["agrees"]
    text = theorylab.challenge("quadratic.variance", "2*eta*sigma**2/(lam*(2-eta*lam))", records=tmp_path)
    assert [v.outcome for v in text] == ["disagrees"]
    with pytest.raises(InputError, match="sigmo"):
        theorylab.challenge("quadratic.variance", eta * sp.Symbol("sigmo"), records=tmp_path)


def test_a_figure_needs_its_records(tmp_path):
    with pytest.raises(InputError, match="quadratic_variance"):
        theorylab.figure("quadratic_variance", records=tmp_path)
    with pytest.raises(InputError, match="quadratic_variance"):
        theorylab.figure("quadratic_varience", records=tmp_path)
