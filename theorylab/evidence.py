"""What figures and the report are drawn from: the fresh records, their data and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from theorylab.judgement import Row, judge_record, varied
from theorylab.protocol import TIERS, cells_of

if TYPE_CHECKING:
    from theorylab.lab import Lab


class Evidence:
    """The evidence of a lab, one record for each protocol: fresh, of the largest tier."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def rows(self, protocol: str) -> list[Row]:
        """Verdict rows of the largest tier's fresh record of `protocol`, or []."""
        stored = self.stored(protocol)
        return judge_record(self.lab, protocol, self.lab.protocol(protocol), stored) if stored else []

    def stored(self, protocol: str) -> Any:
        """The fresh record of `protocol` in the largest tier (seed 0 first), or None."""
        from theorylab import record

        code = record.code_digest(self.lab.root / "protocols" / f"{protocol}.py")
        fresh = [
            record.load(p)
            for p in record.list_records(self.lab.records, [protocol])
            if record.state(p, code).word == "fresh"
        ]
        return max(fresh, key=lambda r: (TIERS.index(r.tier), -r.seed, r.id), default=None)

    def cells(self, protocol: str) -> list[tuple[SimpleNamespace, Any]]:
        """(cell, dataset) pairs of that record."""
        from theorylab import record

        stored = self.stored(protocol)
        if stored is None:
            return []
        cells = cells_of(self.lab.protocol(protocol), varied(stored.settings))
        return [(c, record.dataset(stored.path, i)) for i, c in enumerate(cells)]

    def picture(self, protocol: str, *panels: Mapping[str, Any]) -> Any:
        """Prediction against measurement, one panel for each {"claim": id, "x": setting, ...}; None without a record.

        The other entries are the arguments of `theorylab.figure.panel`.
        """
        from theorylab import figure

        rows = self.rows(protocol)
        if not rows:
            return None
        drawn = [
            figure.panel(self.lab.claim(p["claim"]), rows, **{k: v for k, v in p.items() if k != "claim"})
            for p in panels
        ]
        return figure.prediction_against_measurement(drawn, rows[0]["record"])

    def all_rows(self) -> list[Row]:
        """Verdict rows of every protocol that has a fresh record."""
        return [row for name in self.lab.protocol_names for row in self.rows(name)]
