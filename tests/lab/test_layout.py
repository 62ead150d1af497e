"""The house: names are the symbol table's, citations resolve, the engine is light to import."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from theorylab.site.references import read_bibliography

ROOT = Path(__file__).resolve().parents[2]
FILES = [f for room in ("theorylab", "models", "protocols", "figures") for f in sorted((ROOT / room).rglob("*.py"))]


def test_the_root_of_the_engine_is_small():
    assert len(list((ROOT / "theorylab").glob("*.py"))) <= 7


def test_no_public_function_bears_the_name_of_a_module():
    """The first import of a module would put it in the function's place."""
    import types

    import theorylab

    places = {p.stem for p in (ROOT / "theorylab").iterdir()}
    taken = [name for name in theorylab.__all__ if name in places]
    assert all(isinstance(getattr(theorylab, name), types.ModuleType) for name in taken)


def test_no_file_is_long():
    files = [*FILES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    long = {str(f.relative_to(ROOT)): n for f in files if (n := len(f.read_text().splitlines())) > 300}
    assert not long


def test_import_is_light():
    heavy = ("jax", "sympy", "numpy", "xarray", "rich", "matplotlib")
    code = f"import sys, theorylab; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_citations_resolve():
    keys = read_bibliography(ROOT / "references.bib")
    cited = {}
    for file in FILES:
        for key in re.findall(r"\[([a-z]+(?:19|20)\d\d[a-z]*)[\],]", file.read_text()):
            cited[key] = file.relative_to(ROOT)
    missing = {k: str(v) for k, v in cited.items() if k not in keys}
    assert not missing


def test_every_source_has_its_authors_title_and_year():
    entries = read_bibliography(ROOT / "references.bib")
    assert len(entries) > 50
    lacking = {(key, name) for key, e in entries.items() for name in ("author", "title", "year") if not e.get(name)}
    assert lacking == {("note", "author")}  # nobody is named in it
    assert not [key for key, e in entries.items() for text in e.values() if set(text) & set("{}\\")]


@pytest.mark.parametrize(
    "file", [f for f in FILES if f.is_relative_to(ROOT / "protocols") and f.stem != "__init__"], ids=lambda f: f.stem
)
def test_a_protocol_has_a_question(file):
    assert ast.get_docstring(ast.parse(file.read_text()))


def test_minimal_is_short_and_right():
    text = (ROOT / "minimal.py").read_text()
    assert len(text.splitlines()) < 120
    assert "import theorylab" not in text
    assert "from theorylab" not in text
    done = subprocess.run([sys.executable, str(ROOT / "minimal.py")], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 8
    for line in lines:
        assert line.split()[-1] == ("disagrees" if " control " in line else "agrees")
