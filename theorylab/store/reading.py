"""A record's arrays as numpy arrays or as an `xarray.Dataset`, verified, loaded, with no file left open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from theorylab.errors import InputError
from theorylab.store.description import Record, load
from theorylab.store.netcdf import Group
from theorylab.store.schema import data_sha256 as digest_of
from theorylab.store.writing import cell_group

if TYPE_CHECKING:
    import xarray


def cell_arrays(record: Record | Path, cell: int) -> dict[str, np.ndarray]:
    """The arrays of one cell, replicates first and in order; of a partial record those that are complete so far."""
    return dict(_group(_record(record), cell).arrays)


def dataset(record: Record | Path, cell: int | None = None) -> xarray.Dataset:
    """A cell as an `xarray.Dataset` (axis "replicate" first); all cells along an axis "cell" when none is named.

    Attributes hold the record's id, protocol, seed, tier and the cell's settings. Over several cells the settings that
    vary are coordinates of "cell"; a cell with fewer replicates than another is filled up with NaN.

    Raises:
        InputError: no such cell; damaged data; cells of different shapes (name one).
    """
    import xarray

    record = _record(record)
    if cell is not None or len(record.cells) == 1:
        return _dataset(record, cell or 0)
    parts = []
    varied = [k for k in record.cells[0] if any(c.get(k) != record.cells[0][k] for c in record.cells)]
    for number, settings in enumerate(record.cells):
        part = _dataset(record, number)
        part = part.assign_coords(replicate=np.arange(part.sizes["replicate"]))
        parts.append(part.assign_coords({k: v for k, v in settings.items() if k in varied and np.ndim(v) == 0}))
    try:
        merged: Any = xarray.concat(
            parts,
            dim="cell",
            join="outer",
            data_vars="all",
            coords="different",
            compat="equals",
            combine_attrs="drop_conflicts",
        )
    except (ValueError, xarray.AlignmentError) as error:
        last = len(record.cells) - 1
        raise InputError(f"record {record.id}: its cells differ in shape; name one of 0 to {last}") from error
    merged.attrs.pop("cell", None)
    return merged


def verify_data(record: Record) -> bool:
    """Whether the arrays themselves have the digest that the record states (slower than the file's checksum)."""
    arrays = {f"cell{c:03d}/{k}": a for c in range(len(record.cells)) for k, a in _group(record, c).arrays.items()}
    return digest_of(arrays) == record.data_sha256


def _record(record: Record | Path) -> Record:
    return record if isinstance(record, Record) else load(record)


def _group(record: Record, cell: int) -> Group:
    if not 0 <= cell < len(record.cells):
        raise InputError(f"record {record.id}: cell {cell} is not one of 0 to {len(record.cells) - 1}")
    group = cell_group(record, cell)
    if group is None:
        raise InputError(f"record {record.id}: cell {cell} has no data yet: run it again")
    return group


def _dataset(record: Record, cell: int) -> xarray.Dataset:
    import xarray

    group = _group(record, cell)
    variables: dict[str, Any] = {}
    for name, array in group.arrays.items():
        values = array.astype(bool) if name in group.truth else array.astype(array.dtype.newbyteorder("="), copy=False)
        units: Mapping[str, str] = {"units": group.units[name]} if name in group.units else {}
        variables[name] = (group.dims[name], values, units)
    about = {"record": record.id, "protocol": record.protocol, "seed": record.seed, "tier": record.tier, "cell": cell}
    return xarray.Dataset(variables, attrs={**about, "settings": json.dumps(dict(record.cells[cell]), sort_keys=True)})
