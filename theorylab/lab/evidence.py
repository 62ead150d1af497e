"""What figures and the report are drawn from: the fresh records, their data and verdicts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from theorylab.lab.judging import judge_record
from theorylab.lab.protocol import cells_of
from theorylab.lab.rows import Judged
from theorylab.lab.settings import TIERS, varied

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab


class Evidence:
    """The evidence of a lab, one record for each protocol: fresh, of the largest tier."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def rows(self, protocol: str) -> list[Judged]:
        """Verdict rows of the largest tier's fresh record of `protocol`, or []."""
        stored = self.stored(protocol)
        return judge_record(self.lab, protocol, self.lab.protocol(protocol), stored) if stored else []

    def stored(self, protocol: str) -> Any:
        """The fresh record of `protocol` in the largest tier (seed 0 first), or None."""
        from theorylab import store

        code = store.code_digest(self.lab.protocol_file(protocol))
        fresh = [
            store.load(p)
            for p in store.list_records(self.lab.records, [protocol])
            if store.state(p, code).word == "fresh"
        ]
        return max(fresh, key=lambda r: (TIERS.index(r.tier), -r.seed, r.id), default=None)

    def cells(self, protocol: str) -> list[tuple[SimpleNamespace, Any]]:
        """(cell, dataset) pairs of that record."""
        from theorylab import store

        stored = self.stored(protocol)
        if stored is None:
            return []
        cells = cells_of(self.lab.protocol(protocol), varied(stored.settings))
        return [(c, store.dataset(stored.path, i)) for i, c in enumerate(cells)]

    def all_rows(self) -> list[Judged]:
        """Verdict rows of every protocol that has a fresh record."""
        return [row for name in self.lab.protocol_names for row in self.rows(name)]
