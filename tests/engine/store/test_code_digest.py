from __future__ import annotations

import os
from pathlib import Path

import pytest

from theorylab.errors import InputError
from theorylab.store import code_digest, digest

MODEL = '''"""The bowl."""
from typing import TYPE_CHECKING

from models.bowl.claims import variance
from models.bowl import data

if TYPE_CHECKING:
    from models.other import thing


def loss(theta, c):
    """Half of lam theta squared."""
    return 0.5 * c.lam * theta**2
'''
PROTOCOL = '''"""Does it fluctuate?"""
from theorylab import Ensemble, Protocol, measure, noise
from models.bowl.model import loss

protocol = Protocol(question="?", settings=None, simulate=Ensemble(loss), tests=(lambda data: measure.mean(data.x),))
'''
FILES = {
    "models/__init__.py": "",
    "models/bowl/__init__.py": "",
    "models/bowl/model.py": MODEL,
    "models/bowl/data.py": "SIZE = 3\n",
    "models/bowl/claims/__init__.py": "",
    "models/bowl/claims/variance.py": "x = 1\n",
    "models/other.py": "thing = 1\n",
    "protocols/__init__.py": "",
    "protocols/bowl.py": PROTOCOL,
    "protocols/helper.py": "x = 1\n",
}


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def changes(lab: Path, name: str, old: str, new: str) -> bool:
    """Whether the digest changes with this edit."""
    file = lab / "protocols" / "bowl.py"
    before, path = code_digest(file), lab / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    os.utime(path, (1, 1))
    return code_digest(file) != before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("models/bowl/model.py", "0.5 *", "0.25 *"),
        ("models/bowl/data.py", "3", "4"),
        ("models/bowl/__init__.py", "", "a = 1"),
        ("protocols/bowl.py", "Ensemble(loss)", "Ensemble(loss, burn=3)"),
        ("protocols/bowl.py", "settings=None", "settings=1"),
        ("models/bowl/model.py", "theta**2\n", "theta**2\n\n\nloss = None\n"),
    ],
)
def test_what_changes_a_simulation_changes_its_digest(lab, name, old, new):
    assert changes(lab, name, old, new)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("models/bowl/model.py", '"""Half of lam theta squared."""', '"""Another\n    text."""'),
        ("models/bowl/model.py", '    """Half of lam theta squared."""\n', ""),
        ("models/bowl/model.py", '"""The bowl."""', "# The bowl"),
        ("models/bowl/model.py", "0.5 * c.lam * theta**2", "(0.50 *\n            c.lam * theta ** 2)  # half"),
        ("models/bowl/claims/variance.py", "1", "2"),
        ("models/bowl/model.py", "from models.bowl.claims import variance\n", ""),
        ("models/bowl/model.py", "    from models.other import thing", "    from models.other import another"),
        ("models/other.py", "1", "2"),
        ("protocols/helper.py", "1", "2"),
        ("protocols/bowl.py", 'question="?"', 'question="Really?"'),
        ("protocols/bowl.py", "measure.mean(data.x)", "measure.mean(data.y)"),
    ],
)
def test_what_only_describes_or_judges_does_not(lab, name, old, new):
    assert not changes(lab, name, old, new)


def test_the_engine_is_part_of_it(lab, monkeypatch, tmp_path_factory):
    """Simulation modules are followed through `from theorylab import Ensemble`, judging ones are not."""
    seen = []
    real = digest._module
    monkeypatch.setattr(digest, "_module", lambda path, name, root: (seen.append(name), real(path, name, root))[1])
    code_digest(lab / "protocols" / "bowl.py")
    assert {"theorylab.train.ensemble", "models.bowl.model", "models.bowl.data"} <= set(seen)
    assert {name.split(".")[1] for name in seen if name.startswith("theorylab.")} <= {"random", "noise", "train"}


@pytest.mark.parametrize(
    "text",
    [
        "import theorylab as lab\nx = lab.Ensemble",
        "import theorylab.train.ensemble",
        "def f():\n    from theorylab.train.ensemble import Ensemble",
        "from theorylab.train import ensemble as e",
    ],
)
def test_the_ways_of_importing_the_engine(lab, text):

    (lab / "protocols" / "other.py").write_text(text)
    root = lab.resolve()
    assert "theorylab.train.ensemble" in digest._module(root / "protocols" / "other.py", "protocols.other", root)[1]


def test_relative_imports_are_followed(lab):
    (lab / "models/bowl/model.py").write_text("from .data import SIZE\nfrom .. import other\nfrom . import data\n")
    assert changes(lab, "models/bowl/data.py", "3", "4")
    assert changes(lab, "models/other.py", "1", "2")


def test_a_digest_does_not_depend_on_the_place_of_the_lab(lab, tmp_path_factory):
    import shutil

    other = tmp_path_factory.mktemp("elsewhere") / "lab"
    shutil.copytree(lab, other)
    assert code_digest(lab / "protocols/bowl.py") == code_digest(other / "protocols/bowl.py")


def test_a_file_that_is_no_python_is_named(lab):
    (lab / "models/bowl/data.py").write_text("def (")
    with pytest.raises(InputError, match=r"data.py: not valid Python"):
        code_digest(lab / "protocols/bowl.py")


def test_a_second_digest_is_fast(lab):
    import time

    code_digest(lab / "protocols/bowl.py")
    began = time.perf_counter()
    code_digest(lab / "protocols/bowl.py")
    assert time.perf_counter() - began < 0.5


def test_pictures_change_no_digest(lab):
    """Neither stating them nor importing what states them."""
    stated = "x),), pictures=[Picture('bowl.variance', x='eta')])"
    assert not changes(lab, "protocols/bowl.py", "x),))", stated)
    assert not changes(lab, "protocols/bowl.py", "import Ensemble, Protocol", "import Ensemble, Picture, Protocol")
    assert not changes(lab, "protocols/bowl.py", "x='eta'", "x='lam', log='xy'")
    assert changes(lab, "protocols/bowl.py", "import Ensemble, Picture, Protocol, measure, noise", "import random")
