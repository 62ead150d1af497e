r"""The declared form of a record: names, dimensions, identity and the digest of its data.

    id          = protocol-tier-seed-sha256(canonical JSON of protocol, settings, seed, tier [, flags])[:8]
    data_sha256 = sha256 over the variables in order of their names of  header line + bytes

The header line of a variable is `name|dtype|shape` and a newline, in ASCII: the name is `cell003/theta2`, the dtype
numpy's `<f4`, the shape `4096x3`; the bytes are the array's, little-endian, in C order with the replicates in order.
Nothing else enters: no chunks, attributes, versions or times. Without theorylab, from the sealed file:

    digest = hashlib.sha256()
    with h5netcdf.File("data-0123456789abcdef.nc") as file:
        arrays = {f"{group}/{name}": file[group][name][...] for group in file.groups for name in file[group].variables}
    for name, array in sorted(arrays.items()):
        digest.update(f"{name}|{array.dtype.str}|{'x'.join(map(str, array.shape))}\n".encode())
        digest.update(array.tobytes())
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from theorylab.errors import InputError

SCHEMA = 1
DIMENSIONS = {
    "replicate": "independent replicates (seeds), in order",
    "record": "snapshots of a trace, in order of steps",
    "time": "points of a time grid",
    "row": "rows of a matrix",
    "column": "columns of a matrix",
    "coordinate": "coordinates of a vector",
    "layer": "layers",
    "mode": "singular modes, largest first",
    "feature": "input features",
    "hidden": "hidden units",
    "output": "outputs",
    "example": "examples of a data set",
    "frequency": "points of a frequency grid",
    "class": "classes of states",
}
KINDS = "iuf"  # integers and floating point; truth values are kept as int8 with the attribute dtype = "bool"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_ID = re.compile(r"[A-Za-z0-9_]+-[a-z]+-[0-9]+-[0-9a-f]{8}\Z")


def plain(value: Any, where: str = "settings") -> Any:
    """`value` as JSON data: tuples become lists, numpy numbers Python's; anything else is an InputError."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError(f"{where}: {value} is not a finite number")
        return value
    if isinstance(value, np.ndarray):
        return plain(value.tolist(), where)
    if isinstance(value, Mapping):
        return {str(k): plain(v, f"{where}.{k}") for k, v in value.items()}
    if isinstance(value, Sequence):
        return [plain(v, f"{where}[{i}]") for i, v in enumerate(value)]
    raise InputError(f"{where}: {type(value).__name__} is not plain data")


def canonical(value: Any, where: str = "settings") -> str:
    """The one JSON text of `value`: keys sorted, no blanks, ASCII. Digests are taken of it."""
    return json.dumps(plain(value, where), sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str | bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def settings_digest(settings: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of the settings."""
    return sha256(canonical(settings))


def record_id(
    protocol: str, settings: Mapping[str, Any], seed: int, tier: str, flags: Mapping[str, str] | None = None
) -> str:
    """Short readable identity: `quadratic_variance-smoke-0-1f3a9c2b`; `flags` enter it where there are any."""
    seed = int(seed)
    content = {"protocol": protocol, "settings": settings, "seed": seed, "tier": tier}
    digest = sha256(canonical(content | ({"flags": flags} if flags else {})))
    return check_id(f"{protocol}-{tier}-{seed}-{digest[:8]}")


def check_id(name: str) -> str:
    """`name` if it is a record's id (so also a safe folder name)."""
    if not _ID.match(name):
        raise InputError(f"record {name!r}: an id reads protocol-tier-seed-digest, as in quadratic-smoke-0-1f3a9c2b")
    return name


def protocol_of(identity: str) -> str:
    """The protocol that the id names."""
    return check_id(identity).split("-")[0]


def cell_name(cell: int) -> str:
    """Name of a cell's group: `cell003`."""
    return f"cell{cell:03d}"


def check_arrays(where: str, arrays: Mapping[str, Any], dims: Mapping[str, Sequence[str]]) -> dict[str, np.ndarray]:
    """The arrays in the form in which they are kept: named, little-endian, replicate first, equal in replicates."""
    found: dict[str, np.ndarray] = {}
    for name, value in arrays.items():
        array = np.asarray(value)
        if not _NAME.match(name):
            raise InputError(f"{where}: array name {name!r} is not a word of letters, digits and underscores")
        if name in DIMENSIONS:
            raise InputError(f"{where}: array name {name!r} is the name of a dimension")
        if array.ndim == 0 or array.size == 0:
            raise InputError(f"{where}: array {name} has shape {array.shape}: no replicates")
        if array.dtype.kind == "b":
            array = array.astype(np.int8)
        if array.dtype.kind not in KINDS or array.dtype.itemsize not in (1, 2, 4, 8):
            raise InputError(f"{where}: array {name} has dtype {array.dtype}; integers, float32 and float64 are kept")
        unknown = [d for d in dims.get(name, ()) if d not in DIMENSIONS]
        if unknown:
            raise InputError(f"{where}: array {name}: dimension {unknown[0]!r} is not one of {', '.join(DIMENSIONS)}")
        found[name] = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    if not found:
        raise InputError(f"{where}: no arrays")
    if len({a.shape[0] for a in found.values()}) > 1:
        counts = ", ".join(f"{n}: {a.shape[0]}" for n, a in found.items())
        raise InputError(f"{where}: arrays differ in their number of replicates ({counts})")
    return found


def dimensions(name: str, ndim: int, declared: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of an array's axes: replicate, the declared ones, then `<name>_1`, `<name>_2`, ... for the rest."""
    rest = [d for d in declared if d != "replicate"]
    return ("replicate", *(rest[j - 1] if j <= len(rest) else f"{name}_{j}" for j in range(1, ndim)))


def update(digest: Any, name: str, array: np.ndarray) -> None:
    """Feed one variable to a running data digest: its header line, then its bytes."""
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    digest.update(f"{name}|{array.dtype.str}|{'x'.join(map(str, array.shape))}\n".encode("ascii"))
    digest.update(array.tobytes())


def data_sha256(arrays: Mapping[str, np.ndarray]) -> str:
    """Digest of named arrays: names (`cell000/theta2`), dtypes, shapes, C-order bytes; nothing else.

    >>> data_sha256({"cell000/x": np.arange(3, dtype="<i4")})[:16]
    '8c11fca93dacf27d'
    """
    digest = hashlib.sha256()
    for name in sorted(arrays):
        update(digest, name, np.asarray(arrays[name]))
    return digest.hexdigest()
