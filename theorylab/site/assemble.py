"""Putting the report together from a lab's claims, records and figures."""

from __future__ import annotations

from pathlib import Path

from theorylab.lab import listing
from theorylab.lab.evidence import Evidence
from theorylab.lab.families import families
from theorylab.lab.folder import Lab
from theorylab.lab.rows import Row


def report(lab: Lab, out: Path | None) -> Path:
    """Write the static site: every claim, and what the fresh records say."""
    from theorylab.site import write_report
    from theorylab.store import State

    evidence = Evidence(lab)
    rows = evidence.all_rows()
    stored = [evidence.stored(name) for name in lab.protocol_names]
    return write_report(
        [claim.as_dict() | claim.derivation_as_dict() for claim in lab.claims.values()],
        rows,
        [listing.describe(r.path, State("fresh")) for r in stored if r is not None],
        [f for name in lab.figure_names for f in _drawn(lab, name)],
        out or lab.report,
        families=families(rows),
        bibliography=lab.root / "references.bib",
    )


def _drawn(lab: Lab, name: str) -> list[Row]:
    """The drawn file of a figure with its caption and the protocols it names."""
    path = lab.drawn / f"{name}.svg"
    if not path.exists():
        return []
    module = lab.figure(name)
    return [{"path": path, "caption": (module.__doc__ or "").strip(), "protocols": list(getattr(module, "needs", ()))}]
