"""Drawing the figures of a lab again from its records."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from theorylab import files, terminal
from theorylab.drawing import figures, numbers
from theorylab.drawing.saving import save, scale
from theorylab.drawing.style import FORMATS, style
from theorylab.errors import InputError
from theorylab.lab.evidence import Evidence
from theorylab.lab.folder import Lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NARROWEST, WIDEST = 2.0, 30.0  # inches


def figure(lab: Lab, name: str, record: str | None = None) -> Figure:
    """The figure `name` as a matplotlib Figure, of the record that speaks or of the one with the id `record`.

    Raises:
        InputError: a protocol that it needs has no such record.
    """
    evidence, found = Evidence(lab, [record] if record else []), figures.figure(lab, name)
    missing = [need for need in found.needs if evidence.stored(need) is None]
    if missing:
        raise InputError(
            f"figure {name}: no fresh record with the default settings of {', '.join(missing)}; "
            "run it, or ask for a record"
        )
    with style():
        return found.draw(evidence)


def draw(
    lab: Lab, names: Sequence[str] | None, *, width: float | None = None, formats: Sequence[str] = ()
) -> list[Path]:
    """Draw figures into `figures/out` from the records that speak; one without its records is named and left out.

    Beside each figure that the report may show stands which records it shows; one of a record that was asked for has a
    file of its own.

    Args:
        lab: whose figures and records.
        names: of the figures; None for all. A record's id among them has it speak, in the figures it is in.
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
    evidence = Evidence(lab, [n for n in names or () if "-" in n])
    paths: list[Path] = []
    for found in _wanted(evidence, names):
        if any(evidence.stored(need) is None for need in found.needs):
            _nothing_speaks(evidence, found)
            continue
        evidence.used = {}
        with style(width):
            drawn = found.draw(evidence)
        if width is not None and drawn.get_figwidth() != width:  # its file says how wide it is
            scale(drawn, width)
        file = found.file(evidence)
        paths += save(drawn, file.stem, file.parent, kinds)
        if width is not None or formats:
            paths.append(files.write_if_changed(file.with_suffix(".csv"), numbers.as_csv(drawn)))
        if "svg" in kinds:
            shown = json.dumps(evidence.used, sort_keys=True)
            files.write_if_changed(file.with_suffix(".json"), f"{shown}\n".encode())
    return paths


def _wanted(evidence: Evidence, names: Sequence[str] | None) -> list[figures.Drawing]:
    """The figures named, and those that show a record that is asked for; all of them where nothing is named."""
    named = [n for n in names or () if "-" not in n]
    found = [figures.figure(evidence.lab, n) for n in dict.fromkeys(named)]
    if names and not evidence.asked:
        return found
    others = [figures.figure(evidence.lab, n) for n in figures.names(evidence.lab) if n not in named]
    return found + [f for f in others if not names or set(evidence.asked) & set(f.needs)]


def _nothing_speaks(evidence: Evidence, figure: figures.Drawing) -> None:
    missing = [need for need in figure.needs if evidence.stored(need) is None]
    others = [row["id"] for row in evidence.others(missing) if row["state"] == "fresh"]
    terminal.warn(
        f"figure {figure.name}: no fresh record with the default settings of {', '.join(missing)}; "
        + (f"`theorylab figures {others[0]}` draws another one" if others else "run it first")
    )
