"""The figures of a lab: what they need is declared and read, pictures of protocols are figures too."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from theorylab.drawing import figures, redraw
from theorylab.drawing.saving import scale
from theorylab.errors import InputError
from theorylab.lab.folder import Lab, find
from theorylab.lab.picture import Picture


def stand_in(tmp_path: Path, module: Any, pictures: Any = ()) -> Any:
    """A lab with the protocol `bowl_variance` and, where a module is given, the figure `bowl_variance`."""
    protocol = SimpleNamespace(pictures=pictures, question="How far?\n")

    def check_protocol(name: str) -> None:
        if name != "bowl_variance":
            raise InputError(f"unknown protocol {name!r}")

    return SimpleNamespace(
        root=tmp_path, figure_names=["bowl_variance"] if module else [], protocol_names=["bowl_variance"],
        figure=lambda name: module, protocol=lambda name: protocol, check_protocol=check_protocol,
    )  # fmt: skip


def draw(evidence: Any) -> str:
    """Stands for a picture."""
    return "drawn"


def test_a_file_declares_what_it_needs(tmp_path):
    module = SimpleNamespace(needs=("bowl_variance",), draw=draw, __doc__="Variance.\n")
    found = figures.figure(stand_in(tmp_path, module), "bowl_variance")
    assert (found.caption, found.needs, found.draw(cast(Any, None))) == ("Variance.", ("bowl_variance",), "drawn")


@pytest.mark.parametrize("module", [
    SimpleNamespace(draw=draw), SimpleNamespace(needs=(), draw=draw), SimpleNamespace(needs="bowl_variance", draw=draw),
    SimpleNamespace(needs=("bowl_variance",)), SimpleNamespace(needs=("bowl_varianse",), draw=draw),
])  # fmt: skip
def test_a_file_that_declares_nothing_or_no_protocol_is_refused(tmp_path, module):
    with pytest.raises(InputError, match=r"bowl_varian"):
        figures.figure(stand_in(tmp_path, module), "bowl_variance")


def test_pictures_of_a_protocol_are_a_figure_of_its_name(tmp_path):
    lab = stand_in(tmp_path, None, [Picture("bowl.variance", x="eta")])
    found = figures.figure(lab, "bowl_variance")
    assert (found.name, found.caption, found.needs) == ("bowl_variance", "How far?", ("bowl_variance",))
    assert figures.names(lab) == ["bowl_variance"]


def test_a_figure_that_is_there_twice_or_not_at_all_is_refused(tmp_path):
    module = SimpleNamespace(needs=("bowl_variance",), draw=draw)
    with pytest.raises(InputError, match="drawn twice"):
        figures.figure(stand_in(tmp_path, module, [Picture("bowl.variance", x="eta")]), "bowl_variance")
    with pytest.raises(InputError, match="bowl_variance"):
        figures.figure(stand_in(tmp_path, None), "bowl_variance")


def test_a_figure_without_its_records_is_named_and_left_out(tmp_path, capsys):
    lab = Lab(find().root, tmp_path)
    assert redraw.draw(lab, ["quadratic_variance", "diagonal_linear_jumps"]) == []
    said = capsys.readouterr().err
    assert "figure quadratic_variance: no fresh record" in said
    assert "figure diagonal_linear_jumps: no fresh record" in said


@pytest.mark.parametrize(("width", "formats", "said"), [
    (0.0, (), "width 0 is not between"), (float("nan"), (), "width nan"), (5.5, ("gif",), "format 'gif' is not one of"),
])  # fmt: skip
def test_a_width_or_format_that_is_none_is_refused(tmp_path, width, formats, said):
    with pytest.raises(InputError, match=said):
        redraw.draw(Lab(find().root, tmp_path), ["quadratic_variance"], width=width, formats=formats)


def test_every_figure_of_the_lab_names_its_protocols():
    lab = find()
    drawings = [figures.figure(lab, name) for name in lab.figure_names]
    assert all(d.caption and d.needs for d in drawings)


def test_a_figure_of_its_own_width_is_scaled_letters_and_all():
    from matplotlib.figure import Figure

    made = Figure(figsize=(7.0, 3.5))
    axes = made.subplots()
    axes.plot([1, 2], [1, 2], label="line", lw=2.0)
    axes.set_title("title", fontsize=10)
    axes.legend(fontsize=8)
    scale(made, 3.5)
    made.draw_without_rendering()
    assert tuple(made.get_size_inches()) == (3.5, 1.75)
    assert axes.title.get_fontsize() == 5.0
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_texts()[0].get_fontsize() == 4.0
    assert axes.lines[0].get_linewidth() == 1.0
    assert {label.get_fontsize() for label in axes.get_xticklabels()} == {5.0}
