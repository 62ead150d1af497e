"""Verdicts together: a sequence of values that prints as a table and converts to one of pandas or xarray."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from theorylab.lab import notebook
from theorylab.lab.families import families
from theorylab.lab.rows import Family, Judged, Row

if TYPE_CHECKING:
    import pandas
    import xarray


@dataclass(frozen=True, eq=False, repr=False)
class Verdicts(Sequence[Judged]):
    """What a run, a check or a challenge found, one `Judged` for each claim and cell.

    `verdicts[i]` is one of them, a slice is `Verdicts` again; `families` says what cells say together.
    """

    rows: tuple[Judged, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[Judged]) -> Verdicts:
        """The verdicts `rows`, in their order."""
        return cls(tuple(rows))

    @overload
    def __getitem__(self, index: int) -> Judged: ...

    @overload
    def __getitem__(self, index: slice) -> Verdicts: ...

    def __getitem__(self, index: int | slice) -> Judged | Verdicts:
        found = self.rows[index]
        return Verdicts(found) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def families(self) -> list[Family]:
        """What the cells of each claim say together, per protocol and record."""
        return families(self.rows)

    def as_dicts(self) -> list[Row]:
        """The document of `theorylab check --json`, or `challenge --json`."""
        return [row.as_dict() for row in self.rows]

    def to_pandas(self) -> pandas.DataFrame:
        """A table with one line for each component of each verdict.

        The settings of a cell are columns of their own names (`cell.n` where the verdict has such a column itself);
        `component` numbers the components of an array in C order, and is 0 for a scalar.
        """
        import pandas

        return pandas.DataFrame([line for row in self.rows for line in _lines(row)])

    def to_xarray(self) -> xarray.Dataset:
        """The table of `to_pandas` as a Dataset over the axis "line"."""
        return self.to_pandas().rename_axis("line").to_xarray()

    def __str__(self) -> str:
        if not self.rows:
            return "no verdicts"
        return aligned([row.shown() for row in self.rows])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return notebook.table([row.shown() for row in self.rows]) if self.rows else "<p>no verdicts</p>"


def aligned(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows of texts under the names of their columns, in columns of equal width; empty columns are left out."""
    names = [name for name in rows[0] if any(row[name] for row in rows)]
    width = {name: max(len(name), *(len(row[name]) for row in rows)) for name in names}
    head = {name: name for name in names}
    return "\n".join("  ".join(row[n].ljust(width[n]) for n in names).rstrip() for row in (head, *rows))


def _lines(row: Judged) -> Iterable[Row]:
    """One line of the table for each component."""
    own = {
        "n": row.n, "needed_n": row.needed_n, "gate": row.gate, "p_disagree": row.p_disagree,
        "rejected": ", ".join(c.name for c in row.controls if c.rejected), "diverged": row.diverged,
        "record": row.record, "seed": row.seed,
    }  # fmt: skip
    numbers = {
        name: np.broadcast_to(getattr(row, name), row.measured.shape).ravel()
        for name in ("predicted", "measured", "standard_error", "margin")
    }
    first = {"protocol": row.protocol, "claim": row.claim}
    said = {"outcome": row.outcome, "expected": row.expected}
    taken = {*first, *said, *numbers, *own, "component"}
    cell = {f"cell.{k}" if k in taken else k: _entry(v) for k, v in row.cell.items()}
    for i in range(row.measured.size):
        yield {**first, **cell, "component": i, **said, **{k: float(v[i]) for k, v in numbers.items()}, **own}


def _entry(value: Any) -> Any:
    """A setting as a table holds it: a number or a word, else its text."""
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)
