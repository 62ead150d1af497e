"""Which records are on disk and in which state; export and import of one as a file."""

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


def records(lab: Lab, names: Sequence[str] | None) -> Iterator[tuple[str, Path, Any]]:
    """(protocol's name, record, state) of each record on disk of the protocols named; no protocol is imported."""
    from theorylab import store

    for name in _selected(lab, names):
        found = store.list_records(lab.records, [name])
        if not found:
            continue
        try:
            code = store.code_digest(lab.protocol_file(name))
        except InputError as error:
            yield from ((name, path, store.State("stale", str(error))) for path in found)
            continue
        yield from ((name, path, store.state(path, code)) for path in found)


def damaged(lab: Lab, names: Sequence[str] | None = None) -> str:
    """`record X is damaged (why); record Y is damaged (why)`, of the protocols named; "" where none is."""
    found = [(path.name, state) for _, path, state in records(lab, names) if state.word == "damaged"]
    return "; ".join(f"record {name} is damaged ({state.why})" for name, state in found)


def protocol_of(lab: Lab, identity: str) -> str:
    """The protocol of a record on disk. Raises InputError: no such record."""
    from theorylab import store

    found = store.find(lab.records, identity).parent.name
    lab.check_protocol(found)
    return found


def protocols(lab: Lab) -> list[Row]:
    """The rows of `theorylab protocols`."""
    loaded = [(name, lab.protocol(name)) for name in lab.protocol_names]
    return [
        {"name": n, "question": p.question, "claims": sorted({t.claim for t in p.tests}), "tiers": list(TIERS)}
        for n, p in loaded
    ]


def listing(lab: Lab, names: Sequence[str] | None) -> list[Row]:
    """The rows of `theorylab records`."""
    ids = _ids(lab, names)
    wanted = [n for n in names or () if n not in ids]
    wanted += [protocol_of(lab, i) for i in ids]
    chosen = [n for n in lab.protocol_names if n in wanted] if names else None
    return [
        describe(path, state)
        for name, path, state in records(lab, chosen)
        if not names or name in names or path.name in ids
    ]


def _ids(lab: Lab, names: Sequence[str] | None) -> list[str]:
    """Of these names those of records. Raises InputError: a name of neither a record nor a protocol."""
    from theorylab import store

    ids = [n for n in names or () if n not in lab.protocol_names]
    known = [path.name for path in store.list_records(lab.records)] if ids else []
    for name in ids:
        if name not in known:
            raise unknown("record or protocol", name, [*lab.protocol_names, *known])
    return ids


def prune(lab: Lab, names: Sequence[str] | None) -> list[Path]:
    """Remove what no record needs: older records of the same settings, damaged files set aside, stray chunks."""
    from theorylab import store

    ids = _ids(lab, names)
    protocols = [n for n in names or () if n not in ids]
    gone = store.prune(lab.records, None, ids) if ids else []
    return gone + (store.prune(lab.records, protocols or None) if protocols or not names else [])


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
