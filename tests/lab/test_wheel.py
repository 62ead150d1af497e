"""The wheel alone brings the standard lab: nothing else is importable from it, and it works in an empty folder."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("models", "protocols", "figures")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    code = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return folder / done.stdout.split()[-1]


def test_the_wheel_holds_the_engine_with_the_standard_lab_inside(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"theorylab"}
    inside = "theorylab/standard/"
    wanted = {f"{inside}{f.relative_to(ROOT)}" for room in ROOMS for f in (ROOT / room).rglob("*.py")}
    wanted |= {f.relative_to(ROOT).as_posix() for f in (ROOT / "theorylab").rglob("*.py")}
    wanted |= {f.relative_to(ROOT).as_posix() for f in (ROOT / "theorylab" / "site" / "templates").iterdir()}
    wanted |= {f"{inside}references.bib", "theorylab/cli/template/gitignore"}
    assert wanted <= set(names)
    assert not [name for name in names if "__pycache__" in name or "/figures/out/" in name]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_wheel_works_in_an_empty_folder(wheel, tmp_path):
    """Predict, run, judge, draw and report, with the dependencies of this environment and no checkout."""
    python = _environment(wheel, tmp_path / "environment")
    empty = tmp_path / "empty"
    empty.mkdir()

    def call(*arguments):
        surroundings = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run([python, *arguments], cwd=empty, env=surroundings, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    installed = Path(call("-c", "import theorylab; print(theorylab.__file__)").strip()).parent
    assert installed.is_relative_to(tmp_path)
    before = _files(installed)
    lab = ("-m", "theorylab")
    assert "0.01315789" in call(*lab, "predict", "quadratic.variance", "eta=0.1", "lam=1.0", "sigma=0.5")
    ran = json.loads(call(*lab, "run", "quadratic_variance", "--json"))
    assert all(row["outcome"] == "agrees" for row in ran if row["claim"] == "quadratic.variance")
    assert json.loads(call(*lab, "check", "--json")) == ran
    assert call(*lab, "figures", "quadratic_variance").splitlines()[0].startswith(str(empty / "figures_out"))
    assert call(*lab, "report").strip() == str(empty / "report" / "index.html")
    page = (empty / "report" / "claims" / "quadratic.variance.html").read_text()
    assert "<li>[liu2021] " in page  # the bibliography is in the wheel too
    assert "quadratic_variance.svg" in page
    assert _files(installed) == before
    assert {path.name for path in empty.iterdir()} == {"records", "report", "figures_out"}
    call(*lab, "new", "copy", "--copy")
    for room in ROOMS:
        assert _files(empty / "copy" / room) == _files(installed / "standard" / room)


def _environment(wheel, folder):
    """An environment that sees the libraries of this one and holds the wheel; its Python."""
    venv.create(folder)
    site = next(folder.glob("[Ll]ib/**/site-packages"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    zipfile.ZipFile(wheel).extractall(site)
    return next(p for p in (folder / "bin" / "python", folder / "Scripts" / "python.exe") if p.exists())


def _files(folder):
    return sorted(f.relative_to(folder) for f in folder.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
