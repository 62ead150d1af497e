"""A lab is a folder: which one is found, where it writes, whose packages are refused, what a new one holds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from theorylab.cli import new_lab
from theorylab.errors import InputError
from theorylab.lab.folder import around, find, standard

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def mine(tmp_path):
    new_lab.create(tmp_path / "mine")
    return tmp_path / "mine"


def test_a_lab_around_here_comes_first_and_keeps_what_it_makes(mine, monkeypatch):
    monkeypatch.chdir(mine / "models" / "bowl")
    lab = find()
    assert (lab.root, lab.records, lab.report, lab.drawn) == (
        mine, mine / "records", mine / "report", mine / "figures" / "out",
    )  # fmt: skip
    assert around(mine / "protocols" / "bowl" / "variance.py").records == mine / "records"


def test_elsewhere_the_standard_lab_is_there_and_writes_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lab = find()
    assert lab.root == standard() == ROOT
    assert (lab.records, lab.report, lab.drawn) == (
        tmp_path / "records", tmp_path / "report", tmp_path / "figures_out",
    )  # fmt: skip
    assert find(ROOT).records == ROOT / "records"


def test_two_labs_in_one_process(mine, lab):
    assert find(mine).claim("bowl.variance").id == "bowl.variance"
    assert lab.claim("quadratic.variance").id == "quadratic.variance"
    assert list(find(mine).claims) == ["bowl.variance"]
    with pytest.raises(InputError, match=r"quadratic\.variance"):
        find(mine).claim("quadratic.variance")


FOREIGN = """
import sys
{first}
import theorylab
from theorylab.errors import InputError
try:
    theorylab.claim("quadratic.variance")
except InputError as error:
    print(error)
"""


@pytest.mark.parametrize("first", ["", "import models"])
@pytest.mark.parametrize("name", ["models/__init__.py", "models.py", "figures/__init__.py"])
def test_a_package_of_a_rooms_name_that_is_no_labs_is_refused(first, name, tmp_path):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("")
    (tmp_path / "models").mkdir(exist_ok=True)
    said = _python(FOREIGN.format(first=first), path=f"{tmp_path}{os.pathsep}{ROOT}", cwd=tmp_path)
    assert said.count("\n") == 1
    assert str(file) in said


def test_a_folder_of_weights_called_models_is_no_package(tmp_path):
    (tmp_path / "models").mkdir()
    said = _python(FOREIGN.format(first="") + "print(1)", path=f"{tmp_path}{os.pathsep}{ROOT}", cwd=tmp_path)
    assert said == "1\n"


def _python(code, path, cwd):
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_lab_holds_the_template_or_a_copy(mine, tmp_path):
    assert (mine / "models" / "bowl" / "claims" / "variance.py").is_file()
    assert "records/" in (mine / ".gitignore").read_text()
    with pytest.raises(InputError, match="not empty"):
        new_lab.create(mine)
    copy = tmp_path / "copy"
    new_lab.create(copy, copy=True)
    assert list(find(copy).protocol_names) == list(find(ROOT).protocol_names)
    assert (copy / "references.bib").read_bytes() == (ROOT / "references.bib").read_bytes()
    assert not list(copy.rglob("__pycache__"))
