"""`claims`, `claim` and `predict`: what they load, what they refuse, and that no traceback reaches the user."""

import os
import subprocess
import sys

import pytest

from theorylab.cli.commands import app

HEAVY = ("jax", "optax", "flax", "xarray", "h5netcdf", "matplotlib", "sklearn", "jinja2")
LOADED = """
import sys
from theorylab.cli.commands import app
status = app(sys.argv[2:])
print("loaded", status, [m for m in sys.argv[1].split(",") if m in sys.modules], file=sys.stderr)
"""
POINT = ["predict", "quadratic.variance", "eta=0.1", "lam=1.0", "sigma=0.5"]


@pytest.mark.parametrize(("arguments", "modules"), [
    (POINT, HEAVY),
    (["predict", "deep_linear.product_law", "v=1", "eta=0.1", "B=1", "sigma=0.3"], HEAVY),
    (["claims"], HEAVY),
], ids=["predict", "predict product_law", "claims"])  # fmt: skip
def test_nothing_heavy_is_loaded(arguments, modules):
    assert loaded(arguments, modules) == "loaded 0 []"


def test_a_list_of_claims_that_was_made_before_loads_no_algebra(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert app(["new", str(tmp_path / "lab")]) == 0
    for file in tmp_path.glob("lab/**/*.py"):
        os.utime(file, (1e9, 1e9))
    for arguments in (["claims", "--json"], ["claims"]):
        arguments = [*arguments, "--lab", str(tmp_path / "lab")]
        assert loaded(arguments, HEAVY) == "loaded 0 []"
        assert loaded(arguments, (*HEAVY, "sympy", "mpmath", "scipy")) == "loaded 0 []"


def loaded(arguments, modules):
    """What a new process says of its exit status and of these modules."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, ",".join(modules), *arguments], capture_output=True, text=True, timeout=300
    )
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize(("arguments", "said"), [
    (["predict", "quadratic.variance", "eta=[[1,2],[3]]", "lam=1", "sigma=1"], "eta=[[1, 2], [3]] is no list"),
    (["predict", "quadratic.variance", "eta=null", "lam=1", "sigma=1"], "eta=None is not a number"),
    (["predict", "quadratic.variance", "eta=[0.1,null]", "lam=1", "sigma=1"], "eta=None is not a number"),
    (["predict", "quadratic.variance", "eta=1e308", "lam=1e-308", "sigma=1e308"], "no finite value at eta=1e+308"),
    (["predict", "quadratic.variance", "eta={}", "lam=1", "sigma=1"], "eta={} is not a number"),
    (["predict", "deep_linear.hessian_spectrum", "depth=1", "singular_values=[1]", "d_out=1000", "d_in=1000000000"],
     "d_out*d_in = 1000000000000 is more than 4000000 directions"),
    (["claim", "a**.b"], "unknown claim 'a**.b'"),
    (["claim", "../.x"], "unknown claim '../.x'"),
    (["claim", "[.x"], "unknown claim '[.x'"),
    (["claim", "quadratic.varianc"], "did you mean 'quadratic.variance'?"),
    (["claim", "zzzzzzzzzz"], "are known)"),
    (["claim", "quadratic.variance", "--latex", "--json"], "do not go together"),
    (["challenge", "quadratic.variance", "--formula", "Max(eta,LambertW(-1))"], "is refused by sympy"),
    (["challenge", "quadratic.variance", "--formula", "eta^2"], "write **"),
])  # fmt: skip
def test_wrong_input_is_one_line_and_status_2(arguments, said, capsys):
    assert app(arguments) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert len(err) < 400


HUNGRY = """
from theorylab.theory import Claim, exact
from theorylab.theory.derivation import differentiate
from theorylab.theory.symbols import eta, lam


def derive():
    yield differentiate("slope", eta * lam**2, lam)


hungry = Claim("toy.hungry", "It takes 80 GB.", (eta, lam), True, derive, exact(), "here",
               evaluate=lambda f, eta, lam: [eta] * 10**10)
broken = Claim("toy.broken", "It has a fault.", (eta, lam), True, derive, exact(), "here",
               evaluate=lambda f, eta, lam: {}["lam"])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no copies of processes here")
def test_a_claim_that_takes_too_much_memory_is_ended_and_said_in_one_line(tmp_path):
    assert app(["new", str(tmp_path / "lab")]) == 0
    folder = tmp_path / "lab" / "models" / "toy" / "claims"
    folder.mkdir(parents=True)
    (folder / "hungry.py").write_text(HUNGRY)
    command = [sys.executable, "-m", "theorylab", "predict", "--lab", str(tmp_path / "lab")]
    point = ["eta=0.1", "lam=1"]
    done = subprocess.run([*command, "toy.hungry", *point], capture_output=True, text=True, timeout=120)
    said = "theorylab: claim toy.hungry: not evaluated within 60 s of processor time and 2 GB\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    done = subprocess.run([*command, "toy.broken", *point], capture_output=True, text=True, timeout=120)
    assert (done.returncode, len(done.stderr.splitlines())) == (4, 1), done.stderr
