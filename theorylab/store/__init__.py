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

from theorylab.store.archive import export_record, import_record
from theorylab.store.chunks import append_chunk
from theorylab.store.description import Damaged, Record, load
from theorylab.store.digest import code_digest
from theorylab.store.pruning import prune
from theorylab.store.reading import cell_arrays, dataset
from theorylab.store.schema import DIMENSIONS, SCHEMA, canonical, data_sha256, record_id, settings_digest
from theorylab.store.sealing import seal
from theorylab.store.software import computing, differences, flags, versions
from theorylab.store.state import State, find, list_records, state
from theorylab.store.writing import current, has, open_record, partial

__all__ = [
    "DIMENSIONS",
    "SCHEMA",
    "Damaged",
    "Record",
    "State",
    "append_chunk",
    "canonical",
    "cell_arrays",
    "code_digest",
    "computing",
    "current",
    "data_sha256",
    "dataset",
    "differences",
    "export_record",
    "find",
    "flags",
    "has",
    "import_record",
    "list_records",
    "load",
    "open_record",
    "partial",
    "prune",
    "record_id",
    "seal",
    "settings_digest",
    "state",
    "versions",
]
