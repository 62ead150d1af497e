from __future__ import annotations

import re
import xml.etree.ElementTree as xml
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.verdict import judged
from theorylab.errors import InputError
from theorylab.lab.rows import Family, Judged, JudgedControl
from theorylab.site import write_report
from theorylab.site.content import controls_of_cell, note_rows
from theorylab.site.references import cited, read_bibliography
from theorylab.site.words import measured, number, together
from theorylab.theory.mathml import before_and_after, lines, mathml

RECORD = "bowl_variance-smoke-0-1f3a9c2b"
BIB = """
@article{mandt2017,
  author = {Mandt, Stephan and Hoffman, Matthew D. and Blei, David M.},
  title = {Stochastic Gradient Descent as Approximate {B}ayesian Inference},
  journal = {JMLR},
  year = {2017},
  url = {https://example.org/a},
}
"""


def claim(name: str = "bowl.variance", **more: Any) -> dict[str, Any]:
    """What a claim says of itself and of its derivation."""
    return {
        "id": name, "statement": "The weight of a `bowl` has this variance if 0 < eta*lam < 2 & nothing else.",
        "inputs": [{"name": "eta", "meaning": "learning rate", "unit": "param^2/loss", "domain": "eta > 0"}],
        "formula": "eta*sigma**2/(lam*(2 - eta*lam))", "domain": "0 < eta*lam < 2", "source": "[mandt2017] equation 12",
        "exactness": "exact", "noises": ["gaussian"], "expected": "agrees", "verified": True,
        "latex": r"\frac{\eta \sigma^{2}}{\lambda \left(2 - \eta \lambda\right)}",
        "steps": [{"why": "the gradient of the loss", "operation": "differentiate", "result": "lam*theta",
                   "latex": r"\frac{d}{d \theta} \frac{\lambda \theta^{2}}{2} \;\to\; \lambda \theta", "verified": True,
                   "detail": "largest relative error 0.0e+00 over 5 values (tolerance 1e-15)", "error": 0.0}],
        "controls": [{"name": "sde", "formula": "eta*sigma**2/(2*lam)", "reason": "the SDE at any eta", "source": None},
                     {"name": "note 14", "formula": None, "reason": "noise twice", "source": "[note] equation 14"}],
        **more,
    }  # fmt: skip


TWINS = {"sde": "disagrees", "note 14": "indistinct"}


def row(name: str = "bowl.variance", eta: float = 0.1, controls: dict[str, str] = TWINS, **more: Any) -> Judged:
    usual = {"predicted": 0.0131579, "measured": 0.013134, "standard_error": 0.000108, "margin": 0.00026}
    cell = {"noise": "gaussian", "tier": "smoke", "eta": eta}
    return judged(controls, claim=name, cell=cell, inputs={"eta": eta}, record=RECORD, **(usual | more))


RECORDS = [
    {
        "id": RECORD,
        "settings": {"eta": [0.1, 0.5]},
        "seed": 0,
        "tier": "smoke",
        "state": "fresh",
        "replicates": [4096, 8192],
        "diverged": [{"count": 3, "of": 4096, "first": 812}, {"count": 0}],
        "versions": {"jax": "0.10.2", "theorylab": "0.1.0"},
        "device": "2 x cpu",
        "seconds": 8.31,
        "code_sha256": "ab" * 32,
        "data_sha256": "cd" * 32,
    }
]
CLAIMS = [
    claim(),
    claim("bowl.note_14", expected="disagrees", source="[note] equation 14", controls=[]),
    claim("bowl.unjudged", verified=False),
]
ROWS = [
    row(),
    row(
        eta=0.5,
        outcome="undecided",
        needed_n=123456,
        predicted=[1.0] * 40,
        measured=[1.0] * 39 + [1.07],
        standard_error=[0.01] * 40,
        margin=[0.02] * 40,
    ),
    row("bowl.note_14", outcome="disagrees", expected="disagrees", controls={}),
]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "bowl_variance.svg"
    file.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')
    return file


