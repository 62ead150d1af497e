"""How long every protocol will take: as long as its last record took, else a stated estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from theorylab.errors import InputError
from theorylab.lab.protocol import cells_of
from theorylab.lab.settings import settings_of

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab

SMOKE = 14.0  # seconds of a protocol's smoke tier on one core: the mean of the standard lab's 63 (859 s together)
JUDGED = 2.0  # seconds in which a complete record is loaded and judged


def expected(lab: Lab, name: str, tier: str, seed: int) -> tuple[float, bool]:
    """(seconds on one core, whether a record of this tier says so).

    A complete record of this seed and code is judged only. Without a record the smoke tier is taken to last `SMOKE`,
    and the others as many times longer as they have replicates in all their cells.
    """
    from theorylab import store

    took: dict[str, float] = {}
    for path in store.list_records(lab.records, [name]):
        try:
            record = store.load(path)
        except (InputError, OSError):
            continue
        if record.sealed and record.seconds is not None:
            took[record.tier] = max(record.seconds, took.get(record.tier, 0.0))
            complete = (record.tier, record.seed) == (tier, seed) and _of_tier(lab, name, tier, record.settings)
            if complete and record.code_sha256 == store.code_digest(lab.protocol_file(name)):
                return JUDGED, True
    if tier in took:
        return took[tier], True
    smoke = took.get("smoke", SMOKE)
    return (smoke if tier == "smoke" else smoke * _size(lab, name, tier) / _size(lab, name, "smoke")), False


def _of_tier(lab: Lab, name: str, tier: str, settings: Mapping[str, Any]) -> bool:
    """Whether these are the settings of the tier, nothing changed."""
    from theorylab import store

    return store.settings_digest(settings_of(name, lab.protocol(name), tier)) == store.settings_digest(settings)


def _size(lab: Lab, name: str, tier: str) -> float:
    """Replicates of all cells."""
    try:
        protocol = lab.protocol(name)
        settings = settings_of(name, protocol, tier)
        return settings["replicates"] * len(cells_of(protocol, settings))
    except InputError:  # said when it is run
        return 1.0
