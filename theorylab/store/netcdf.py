"""One seam to the file format: named arrays in groups to the bytes of a netCDF-4 file and back, through h5netcdf.

The file is made in memory, so that a full disk is met by one plain write and never inside the HDF5 library.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from theorylab.errors import InputError


@dataclass(frozen=True)
class Group:
    """Arrays with the names of their axes, units and attributes (texts and numbers)."""

    arrays: Mapping[str, np.ndarray]
    dims: Mapping[str, Sequence[str]]
    units: Mapping[str, str] = field(default_factory=dict)
    truth: Sequence[str] = ()  # arrays of truth values, kept as int8
    attributes: Mapping[str, Any] = field(default_factory=dict)


def encode(groups: Mapping[str, Group], attributes: Mapping[str, Any]) -> bytes:
    """The bytes of one file; the same bytes for the same content and library versions."""
    import h5netcdf

    buffer = io.BytesIO()
    with h5netcdf.File(buffer, "w") as file:
        file.attrs.update(attributes)
        for name, group in groups.items():
            node = file.create_group(name)
            node.attrs.update(group.attributes)
            lengths: dict[str, int] = {}
            for key, array in group.arrays.items():
                for dim, length in zip(group.dims[key], array.shape, strict=True):
                    if lengths.setdefault(dim, length) != length:
                        raise InputError(f"{name}: array {key}: {dim} has length {length}, elsewhere {lengths[dim]}")
            node.dimensions = lengths
            for key, array in group.arrays.items():
                variable = node.create_variable(key, tuple(group.dims[key]), array.dtype)
                variable[...] = array
                if key in group.units:
                    variable.attrs["units"] = group.units[key]
                if key in group.truth:
                    variable.attrs["dtype"] = "bool"
    return buffer.getvalue()


def decode(source: bytes | Path, only: str | None = None) -> tuple[dict[str, Group], dict[str, Any]]:
    """The groups (or the one called `only`) and the attributes of a file, whose checksum the caller has verified."""
    import h5netcdf

    groups = {}
    with h5netcdf.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r") as file:
        attributes = dict(file.attrs)
        for name in sorted(file.groups):
            if only in (None, name):
                node = file.groups[name]
                variables = {key: node.variables[key] for key in sorted(node.variables)}
                groups[name] = Group(
                    {k: np.asarray(v[...]) for k, v in variables.items()},
                    {k: tuple(v.dimensions) for k, v in variables.items()},
                    {k: str(v.attrs["units"]) for k, v in variables.items() if "units" in v.attrs},
                    tuple(k for k, v in variables.items() if v.attrs.get("dtype") == "bool"),
                    dict(node.attrs),
                )
    return groups, attributes
