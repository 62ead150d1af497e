"""A verdict as a value: one claim in one cell of a record, what it predicts, what was measured, and how they compare.

Values are frozen. `as_dict` gives plain data, the row of `theorylab check --json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from theorylab.lab import notebook
from theorylab.words import number, plain, text

Row = dict[str, Any]  # a table's row as plain data


@dataclass(frozen=True, eq=False)
class JudgedControl:
    """A wrong formula and what the data say of it.

    Attributes:
        name: of the control.
        outcome: disagrees (rejected), agrees, undecided, indistinct (nearer than two margins) or invalid.
        predicted: what it predicts, in the shape of the claim's prediction.
    """

    name: str
    outcome: str
    predicted: np.ndarray

    @property
    def rejected(self) -> bool:
        """Whether the data contradict it."""
        return self.outcome == "disagrees"

    def as_dict(self) -> Row:
        """Plain data."""
        return plain({"name": self.name, "outcome": self.outcome, "predicted": self.predicted})

    def __str__(self) -> str:
        return f"{self.name} {'rejected' if self.rejected else self.outcome}"


@dataclass(frozen=True, eq=False, repr=False)
class Judged:
    """One claim in one cell of a record. `str` is one line, `as_dict()` the row of `theorylab check --json`.

    Attributes:
        protocol, record, seed, tier: where the data come from.
        claim: its id.
        cell: the noise, the tier and the settings that vary, by name.
        inputs: the claim's inputs in this cell, by name.
        outcome: agrees, disagrees, undecided, powerless or invalid.
        expected: the outcome that the claim expects.
        predicted, measured, standard_error, margin: arrays of one shape, () for a scalar; in the claim's unit.
        n: replicates at the last look taken.
        needed_n: replicates in all that would settle it; None if none would, or nobody knows.
        gate: why it is invalid, powerless or too skewed; "" otherwise.
        p_disagree: p-value of "the truth lies within the margin".
        controls: the claim's wrong twins as these data judge them.
        diverged: how many replicates diverged.
        formula, ratio, smallest_factor: of a challenge only: the challenger's formula, measured/predicted with its
            error, and the smallest factor between two formulas that these data could tell.
    """

    protocol: str
    claim: str
    cell: Mapping[str, Any]
    inputs: Mapping[str, Any]
    outcome: str
    expected: str
    predicted: np.ndarray
    measured: np.ndarray
    standard_error: np.ndarray
    n: int
    margin: np.ndarray
    needed_n: int | None = None
    gate: str = ""
    p_disagree: float = 1.0
    controls: tuple[JudgedControl, ...] = ()
    diverged: int = 0
    record: str = ""
    seed: int = 0
    tier: str = ""
    formula: str | None = None
    ratio: str | None = None
    smallest_factor: float | None = None

    @property
    def worst(self) -> tuple[int, ...]:
        """Index of the component that lies most margins from its prediction; () for a scalar."""
        off = np.abs(np.asarray(self.measured) - self.predicted)
        far = np.nan_to_num(off / np.broadcast_to(self.margin, off.shape), nan=np.inf)
        return tuple(int(i) for i in np.unravel_index(int(np.argmax(far)), far.shape))

    def at_worst(self, values: Any) -> float:
        """The component `worst` of a prediction, measurement, error or margin."""
        return float(np.broadcast_to(values, np.shape(self.measured))[self.worst])

    def as_dict(self) -> Row:
        """Plain data for JSON: numbers, lists, None for infinities and NaN."""
        names = (
            "protocol", "claim", "cell", "expected", "outcome", "predicted", "measured", "standard_error", "n",
            "margin", "needed_n", "gate", "p_disagree", "controls", "diverged", "record", "seed", "tier",
        )  # fmt: skip
        challenge = ("formula", "ratio", "smallest_factor") if self.formula is not None else ()
        row = {name: getattr(self, name) for name in (*names, *challenge)}
        return plain(row | {"controls": [c.as_dict() for c in self.controls]})

    def __str__(self) -> str:
        size = np.size(self.measured)
        where = f" (worst of {size} components, {list(self.worst)})" if size > 1 else ""
        measured = f"{self.at_worst(self.measured):.6g} +- {self.at_worst(self.standard_error):.2g}"
        said = (
            f"{self.claim} [{self.said_of_cell}] {self.outcome}: predicted {self.at_worst(self.predicted):.6g}, "
            f"measured {measured}{where}, margin {self.at_worst(self.margin):.3g}, n = {self.n}"
        )
        said += f", measured/predicted {self.ratio}" if self.ratio else ""
        said += f"; gate: {self.gate}" if self.gate else ""
        return said + (f"; controls: {', '.join(map(str, self.controls))}" if self.controls else "")

    __repr__ = __str__

    @property
    def said_of_cell(self) -> str:
        """The cell in words: `gaussian, smoke, eta=0.1`."""
        return ", ".join(text(v) if k in ("noise", "tier") else f"{k}={text(v)}" for k, v in self.cell.items())

    def shown(self) -> dict[str, str]:
        """The columns of a table of verdicts, in words; of many components the worst."""
        size = np.size(self.measured)
        return {
            "claim": self.claim,
            "cell": self.said_of_cell,
            "outcome": self.outcome,
            "predicted": number(self.at_worst(self.predicted)),
            "measured": f"{number(self.at_worst(self.measured))} +- {number(self.at_worst(self.standard_error), 2)}"
            + (f" (worst of {size})" if size > 1 else ""),
            "margin": number(self.at_worst(self.margin), 3),
            "n": str(self.n),
            "controls": "; ".join(map(str, self.controls)),
            "gate": self.gate,
        }

    def _repr_html_(self) -> str:
        return notebook.table([self.shown()], caption=f"protocol {self.protocol}, record {self.record}")


@dataclass(frozen=True, repr=False)
class Family:
    """What the cells of one claim in one record say together.

    Attributes:
        claim, protocol, record, tier: whose cells.
        outcome: agrees where all do; disagrees where Holm's test rejects in some cell; powerless, invalid, undecided.
        expected: the outcome that the claim expects.
        cells: how many.
        rejected: names of the controls that some cell rejects.
        diverged: replicates that diverged, all cells together.
    """

    claim: str
    protocol: str
    record: str
    tier: str
    outcome: str
    expected: str
    cells: int
    rejected: tuple[str, ...] = field(default=())
    diverged: int = 0

    def shown(self) -> dict[str, str]:
        """The columns of a table of families, in words."""
        return {
            "claim": self.claim,
            "protocol": self.protocol,
            "tier": self.tier,
            "outcome": self.outcome,
            "expected": self.expected,
            "cells": str(self.cells),
            "controls": "rejected: " + ", ".join(self.rejected) if self.rejected else "",
            "note": f"{self.diverged} replicates diverged" if self.diverged else "",
        }

    def __str__(self) -> str:
        more = "".join(f"; {self.shown()[k]}" for k in ("controls", "note") if self.shown()[k])
        where = f"{self.cells} cell{'s' if self.cells > 1 else ''}"
        return f"{self.claim} ({self.protocol}, {self.tier}) {self.outcome} in {where}{more}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return notebook.table([self.shown()])
