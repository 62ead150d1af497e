"""A small record with known arrays, for the tests of records."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from theorylab import store

ROOT = Path(__file__).resolve().parent.parent
CODE = "ab" * 32
CELLS = [{"eta": 0.1, "noise": "gaussian"}, {"eta": 0.5, "noise": "stable"}]
IDENTITY = {"protocol": "bowl", "settings": {"eta": (0.1, 0.5), "lam": 1.0}, "seed": 0, "tier": "smoke", "cells": CELLS}


def arrays(cell: int, chunk: int, size: int = 8) -> dict[str, np.ndarray]:
    """A chunk's data: a function of the replicates' numbers alone."""
    r = np.arange(chunk * size, (chunk + 1) * size)
    return {
        "theta2": (np.sin(r + cell) ** 2).astype("f4"),
        "path": np.cos(r[:, None] + np.arange(5)),
        "diverged": np.where(r % 11 == 10, r, -1).astype("i4"),
        "alive": r % 2 == 0,
    }


def opened(folder: Path, code: str = CODE) -> store.Record:
    return store.open_record(folder, **IDENTITY, code=code)


def append(record: store.Record, cell: int, chunk: int, size: int = 8) -> None:
    data = arrays(cell, chunk, size)
    store.append_chunk(record, cell, chunk, data, dims={"path": ("record",)}, units={"path": "1"})


def filled(folder: Path, chunks: int = 3, size: int = 8) -> store.Record:
    record = opened(folder)
    for cell in range(2):
        for chunk in range(chunks):
            append(record, cell, chunk, size)
    return record


def sealed(folder: Path) -> store.Record:
    return store.seal(filled(folder), [3, 3], seconds=1.5, plan=[{"looks": [8, 16]}, {"looks": [8, 24]}])


def names(record: store.Record) -> list[str]:
    return sorted(p.name for p in record.path.iterdir())
