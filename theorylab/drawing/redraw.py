"""Pictures of a lab's records: prediction against measurement, and the figures of `figures/`, drawn again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from theorylab import files, terminal
from theorylab.drawing.page import prediction_against_measurement
from theorylab.drawing.panel import panel
from theorylab.drawing.style import save, style
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


def draw(lab: Lab, names: Sequence[str] | None) -> list[Path]:
    """Redraw figures from the records that speak; a record's id among `names` has it speak, in the figures it is in.

    Beside each figure stands which records it shows; one of a record that was asked for has a file of its own.
    """
    asked = [n for n in names or () if n not in lab.figure_names and "-" in n]
    evidence = Evidence(lab, asked)
    wanted = [n for n in names or () if n not in asked]
    wanted += [n for n in lab.figure_names if asked and set(evidence.asked) & set(evidence.needs(n)) - set(wanted)]
    paths: list[Path] = []
    for name in dict.fromkeys(wanted) if names else lab.figure_names:
        module = lab.figure(name)
        evidence.used = {}
        with style():
            drawn = module.draw(evidence)
        if drawn is None:
            _nothing_speaks(evidence, name)
            continue
        file = evidence.figure_file(name)
        paths += save(drawn, file.stem, file.parent)
        shown = json.dumps(evidence.used, sort_keys=True)
        files.write_if_changed(file.with_suffix(".json"), f"{shown}\n".encode())
    return paths


def _nothing_speaks(evidence: Evidence, name: str) -> None:
    others = [row["id"] for row in evidence.others(evidence.needs(name)) if row["state"] == "fresh"]
    terminal.warn(
        f"figure {name}: no fresh record with the default settings of its protocols; "
        + (f"`theorylab figures {others[0]}` draws another one" if others else "run them first")
    )
