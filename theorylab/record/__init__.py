r"""Records: what a run leaves on disk, one folder per protocol, settings, seed and tier.

    <records>/<protocol>/<id>/record.json               what was run, with which code, and what came of it
    <records>/<protocol>/<id>/cell003-chunk00007-*.nc   replicates of one cell, while the record is partial
    <records>/<protocol>/<id>/data-<sha256[:16]>.nc     all cells, one netCDF group each, once it is sealed
    <records>/<protocol>/<id>/next.json                 the partial record that will take a sealed one's place

Every file is written under a temporary name, synced and renamed, and carries a checksum: a killed writer leaves a
temporary file that nobody reads, and two writers leave files that hold the same arrays. Plain data only, no pickle.

    record = open_record(records, protocol=..., settings=..., seed=..., tier=..., cells=..., code=code_digest(file))
    for cell, chunk in work:
        if (cell, chunk) not in has(record):
            append_chunk(record, cell, chunk, arrays)
    record = seal(record, chunks=[...])
    dataset(record.path, cell)                     an xarray.Dataset, axis "replicate" first
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from theorylab.record.archive import export_record, import_record
from theorylab.record.chunks import append_chunk
from theorylab.record.digest import code_digest
from theorylab.record.life import current, has, open_record, partial, seal
from theorylab.record.pruning import prune
from theorylab.record.reading import cell_arrays, dataset
from theorylab.record.schema import DIMENSIONS, SCHEMA, canonical, data_sha256, record_id, settings_digest
from theorylab.record.software import computing, differences, flags, versions
from theorylab.record.state import State, find, list_records, state
from theorylab.record.store import Damaged, Record, load

__all__ = [
    "DIMENSIONS", "SCHEMA", "Damaged", "Record", "State", "append_chunk", "canonical", "cell_arrays", "code_digest",
    "computing", "current", "data_sha256", "dataset", "differences", "export_record", "find", "flags", "has",
    "import_record", "list_records", "load", "open_record", "partial", "prune", "record_id", "seal", "settings_digest",
    "state", "versions",
]


class _Callable(ModuleType):
    """`theorylab.record` is this package and also the function that opens a record, whichever was imported first."""

    def __call__(self, name: str, lab: Any = None, records: Any = None) -> Any:
        """The record with id `name` as an xarray.Dataset."""
        from theorylab.lab import find as find_lab

        return dataset(find(find_lab(lab, records).records, name))


sys.modules[__name__].__class__ = _Callable