@pytest.fixture
def site(tmp_path: Path, picture: Path) -> Path:
    (tmp_path / "references.bib").write_text(BIB)
    figures = [{"path": picture, "caption": "Variance.", "protocols": ["bowl_variance"]}]
    index = write_report(CLAIMS, ROWS, RECORDS, figures, tmp_path / "site", bibliography=tmp_path / "references.bib")
    return index.parent


class Links(HTMLParser):
    """Every address in a page, and every tag that is left open."""

    void = frozenset(("meta", "link", "img", "br", "mspace"))

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [v for k, v in attrs if k in ("href", "src") and v]
        self.ids += [v for k, v in attrs if k == "id" and v]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.void:
            assert self.open.pop() == tag, tag


def pages(site: Path) -> list[Path]:
    return [site / "index.html", site / "python.html", *sorted((site / "claims").glob("*.html"))]


def test_there_is_an_index_and_a_page_for_each_claim(site):
    assert [p.stem for p in pages(site)] == ["index", "python", "bowl.note_14", "bowl.unjudged", "bowl.variance"]
    index = (site / "index.html").read_text()
    for word in (
        "undecided",
        "not what was expected",
        "refuted, as expected",
        "not judged",
        "NOT verified",
        "2 x cpu",
        "jax 0.10.2",
        RECORD,
    ):
        assert word in index


def test_the_site_is_self_contained_and_well_formed(site):
    for page in pages(site):
        found = Links(page)
        assert found.open == []
        assert "script" not in found.tags
        assert len(found.ids) == len(set(found.ids))
        for link in found.links:
            if link.startswith("#"):
                assert link[1:] in found.ids
            else:
                assert "://" not in link
                assert (page.parent / link).is_file(), link
    assert not re.search(r"url\(|@import", (site / "style.css").read_text())


def test_a_claims_page_says_it_all(site):
    text = (site / "claims" / "bowl.variance.html").read_text()
    for part in (
        "<code>bowl</code> has this variance if 0 &lt; eta*lam &lt; 2 &amp; nothing",
        "param<sup>2</sup>/loss",
        "<math ",
        "the gradient of the loss",
        "largest relative error",
        "0.01313 ± 0.00011",
        "123456",
        "worst of 40 values",
        "1.070 ± 0.010",
        "rejected in 2 of 2 cells",
        "indistinct in 2 of 2 cells",
        "the SDE at any eta",
        "figures/bowl_variance.svg",
        RECORD,
        "cd" * 32,
        "12288",
        "3</td>",
        "8.3 s",
        "Stephan Mandt, Matthew D. Hoffman, David M. Blei",
        "theorylab 0.1.0, claim bowl.variance (undecided)",
    ):
        assert part in text, part


def test_the_notes_formulas_are_named_with_their_outcomes(site):
    index = (site / "index.html").read_text()
    section = index[index.index("Formulas of the research note") :]
    assert section.count("equation 14") == 3  # a claim of its own, and a control of two claims
    assert "indistinct in 2 of 2 cells" in section


def test_readings_of_the_noise_are_set_side_by_side(tmp_path):
    reading = (JudgedControl("gaussian", "disagrees", np.asarray(0.0171)),)
    page = write_report(CLAIMS, [replace(row(), controls=reading), *ROWS[1:]], RECORDS, [], tmp_path).with_name(
        "gaussian_or_levy.html"
    )
    text = page.read_text()
    for word in ("bowl.variance", "0.0171", "rejected", "rejects a reading"):
        assert word in text
    assert "bowl.note_14" not in text


def test_formulas_are_mathml_that_parses():
    both = r"\begin{aligned} \mathrm{depth 1} &= \frac{a}{b} \\ \mathrm{with\_it} &= \sum_{k=0}^{3} x \end{aligned}"
    for latex in (CLAIMS[0]["latex"], r"\left[\begin{matrix}1 & x\\x & 2\end{matrix}\right]", r"a < b", both):
        assert xml.fromstring(f"<div>{mathml(latex)}</div>")[0].tag.endswith("}math")
    assert mathml(r"\begin{aligned} \mathrm{depth 1} &= a \\ \mathrm{b} &= c \end{aligned}").count("<math ") == 2
    assert lines(r"\left[\begin{matrix}1\\2\end{matrix}\right] \\ {a \\ b}") == [
        r"\left[\begin{matrix}1\\2\end{matrix}\right]",
        r"{a \\ b}",
    ]
    assert before_and_after(r"a \;\to\; b \;\to\; c") == (r"a \;\to\; b", "c")
    assert mathml(r"\begin{nonsense") in ("<code>\\begin{nonsense</code>", mathml(r"\begin{nonsense"))


