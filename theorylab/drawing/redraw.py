"""Drawing the figures of a lab again from its records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from theorylab import files, terminal
from theorylab.drawing import figures, numbers
from theorylab.drawing.style import FORMATS, save, style
from theorylab.errors import InputError
from theorylab.lab.evidence import Evidence
from theorylab.lab.folder import Lab

NARROWEST, WIDEST = 2.0, 30.0  # inches


def draw(
    lab: Lab, names: Sequence[str] | None, *, width: float | None = None, formats: Sequence[str] = ()
) -> list[Path]:
    """Draw the figures named, or all, into `figures/out`; one without its records is named and left out.

    Args:
        lab: whose figures and records.
        names: of the figures; None for all.
        width: in inches, a journal's; None leaves it to each figure.
        formats: of the files: svg, png, pdf. By default svg and png, which the report shows, and pdf where a width is
            given. With a width or formats the numbers that are drawn are written too, as NAME.csv.

    Returns:
        the files, those left untouched because their bytes are the same included.

    Raises:
        InputError: no such figure; a width or format that is none; the disk refuses.
    """
    if width is not None and not (math.isfinite(width) and NARROWEST <= width <= WIDEST):
        raise InputError(f"figures: width {width:g} is not between {NARROWEST:g} and {WIDEST:g} inches")
    for form in formats:
        if form not in FORMATS:
            raise InputError(f"figures: format {form!r} is not one of {', '.join(FORMATS)}")
    kinds = tuple(formats) or (("pdf",) if width is not None else ("svg", "png"))
    out = lab.root / "figures" / "out"
    evidence, paths = Evidence(lab), []
    for name in names or figures.names(lab):
        found = figures.figure(lab, name)
        missing = [need for need in found.needs if evidence.stored(need) is None]
        if missing:
            terminal.warn(f"figure {name}: no fresh record of {', '.join(missing)}; run it first")
            continue
        with style(width):
            drawn = found.draw(evidence)
        if width is not None and drawn.get_figwidth() != width:  # its file says how wide it is
            drawn.set_figwidth(width)
        paths += save(drawn, name, out, kinds)
        if width is not None or formats:
            paths.append(files.write_if_changed(out / f"{name}.csv", numbers.as_csv(drawn)))
    return paths
