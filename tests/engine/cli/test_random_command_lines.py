"""Random command lines, good and bad: each ends with status 0 to 3 and without a traceback."""

import random
import re

import pytest

from theorylab import terminal
from theorylab.cli import commands

BAD = [
    "", " ", "=", "--", "²", "٣", "é∞", "\udcff", "9" * 5000, "[" * 9999, "NaN", "-Infinity", "Infinity", "1e-320",
    "1e400", "-1", "0x10", "[[1,2],[3]]", "{}", "null", "true", "a=b", "eta**", "a**.b", "'", "lambda: 0", "x" * 300,
    "%s", "\n",
]  # fmt: skip
SETTINGS = ["eta=0.2", "eta=0.2,1.0", "eta=[0.5]", "eta=3.0", "eta=[]", "eta=[[0.2]]", "lam=2", "sigma=0",
            "noise=bogus", "noise=stable", "chunk=32", "chunk=1e12", "etta=1", "dtype=float64",
            "dtype=float8"]  # fmt: skip
INPUTS = ["eta=0.1", "lam=1", "sigma=0.5", "eta=3", "lam=-1", "mu=1", "eta=0.2"]
FORMULAS = ["eta*sigma**2/(2*lam)", "eta*sigma**2/(lam*(2-eta*lam))", "1/0", "zoo", "eta*sigmo", "(", "Max(eta,lam)"]
CLAIMS = ["bowl.variance", "bowl.varience", "bowl", "quadratic.variance", "."]
PROTOCOLS = ["bowl_variance", "bowl_varience", "variance"]


def line(rng, folder):
    """One command line; what would take long or leave `folder` is not among them."""

    def value(*good):
        return rng.choice(BAD) if rng.random() < 0.3 else rng.choice(good)

    def some(words, most):
        return [value(*words) for _ in range(rng.randrange(most + 1))]

    def maybe(*words, chance=0.3):
        return list(words) if rng.random() < chance else []

    def given(name, words, most):
        return [word for item in some(words, most) for word in (name, item)]

    json = maybe("--json", chance=0.5)
    run = [*maybe("--tier", value("smoke", "standard", "full", "smok")), *given("--set", SETTINGS, 2), *json]
    seed = maybe("--seed", value("0", "1", "18446744073709551615", "18446744073709551616", "1.5"))
    shard = maybe("--shard", value("1/1", "1/2", "2/2", "3/2", "1/", "0/0"), "--wait", value("0", "0.0", "-1", "x"))
    never = value("nowhere", "local:0", "local:x", "local:²", "local:" + "9" * 5000)
    sizes = ["--set", "replicates=" + value("64", "128", "100.5", "63"), "--set", "chunk=64", "--devices", "1"]
    path = str(folder / rng.choice(["one", "two", "a b", "é"]))
    command, tail = rng.choice(
        [
            ("claims", json),
            ("claim", [value(*CLAIMS), *json]),
            ("predict", [value(*CLAIMS), *some(INPUTS, 4), *json]),
            ("predict", ["bowl.variance", "eta=" + value("0.1"), "lam=" + value("1"), "sigma=" + value("1"), *json]),
            ("protocols", json),
            ("run", [value(*PROTOCOLS), *sizes, *run, *seed, *shard]),
            ("run", ["bowl_variance", *maybe("--scheduler", never, chance=0.9), "--rank", value("0"), *run]),
            ("run", ["bowl_variance", "--distributed", "--coordinator", value("here", "h:x"), "--rank", value("0"),
                     "--processes", value("1", "0")]),
            ("plan", [*some(PROTOCOLS, 2), *maybe("--devices", value("0", "5000", "1")), *sizes, *run]),
            ("check", [*some(PROTOCOLS, 2), *json]),
            ("challenge", [value(*CLAIMS), *maybe("--formula", value(*FORMULAS), chance=0.9), *json]),
            ("records", [*some(PROTOCOLS, 1), *maybe("--export", path), *maybe("--import", path), *json]),
            ("figures", some(["bowl_variance", "bowl"], 2)),
            ("report", ["--out", path] if rng.random() < 0.1 else ["--out"]),
            ("new", [path] if rng.random() < 0.5 else []),
            (value("predct", "--version", "-h"), []),
        ]
    )  # fmt: skip
    more = maybe(rng.choice(["--help", "--bogus", "--debug=1", "-x"]), chance=0.05)
    return [command, *tail, *maybe("--records", str(folder / "records"), chance=0.5), *more]


def endings(number, seed, folder, capsys):
    """What is wrong with the endings of so many lines."""
    rng, wrong = random.Random(seed), []
    for _ in range(number):
        arguments = line(rng, folder)
        terminal.sound_streams()
        status = commands.app(arguments)
        out, errors = capsys.readouterr()
        said = out + errors
        lab_code = re.search(r"^theorylab: \S+\.py:\d+: ", errors, re.M)
        if status not in (0, 1, 2, 3) or "Traceback" in said or lab_code or (status == 2 and not errors.strip()):
            wrong.append((status, arguments, errors[-500:]))
    return wrong


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    assert commands.app(["new", str(tmp_path / "lab")]) == 0
    monkeypatch.chdir(tmp_path / "lab")
    capsys.readouterr()
    return tmp_path


def test_sixty_random_command_lines(folder, capsys):
    assert endings(60, 1, folder, capsys) == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(20))
def test_two_thousand_random_command_lines(part, folder, capsys):
    assert endings(100, 100 + part, folder, capsys) == []
