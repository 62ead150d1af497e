"""Drawing the figures of a lab again from its records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theorylab import terminal
from theorylab.drawing import figures
from theorylab.drawing.style import save, style
from theorylab.lab.evidence import Evidence
from theorylab.lab.folder import Lab


def draw(lab: Lab, names: Sequence[str] | None) -> list[Path]:
    """Draw the figures named, or all, into `figures/out`; one without its records is named and left out."""
    evidence, paths = Evidence(lab), []
    for name in names or figures.names(lab):
        found = figures.figure(lab, name)
        missing = [need for need in found.needs if evidence.stored(need) is None]
        if missing:
            terminal.warn(f"figure {name}: no fresh record of {', '.join(missing)}; run it first")
            continue
        with style():
            drawn = found.draw(evidence)
        paths += save(drawn, name, lab.root / "figures" / "out")
    return paths
