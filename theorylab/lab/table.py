"""Rows of plain data that print as a table, and show themselves as one in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from theorylab.lab import notebook
from theorylab.lab.rows import Row
from theorylab.lab.verdicts import aligned
from theorylab.words import text


class Table(list[Row]):
    """A list of dictionaries, so that `pandas.DataFrame(table)` takes it; shown are some `columns`."""

    def __init__(self, rows: Iterable[Row], columns: Sequence[str]) -> None:
        super().__init__(rows)
        self.columns = tuple(columns)

    def __str__(self) -> str:
        return aligned(self._shown()) if self else "nothing"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return notebook.table(self._shown())

    def _shown(self) -> list[dict[str, str]]:
        return [{name: _word(row.get(name)) for name in self.columns} for row in self]


def _word(value: Any) -> str:
    return " ".join(text(value).split())
