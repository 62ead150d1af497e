"""A claim as a theorem in LaTeX: what stands in it, with and without verdicts, and that it is balanced."""

import re
from dataclasses import replace

import pytest

from models.quadratic.claims.variance import variance
from tests.verdict import judged
from theorylab.site.theorem import bibtex, theorem, words

ROW = judged(
    protocol="quadratic_variance", claim="quadratic.variance", cell={"eta": 0.1, "tier": "smoke"}, inputs={"eta": 0.1},
    predicted=0.0131, measured=0.0132, standard_error=0.0001, margin=0.0003, record="quadratic_variance-smoke-0-d9",
)  # fmt: skip
BIB = "@book{o, title={O}}\n@article{liu2021,\n  title = {{A} \\'{e} B},\n  year = 2021\n}\n@book{b, year = 1}\n"


def test_a_theorem_with_its_verdicts_and_sources(tmp_path):
    (tmp_path / "references.bib").write_text(BIB)
    text = theorem(variance, [ROW, replace(ROW, claim="quadratic.other")], tmp_path / "references.bib")
    assert r"\begin{theorem}[quadratic.variance]\label{claim:quadratic.variance}" in text
    assert variance.latex in text
    assert r"$\eta > 0, \quad \lambda > 0, \quad \sigma > 0, \quad 0 < \eta \lambda < 2$" in text
    assert r"\cite{liu2021}" in text
    assert text.count(r"eta = 0.1 & 0.0131 & 0.0132") == 1
    assert r"\texttt{quadratic\_variance-smoke-0-d9}: agrees" in text
    before, entries = text.split("\\endinput % what follows is BibTeX\n")
    assert entries == "@article{liu2021,\n  title = {{A} \\'{e} B},\n  year = 2021\n}"
    assert re.findall(r"\\begin\{(\w+)\}", before) == ["theorem", "equation", "table", "tabular"]
    assert before.replace(r"\{", "").count("{") == before.replace(r"\}", "").count("}")


def test_without_records_and_without_a_bibliography(tmp_path):
    text = theorem(variance, [], None)
    assert "% not judged" in text
    assert "tabular" not in text
    assert "endinput" not in text
    assert bibtex(tmp_path / "absent.bib", ["liu2021"]) == []


@pytest.mark.parametrize(("text", "latex"), [
    ("50% of a_b & `depth_1` ~ x^2", r"50\% of a\_b \& \texttt{depth\_1} \textasciitilde{} x\textasciicircum{}2"),
    ("a < b, see [liu2021] \u00b1", r"a \ensuremath{<} b, see \cite{liu2021} \ensuremath{\pm}"),
])  # fmt: skip
def test_words_are_escaped(text, latex):
    assert words(text) == latex
