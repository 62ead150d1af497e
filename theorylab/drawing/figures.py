"""The figures of a lab: those that stand in files under `figures/`, and those that protocols state as pictures.

A figure's file has a function `draw(evidence) -> matplotlib Figure` and names in `needs` the protocols whose records it
is drawn from; `draw` is called where each of them has a fresh record. Pictures of a protocol make one figure of the
protocol's name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theorylab.drawing.page import prediction_against_measurement
from theorylab.drawing.panel import panel
from theorylab.errors import InputError, unknown

if TYPE_CHECKING:
    from theorylab.lab.evidence import Evidence
    from theorylab.lab.folder import Lab
    from theorylab.lab.picture import Picture


@dataclass(frozen=True)
class Drawing:
    """A figure before it is drawn.

    Attributes:
        name: on the command line, and of its files.
        caption: what it shows, in a sentence.
        needs: the protocols whose records it is drawn from.
        draw: draws it from evidence in which each of them has a fresh record.
    """

    name: str
    caption: str
    needs: tuple[str, ...]
    draw: Callable[[Evidence], Any]

    def file(self, evidence: Evidence) -> Path:
        """`figures/out/NAME.svg`; `NAME-tier-seed-digest.svg` where a record that was asked for is in it."""
        asked = [evidence.asked[p].removeprefix(p) for p in self.needs if p in evidence.asked]
        return evidence.lab.drawn / f"{self.name}{''.join(asked)}.svg"


def names(lab: Lab) -> list[str]:
    """Names of all figures, sorted: every protocol is read for its pictures."""
    return sorted({*lab.figure_names, *(name for name in lab.protocol_names if lab.protocol(name).pictures)})


def figure(lab: Lab, name: str) -> Drawing:
    """The figure `name`. Raises InputError: there is none, or two; a file that lacks `draw` or `needs`."""
    pictures = lab.protocol(name).pictures if name in lab.protocol_names else ()
    if name not in lab.figure_names:
        if not pictures:
            raise unknown("figure", name, names(lab))
        return Drawing(
            name, (lab.protocol(name).question or "").strip(), (name,), partial(draw_pictures, name, pictures)
        )
    if pictures:
        raise InputError(f"figure {name}: drawn twice, by its file under figures/ and by the protocol's pictures")
    module = lab.figure(name)
    needs = getattr(module, "needs", None)
    if not isinstance(needs, tuple) or not needs or not callable(getattr(module, "draw", None)):
        raise InputError(f'figure {name}: its file has no `needs = ("PROTOCOL", ...)` or no `draw(evidence)`')
    for need in needs:
        lab.check_protocol(need)
    return Drawing(name, (module.__doc__ or "").strip(), needs, module.draw)


def draw_pictures(protocol: str, pictures: Sequence[Picture], evidence: Evidence) -> Any:
    """Prediction against measurement, one panel for each picture."""
    rows, panels = evidence.rows(protocol), []
    for one in pictures:
        how = asdict(one)
        panels.append(panel(evidence.lab.claim(how.pop("claim")), rows, **how))
    return prediction_against_measurement(panels, rows[0].record)