def test_text_is_never_markup(tmp_path):
    evil = claim(statement="<script>alert(1)</script>", latex=r'\text{<script>"}')
    index = write_report([evil], [], [], [], tmp_path / "site")
    for page in pages(index.parent):
        assert "script" not in Links(page).tags


def test_the_same_input_gives_the_same_bytes_and_pages_that_are_gone_are_removed(tmp_path, picture):
    figures = [{"path": picture, "caption": "", "claims": ["bowl.variance"]}]
    index = write_report(CLAIMS, ROWS, RECORDS, figures, tmp_path / "site")
    (tmp_path / "site" / "own.html").write_text("a user's own page")
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in index.parent.rglob("*") if p.is_file()}
    write_report(CLAIMS, ROWS, RECORDS, figures, tmp_path / "site")
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in before} == before
    write_report(CLAIMS[:1], ROWS, RECORDS, [], tmp_path / "site")
    left = {p.name for p in index.parent.rglob("*") if p.is_file()}
    assert left == {"index.html", "style.css", ".report.json", "bowl.variance.html", "own.html", "python.html"}


def test_nothing_judged_yet_is_a_site_too(tmp_path):
    plain = {**claim(), "controls": ["sde"], "latex": "", "steps": [], "formula": None}
    index = write_report([plain], [], [], [], tmp_path / "site")
    assert "not judged" in index.read_text()
    assert Links(index.parent / "claims" / "bowl.variance.html").open == []


def test_a_row_whose_record_is_not_listed_still_has_its_id(tmp_path):
    index = write_report(CLAIMS[:1], ROWS[:2], [], [], tmp_path / "site")
    text = (index.parent / "claims" / "bowl.variance.html").read_text()
    assert f"theorylab, claim bowl.variance (undecided), record {RECORD}" in text


def test_a_family_says_more_than_the_worst_cell(tmp_path):
    kin = [Family("bowl.variance", "bowl_variance", RECORD, "smoke", "agrees", "agrees", 2)]
    index = write_report(CLAIMS[:1], ROWS[:2], RECORDS, [], tmp_path / "site", families=kin)
    assert "undecided" not in index.read_text()


def test_a_missing_figure_or_a_full_disk_is_said_in_one_line(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"absent\.svg is missing"):
        write_report([], [], [], [{"path": tmp_path / "absent.svg", "caption": ""}], tmp_path / "site")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Not a directory"):
        write_report([], [], [], [], tmp_path / "file" / "site")


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.0131579, 0.000108, "0.01316 ± 0.00011"),
        (1.5, 0.25, "1.50 ± 0.25"),
        (12345.0, 67.0, "12345 ± 67"),
        (None, None, "–"),
        (2.0, 0.0, "2"),
        (1.5e-9, 2e-11, "1.5 × 10^-9 ± 2 × 10^-11"),
    ],
)
def test_measurements_in_words(value, error, text):
    assert measured(value, error) == text


def test_small_words():
    assert number({"l": 0.5, "b": [1, 2]}) == "l = 0.5, b = [1, 2]"
    assert together(["agrees", "undecided"]) == "undecided"
    assert together([]) == "not judged"
    assert controls_of_cell(row(controls=dict.fromkeys("ab", "disagrees")).controls) == "all 2 rejected"
    assert note_rows([]) == []
    assert cited("[mandt2017] and [absent2000]", {"mandt2017": {"title": "T", "year": "2017"}})[0]["text"] == "T. 2017."
    assert read_bibliography(None) == {}
