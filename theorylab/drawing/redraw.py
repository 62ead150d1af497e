"""Pictures of a lab's records: prediction against measurement, and the figures of `figures/`, drawn again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from theorylab import terminal
from theorylab.drawing.page import prediction_against_measurement
from theorylab.drawing.panel import panel
from theorylab.drawing.style import save, style
from theorylab.errors import InputError
from theorylab.lab.evidence import Evidence
from theorylab.lab.folder import Lab


def picture(evidence: Evidence, protocol: str, *panels: Mapping[str, Any]) -> Any:
    """Prediction against measurement, one panel for each {"claim": id, "x": setting, ...}; None without a record.

    The other entries are the arguments of `theorylab.drawing.panel`.
    """
    rows = evidence.rows(protocol)
    if not rows:
        return None
    drawn = [
        panel(evidence.lab.claim(p["claim"]), rows, **{k: v for k, v in p.items() if k != "claim"}) for p in panels
    ]
    return prediction_against_measurement(drawn, rows[0]["record"])


def figure(lab: Lab, name: str) -> Any:
    """The figure `name` as a matplotlib Figure. Raises InputError where a protocol of it has no fresh record."""
    with style():
        drawn = lab.figure(name).draw(Evidence(lab))
    if drawn is None:
        raise InputError(f"figure {name}: no fresh record of its protocols; run them first")
    return drawn


def draw(lab: Lab, names: Sequence[str] | None) -> list[Path]:
    """Redraw figures from records; those without one are named and left out."""
    paths: list[Path] = []
    for name in names or lab.figure_names:
        lab.figure(name)
        try:
            paths += save(figure(lab, name), name, lab.drawn)
        except InputError as error:
            terminal.warn(str(error))
    return paths
