"""In a legend a sign means one thing; what a figure shows is there as numbers."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest

from theorylab import drawing
from theorylab.drawing import legend, numbers
from theorylab.drawing.style import style
from theorylab.errors import InputError

X = [1.0, 2.0]


def panel(*names: str, title: str = "panel", strip: bool = False) -> drawing.Panel:
    lines = [(X, [1.0 + i, 2.0 + i]) for i in range(len(names))]
    series = [
        drawing.Series(n, X, line[1], [0.1, 0.1], line, {"twice": (X, [3.0, 4.0])}, line[1], [0.1] * 2)
        for n, line in zip(names, lines, strict=True)
    ]
    return drawing.Panel(title, "x", "y", series, "agrees", ["twice"], strip=strip)


def texts(found: Any) -> list[str]:
    return [t.get_text() for t in found.get_texts()]


def page(*panels: drawing.Panel) -> Any:
    return drawing.prediction_against_measurement(panels, record="r")


def test_one_legend_serves_panels_whose_signs_mean_the_same():
    made = page(panel("a", "b"), panel("a", "b"))
    assert texts(made.legends[0]) == ["prediction", "a", "b", "rejected: twice"]
    assert not [axes for axes in made.axes if axes.get_legend()]


def test_a_legend_belongs_to_its_panel_where_a_sign_would_mean_two_things(tmp_path):
    made = page(panel("s = 3", "s = 1"), panel("depth 2", "depth 3"), panel("s = 3"))
    assert texts(made.legends[0]) == ["prediction", "rejected: twice"]
    own = [texts(axes.get_legend()) for axes in made.axes if axes.get_legend()]
    assert own == [["s = 3", "s = 1"], ["depth 2", "depth 3"], ["s = 3"]]
    drawing.save(made, "modes", tmp_path)


def test_one_name_at_two_signs_has_its_own_legends_too():
    assert not legend.joint([panel("a", "b"), panel("b", "a")])
    assert legend.joint([panel("a", "b"), panel("a")])


def test_own_legends_lie_below_their_panels_and_overlap_nothing():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    made = page(panel("white", "differenced", strip=True), panel("one", "two", "three"), panel("four"))
    canvas = FigureCanvasAgg(made)
    canvas.draw()
    renderer: Any = canvas.get_renderer()
    common = made.legends[0].get_window_extent(renderer)
    shown = [axes for axes in made.axes if axes.get_legend()]
    labels = [axes.xaxis.label.get_window_extent(renderer) for axes in made.axes if axes.get_xlabel()]
    assert len(shown) == 3
    for axes in shown:
        box = axes.get_legend().get_window_extent(renderer)
        assert box.y0 >= common.y1 - 1
        assert box.y1 <= min(label.y0 for label in labels) + 1
        place = axes.get_window_extent(renderer)
        assert box.x0 >= place.x0 - 30
        assert box.x1 <= place.x1 + 30


def test_two_series_of_one_name_are_refused():
    with pytest.raises(InputError, match="panel 'panel' has two series called 'a'"):
        page(panel("a", "a"))


def test_a_figure_in_whose_legend_a_sign_means_two_things_is_refused(tmp_path):
    from matplotlib.figure import Figure

    made = Figure()
    left, right = made.subplots(1, 2)
    left.errorbar(X, X, yerr=[0.1, 0.1], fmt="o", color="C0", label="s = 3")
    right.errorbar(X, X, yerr=[0.1, 0.1], fmt="o", color="C0", label="depth 2")
    drawing.save(made, "apart", tmp_path)  # no legend at all
    left.legend()
    right.legend()
    drawing.save(made, "apart", tmp_path)  # each panel has its own
    made.legend()
    with pytest.raises(InputError, match="figure joint: one sign in one legend means 's = 3' and 'depth 2'"):
        drawing.save(made, "joint", tmp_path)
    assert not (tmp_path / "joint.svg").exists()


def test_signs_that_differ_in_colour_marker_or_dashes_are_told_apart():
    from matplotlib.figure import Figure

    made = Figure()
    axes = made.subplots()
    lines: Any = ({"ls": "--"}, {"ls": (0, (1, 2))}, {"marker": "s"}, {"color": "red"}, {"mfc": "none"})
    for i, how in enumerate(lines):
        axes.plot(X, X, label=str(i), **({"color": "grey", "marker": "o", "ls": "-"} | how))
    axes.bar(X, X, color="grey", label="bars")
    bars: Any = ({"fmt": "D"}, {"fmt": "D", "mfc": "white"}, {"fmt": "v"})
    for i, how in enumerate(bars):
        axes.errorbar(X, X, yerr=[0.1, 0.1], color="grey", label=f"measured {i}", **how)
    axes.legend()
    legend.refuse_ambiguous(made, "fine")
    axes.plot(X, X, color="red", marker="o", ls="-", label="again")
    axes.legend()
    with pytest.raises(InputError, match="one sign"):
        legend.refuse_ambiguous(made, "fault")


def test_the_first_49_series_of_a_panel_differ():
    assert len({legend.sign(i) for i in range(49)}) == 49


def rows(made: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(numbers.as_csv(made).decode())))


def test_the_numbers_of_a_figure_are_those_drawn():
    found = rows(page(panel("a", "b", strip=True)))
    points = [r for r in found if r["series"] == "b" and r["panel"] == "1"]
    assert [(float(r["x"]), float(r["y"])) for r in points] == [(1.0, 2.0), (2.0, 3.0)]
    np.testing.assert_allclose([float(r["low"]) for r in points], [1.8, 2.8])
    np.testing.assert_allclose([float(r["high"]) for r in points], [2.2, 3.2])
    assert {r["x_label"] for r in points} == {"x"}  # which stands below the strip
    lines = [r for r in found if r["series"] == "prediction, b"]
    assert [float(r["y"]) for r in lines] == [2.0, 3.0]
    assert {r["kind"] for r in lines} == {"line"}
    assert any(r["series"] == "control twice, a" for r in found)


def test_categories_are_words_in_the_numbers():
    words = ["none", "gaussian"]
    made = page(drawing.Panel("t", "noise", "loss", [drawing.Series("", words, X, [0.1] * 2, (words, X))]))
    assert [r["x"] for r in rows(made) if r["kind"] == "points"] == words


def test_a_journals_width_is_kept_and_leaves_room_for_panels():
    panels = [panel("a"), panel("a"), panel("a")]
    with style(5.5):
        made = page(*panels)
    assert made.get_figwidth() == 5.5
    assert len({round(axes.get_position().x0, 2) for axes in made.axes}) == 2  # two in a row
    assert page(*panels).get_figwidth() == drawing.PAGE
