"""What figures and the report are drawn from: of each protocol the record that speaks, its data and verdicts.

    speaks = the fresh record with the protocol's default settings, of the largest tier, of the smallest seed

The other records on disk are listed beside it. One of them speaks where somebody asks for it by its id.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from theorylab.errors import InputError
from theorylab.lab import listing
from theorylab.lab.judging import judge_record
from theorylab.lab.protocol import cells_of
from theorylab.lab.rows import Judged, Row
from theorylab.lab.settings import TIERS, recorded, settings_of

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab

_SHOWN = 60  # characters of a changed setting


class Evidence:
    """The evidence of a lab, one record for each protocol.

    Args:
        lab: where protocols and records are.
        asked: ids of records that speak in the place of those with the default settings.

    Raises:
        InputError: a record that is asked for is unknown or not fresh, or is the second one of its protocol.
    """

    def __init__(self, lab: Lab, asked: Sequence[str] = ()) -> None:
        self.lab = lab
        self.asked = {listing.protocol_of(lab, name): name for name in asked}
        if len(self.asked) < len(set(asked)):
            raise InputError(f"records {', '.join(asked)}: one record of a protocol speaks at a time")
        self.used: dict[str, str | None] = {}  # data digests of the records that were looked at, by their ids
        self._found: dict[str, list[tuple[Any, Any]]] = {}
        self._speaking: dict[str, Any] = {}
        self._rows: dict[str, list[Judged]] = {}
        for protocol in self.asked:
            self.stored(protocol)

    def rows(self, protocol: str) -> list[Judged]:
        """Verdict rows of the record of `protocol` that speaks, or []."""
        stored = self.stored(protocol)
        if stored is not None and protocol not in self._rows:
            self._rows[protocol] = judge_record(self.lab, protocol, self.lab.protocol(protocol), stored)
        return self._rows.get(protocol, [])

    def stored(self, protocol: str) -> Any:
        """The record of `protocol` that speaks, or None."""
        if protocol not in self._speaking:
            self._speaking[protocol] = self._choose(protocol)
        stored = self._speaking[protocol]
        if stored is not None:
            self.used[stored.id] = stored.data_sha256
        return stored

    def _choose(self, protocol: str) -> Any:
        from theorylab import store

        states = self._states(protocol)
        if protocol in self.asked:
            name = self.asked[protocol]
            path, state = next((p, s) for p, s in states if p.name == name)
            if state.word != "fresh":
                raise InputError(f"record {name} is {state}")
            return store.load(path)
        fresh = [store.load(path) for path, state in states if state.word == "fresh"]
        usual = [stored for stored in fresh if not self._changes(stored)]
        return max(usual, key=lambda r: (TIERS.index(r.tier), -r.seed, r.id), default=None)

    def _states(self, protocol: str) -> list[tuple[Any, Any]]:
        if protocol not in self._found:
            self._found[protocol] = [(path, state) for _, path, state in listing.records(self.lab, [protocol])]
        return self._found[protocol]

    def _changes(self, stored: Any) -> str:
        """Settings and switches in which a record differs from what its protocol has by default, in a line."""
        from theorylab.store import canonical

        usual = settings_of(stored.protocol, self.lab.protocol(stored.protocol), stored.tier)
        now = {**dict.fromkeys(usual), **stored.settings}
        unlike = {k: v for k, v in now.items() if canonical(v) != canonical(usual.get(k))} | dict(stored.flags)
        return ", ".join(f"{k} = {text[:_SHOWN]}" for k, v in unlike.items() for text in [json.dumps(v)])

    def others(self, protocols: Sequence[str] | None = None) -> list[Row]:
        """Rows of `theorylab records` for the records that do not speak, and `why` that is."""
        from theorylab import store

        rows = []
        for protocol in protocols or self.lab.protocol_names:
            speaking = self._speaking.get(protocol) or self.stored(protocol)
            for path, state in self._states(protocol):
                if speaking is None or path.name != speaking.id:
                    row = listing.describe(path, state)
                    if state.word == "fresh":
                        row["why"] = self._changes(store.load(path)) or f"tier {row['tier']}, seed {row['seed']}"
                    rows.append(row)
        return rows

    def cells(self, protocol: str) -> list[tuple[SimpleNamespace, Any]]:
        """(cell, dataset) pairs of that record."""
        from theorylab import store

        stored = self.stored(protocol)
        if stored is None:
            return []
        found = self.lab.protocol(protocol)
        cells = cells_of(found, recorded(found, stored.settings))
        return [(c, store.dataset(stored, i)) for i, c in enumerate(cells)]

    def all_rows(self) -> list[Judged]:
        """Verdict rows of every protocol of which a record speaks."""
        return [row for name in self.lab.protocol_names for row in self.rows(name)]
