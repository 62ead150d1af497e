"""A figure as a file: the same picture gives the same bytes; a legend in which a sign means two things is refused."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theorylab import files
from theorylab.drawing.legend import refuse_ambiguous
from theorylab.drawing.style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def render(picture: Figure, form: str) -> bytes:
    """The bytes of a figure as "svg", "png" or "pdf", without dates or versions."""
    nothing: dict[str, Any] = {
        "svg": {"Date": None, "Creator": None},
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }[form]
    buffer = io.BytesIO()
    with style():
        picture.savefig(buffer, format=form, metadata=nothing)
    return buffer.getvalue()


def save(picture: Figure, name: str, folder: Path, formats: Sequence[str] = ("svg", "png")) -> list[Path]:
    """Write `<name>.svg` and `<name>.png` into `folder`; a file whose bytes are the same is left untouched.

    Raises InputError: the disk refuses; in one legend a sign means two things.
    """
    folder = Path(folder)
    refuse_ambiguous(picture, name)
    files.make_folder(folder)
    return [files.write_if_changed(folder / f"{name}.{form}", render(picture, form)) for form in formats]


def scale(picture: Figure, width: float) -> None:
    """Bring a figure that has a width of its own to `width` inches: height, letters, lines and markers go with it."""
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    picture.draw_without_rendering()  # ticks are made when they are drawn
    factor = width / picture.get_figwidth()
    picture.set_size_inches(width, factor * picture.get_figheight())
    for text in picture.findobj(Text):
        text.set_fontsize(factor * float(text.get_fontsize()))
    for line in picture.findobj(Line2D):
        line.set_linewidth(factor * line.get_linewidth())
        line.set_markersize(factor * line.get_markersize())
    for axes in picture.axes:
        for axis in (axes.xaxis, axes.yaxis):
            labels = axis.get_ticklabels()
            if labels:  # those that are made later follow
                axis.set_tick_params(which="both", labelsize=labels[0].get_fontsize())
