from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.verdict import judged
from theorylab import drawing
from theorylab.errors import InputError
from theorylab.lab.rows import Judged

RECORD = "bowl-smoke-0-00000000"
ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Symbol:
    name: str
    meaning: str
    unit: str = "1"
    kind: str = "real"


class Bowl:
    """A stand-in for a claim: y = eta lam, with a control of twice that."""

    id = "bowl.slope"
    inputs = (Symbol("eta", "learning rate", "param^2/loss"), Symbol("lam", "curvature"))

    def predict(self, eta: float, lam: float) -> float:
        if eta * lam > 4:
            raise InputError("outside")
        return eta * lam

    def predict_control(self, name: str, eta: float, lam: float) -> float:
        return 2 * eta * lam


def row(eta: float, lam: float, outcome: str = "agrees", **more: Any) -> Judged:
    y = eta * lam
    given = {"eta": eta, "lam": lam}
    numbers = {"predicted": y, "measured": 1.01 * y, "standard_error": 0.004 * y, "margin": 0.02 * y}
    return judged(
        {"twice": "disagrees"}, claim="bowl.slope", cell={"noise": "gaussian", **given}, inputs=given, outcome=outcome,
        record=RECORD, **(numbers | more),
    )  # fmt: skip


ROWS = [row(eta, lam) for eta in (0.1, 0.5, 1.5) for lam in (1.0, 2.0)]


def picture(rows: Any = ROWS, **how: Any) -> Any:
    made = drawing.panel(Bowl(), rows, "eta", split="lam", **how)
    return drawing.prediction_against_measurement([made], record="bowl-smoke-0-00000000")


def test_the_same_rows_give_the_same_bytes_and_an_untouched_file(tmp_path):
    first = drawing.save(picture(), "bowl", tmp_path)
    assert [p.name for p in first] == ["bowl.svg", "bowl.png"]
    before = [(p.read_bytes(), p.stat().st_mtime_ns) for p in first]
    again = drawing.save(picture(), "bowl", tmp_path)
    assert [(p.read_bytes(), p.stat().st_mtime_ns) for p in again] == before
    changed = drawing.save(picture([*ROWS[:-1], row(1.5, 2.0, measured=2.9)]), "bowl", tmp_path)
    assert all(p.read_bytes() != old for p, (old, _) in zip(changed, before, strict=True))


def test_another_process_and_a_users_own_settings_give_the_same_bytes(tmp_path):
    drawing.save(picture(), "bowl", tmp_path / "a")
    script = (
        "import sys, matplotlib\n"
        "matplotlib.rcParams.update({'font.size': 20, 'axes.grid': True, 'text.color': 'red'})\n"
        f"sys.path[:0] = [{str(ROOT)!r}]\n"
        "from tests.engine.drawing.test_figure import picture\n"
        "from theorylab import drawing\n"
        "drawing.save(picture(), 'bowl', sys.argv[1])\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "b")], check=True)
    for name in ("bowl.svg", "bowl.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_no_dates_or_versions_are_in_the_file(tmp_path):
    svg, png = drawing.save(picture(), "bowl", tmp_path)
    assert b"<dc:date>" not in svg.read_bytes()
    assert b"Software" not in png.read_bytes()


def test_nothing_global_is_set():
    import matplotlib

    before = dict(matplotlib.rcParams)
    picture()
    assert dict(matplotlib.rcParams) == before


def test_a_panel_holds_predictions_controls_and_the_verdict():
    made = drawing.panel(Bowl(), [*ROWS[:-1], row(1.5, 2.0, outcome="undecided")], "eta", split="lam", points=5)
    assert [s.name for s in made.series] == ["lam = 1", "lam = 2"] or "lambda" in made.series[0].name
    assert made.verdict == "agrees in 5, undecided in 1 of 6 cells"
    assert made.rejected == ["twice"]
    two = made.series[1]
    assert list(two.x) == [0.1, 0.5, 1.5]
    np.testing.assert_allclose(two.line[1], 2 * np.asarray(two.line[0]))
    np.testing.assert_allclose(two.controls["twice"][1], 4 * np.asarray(two.controls["twice"][0]))
    assert "param$^{2}$/loss" in made.x_label


def test_lines_have_a_gap_outside_the_domain():
    made = drawing.panel(Bowl(), [row(0.5, 2.0), row(3.0, 2.0)], "eta", points=6)
    assert np.isnan(made.series[0].line[1][-1])
    assert np.isfinite(made.series[0].line[1][0])


def test_rows_that_would_be_mixed_up_are_refused():
    with pytest.raises(InputError, match="differ in lam; split by it or hold it fixed"):
        drawing.panel(Bowl(), ROWS, "eta")
    assert len(drawing.panel(Bowl(), ROWS, "eta", where={"lam": 2.0}).series[0].x) == 3
    with pytest.raises(InputError, match="no verdict rows"):
        drawing.panel(Bowl(), [], "eta")
    with pytest.raises(InputError, match="no setting 'mu'"):
        drawing.panel(Bowl(), ROWS, "mu")


@pytest.mark.parametrize("log", ["", "x", "y", "xy"])
def test_nothing_is_clipped_and_no_texts_overlap(log):
    """Every text lies inside the picture; title, verdict, labels, legend and small print stand one above the other."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    panels = [
        drawing.panel(Bowl(), ROWS, "eta", split="lam", log=log, title=t)
        for t in ("bowl.slope", "a longer title that does not fit into one line", "c")
    ]
    made = drawing.prediction_against_measurement(panels, record=["bowl-smoke-0-00000000", "bowl-full-0-11111111"])
    canvas = FigureCanvasAgg(made)
    canvas.draw()
    renderer: Any = canvas.get_renderer()

    def box(text: Any) -> Any:
        return text.get_window_extent(renderer)

    def shown(part: Any) -> list[Any]:
        return [t for t in part.findobj(Text) if t.get_visible() and t.get_text().strip()]

    drawn = made.get_tightbbox(renderer)  # in inches
    width, height = made.get_size_inches()
    assert min(drawn.x0, drawn.y0) >= 0
    assert drawn.x1 <= width
    assert drawn.y1 <= height
    for axes in made.axes:
        if axes.texts:
            title = next(t for t in shown(axes) if t.get_text() == axes.get_title(loc="left"))
            assert box(title).y0 >= box(axes.texts[0]).y1 - 1.5
    labels = [box(a.xaxis.label).y0 for a in made.axes if a.get_xlabel()]
    assert box(made.legends[0]).y1 <= min(labels) + 1
    assert box(made.texts[0]).y1 <= box(made.legends[0]).y0 + 1


def test_categories_and_single_cells_are_drawn(tmp_path):
    names = ["none", "gaussian", "differenced stable"]
    y = [1.0, 2.0, 0.0]
    census = drawing.Panel("t", "noise", "loss", [drawing.Series("", names, y, [0.1] * 3, (names, y), predicted=y)])
    one = drawing.panel(Bowl(), ROWS[:1], "eta")
    made = drawing.prediction_against_measurement([census, one], record="r", columns=1)
    assert len(made.axes) == 3  # a prediction of zero has no ratio
    assert len(drawing.save(made, "census", tmp_path, ("svg", "png", "pdf"))) == 3


def test_importing_figures_and_reports_imports_nothing_heavy():
    script = (
        "import sys, theorylab.drawing, theorylab.site, theorylab.store\n"
        "print([m for m in ('matplotlib', 'xarray', 'pandas', 'jinja2', 'jax', 'sympy', 'h5py') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"
