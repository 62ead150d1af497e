"""The house style of figures, and how they are saved: the same picture is the same bytes.

Colours are Okabe and Ito's, told apart by the colour-blind, and never the only sign: each series has its own marker.
Nothing global is set: the style holds inside `with style():` only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

COLUMN, PAGE = 3.4, 7.0  # widths in inches: one column, and both, of a paper
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#000000")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
DASHES = (
    (0, (4.0, 2.0)),
    (0, (1.2, 1.4)),
    (0, (5.0, 1.5, 1.0, 1.5)),
    (0, (9.0, 2.0)),
    (0, (5.0, 1.5, 1.0, 1.5, 1.0, 1.5)),
    (0, (2.0, 3.0)),
)
FORMATS = ("svg", "png", "pdf")
GREY, INK, MARGIN = "#707070", "#222222", "#E6E6E6"
VERDICTS = {"agrees": "#00694A", "disagrees": "#A63A00", "other": "#7A5200"}
_RC: Any = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.8,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "legend.frameon": False,
    "errorbar.capsize": 1.8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": 200,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-3, 4),
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.minor.width": 0.5,
    "ytick.minor.width": 0.5,
    "path.simplify": False,
    "svg.hashsalt": "theorylab",
    "svg.fonttype": "path",
}


_WIDTH: ContextVar[float | None] = ContextVar("width", default=None)


@contextlib.contextmanager
def style(width: float | None = None) -> Iterator[None]:
    """Matplotlib's defaults under the house style, whatever a user's own settings file says.

    Args:
        width: of the pictures drawn inside, in inches; None leaves it to them, and to a style around this one.
    """
    import matplotlib

    token = _WIDTH.set(width or _WIDTH.get())
    try:
        with matplotlib.rc_context():
            usual: Any = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")}
            matplotlib.rcParams.update(usual)
            matplotlib.rcParams.update(_RC)
            yield
    finally:
        _WIDTH.reset(token)


def asked_width() -> float | None:
    """The width that a style around here asks for, in inches."""
    return _WIDTH.get()
