"""The shelf: which records are on disk, in which state; export and import of one as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theorylab.errors import InputError, unknown
from theorylab.lab.rows import Row
from theorylab.lab.settings import TIERS

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab


def _selected(lab: Lab, names: Sequence[str] | None) -> list[str]:
    for name in names or ():
        if name not in lab.protocol_names:
            raise unknown("protocol", name, lab.protocol_names)
    return list(names or lab.protocol_names)


def records(lab: Lab, names: Sequence[str] | None) -> Iterator[tuple[str, Any, Path, Any]]:
    """(name, protocol, record, state) of each record on disk of the protocols named."""
    from theorylab import store

    for name in _selected(lab, names):
        found = store.list_records(lab.records, [name])
        if not found:
            continue
        code = store.code_digest(lab.protocol_file(name))
        protocol = lab.protocol(name)
        for path in found:
            state = store.state(path, code)
            yield name, protocol, path, state


def protocols(lab: Lab) -> list[Row]:
    """The rows of `theorylab protocols`."""
    loaded = [(name, lab.protocol(name)) for name in lab.protocol_names]
    return [
        {"name": n, "question": p.question, "claims": sorted({t.claim for t in p.tests}), "tiers": list(TIERS)}
        for n, p in loaded
    ]


def listing(lab: Lab, names: Sequence[str] | None) -> list[Row]:
    """The rows of `theorylab records`."""

    ids = [n for n in names or () if n not in lab.protocol_names]
    rows = []
    for _, _, path, state in records(lab, [n for n in names or () if n in lab.protocol_names] or None):
        if not ids or path.name in ids:
            rows.append(describe(path, state))
    missing = [i for i in ids if i not in {r["id"] for r in rows}]
    if missing:
        raise unknown("record or protocol", missing[0], [*lab.protocol_names, *(r["id"] for r in rows)])
    return rows


def describe(path: Path, state: Any) -> Row:
    """A row of `theorylab records`; of a damaged description only what its folder's name says."""
    from theorylab import store

    row = {
        "id": path.name,
        "protocol": path.parent.name,
        "settings": None,
        "seed": None,
        "tier": None,
        "state": state.word,
        "why": state.why,
        "replicates": None,
        "diverged": None,
        "data_sha256": None,
    }
    try:
        stored = store.load(path)
    except InputError:
        return row
    return row | {
        "settings": stored.settings,
        "seed": stored.seed,
        "tier": stored.tier,
        "data_sha256": stored.data_sha256,
        "replicates": sum(stored.replicates),
        "diverged": sum(d["count"] for d in stored.diverged),
        "versions": stored.versions,
        "device": stored.device,
        "seconds": stored.seconds,
    }


def exchange(lab: Lab, names: Sequence[str], export: Path | None, bring: Path | None) -> None:
    """Export the one named record to a file, or import one."""
    from theorylab import store

    if bring is not None:
        store.import_record(bring, lab.records)
    if export is not None:
        if len(names) != 1:
            raise InputError("records --export FILE takes exactly one record id")
        store.export_record(store.find(lab.records, names[0]), export)
