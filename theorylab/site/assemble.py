"""Putting the report together from a lab's claims, records and figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from theorylab import terminal
from theorylab.drawing import figures
from theorylab.errors import InputError
from theorylab.lab import listing
from theorylab.lab.evidence import Evidence
from theorylab.lab.families import families
from theorylab.lab.folder import Lab
from theorylab.lab.rows import Row


def report(lab: Lab, out: Path | None, asked: Sequence[str] = ()) -> Path:
    """Write the static site: every claim, what the records that speak say of it, and which others there are.

    Args:
        lab: whose claims, records and figures.
        out: folder of the site; by default `report` in the lab.
        asked: ids of records that speak in the place of those with the default settings.
    """
    from theorylab.site import write_report
    from theorylab.store import State

    evidence = Evidence(lab, asked)
    rows = evidence.all_rows()
    stored = [evidence.stored(name) for name in lab.protocol_names]
    return write_report(
        [claim.as_dict() | claim.derivation_as_dict() for claim in lab.claims.values()],
        rows,
        [listing.describe(r.path, State("fresh")) for r in stored if r is not None],
        [f for name in figures.names(lab) for f in _drawn(evidence, name)],
        out or lab.report,
        families=families(rows),
        bibliography=lab.root / "references.bib",
        others=evidence.others(),
    )


def _drawn(evidence: Evidence, name: str) -> list[Row]:
    """The drawn file of a figure with its caption and the protocols it needs; none where it shows other records."""
    found = figures.figure(evidence.lab, name)
    path = found.file(evidence)
    if not path.exists():
        return []
    try:
        shown = json.loads(path.with_suffix(".json").read_bytes())
        speaking = {s.id: s.data_sha256 for i in shown if (s := evidence.stored(i.split("-")[0])) is not None}
    except (OSError, ValueError, TypeError, InputError):
        shown, speaking = None, {}
    if shown != speaking:
        terminal.warn(f"figure {name} shows other records than those of the report and is left out; redraw it")
        return []
    return [{"path": path, "caption": found.caption, "protocols": list(found.needs)}]
