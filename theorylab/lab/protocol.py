"""A protocol: one question, the simulation that answers it cell by cell, and the claims it tests.

cells (product of the varied settings) -> simulate(c, seed, start, count) -> Record -> Test.measured -> judge
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from theorylab.lab.picture import Picture


@dataclass(frozen=True)
class Test:
    """How a cell's data test a claim.

    Args:
        claim: the claim's id.
        measured: `measured(data, c)`: an `Estimate` from an xarray.Dataset of the cell, axis "replicate" first; None
            where the replicates hold nothing to measure (a state that none of them reached).
        inputs: `inputs(c)`: the claim's inputs in this cell; by default the settings that carry its inputs' names.
        margin: absolute, or `margin(predicted, c)`; by default the claim's.
        when: the cells in which the claim is tested.
        controls: names of the claim's controls that apply here; all by default.
        diverged: largest tolerated fraction of diverged replicates. Survivors are measured; a law that is conditional
            on survival says so in its statement and sets 1.
    """

    __test__ = False  # not a pytest class

    claim: str
    measured: Callable[[Any, Any], Any]
    inputs: Callable[[Any], Mapping[str, Any]] | None = None
    margin: float | Callable[[Any, Any], Any] | None = None
    when: Callable[[Any], bool] = lambda c: True
    controls: Sequence[str] | None = None
    diverged: float = 1e-3


@dataclass(frozen=True)
class Protocol:
    """One question put to an ensemble.

    Args:
        question: in a sentence; `__doc__` of the file.
        settings: a frozen dataclass; a tuple-valued field is varied, cells are the product. `replicates` is the most
            that a cell may use, `chunk` how many are run and written at a time.
        simulate: an `Ensemble`, or a function (c, seed, start, count) -> {name: array, replicate axis first}.
        tests: what the data say about which claims.
        tiers: settings that a tier changes; "smoke" about ten seconds on two cores. "full" builds on "standard", with
            four times its replicates where it names no number: there an undecided cell counts as a failure.
        cells: `cells(settings)` -> list of dicts, where a product is not wanted.
        pictures: what the protocol's figure shows, a `Picture` for each panel; other figures are files of `figures/`.
    """

    question: str | None
    settings: Any
    simulate: Callable[..., Mapping[str, Any]]
    tests: Sequence[Test]
    tiers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cells: Callable[[Any], Sequence[Mapping[str, Any]]] | None = None
    pictures: Sequence[Picture] = ()


def cells_of(protocol: Protocol, settings: Mapping[str, Any]) -> list[SimpleNamespace]:
    """The cells, each with every setting as an attribute."""
    if protocol.cells is not None:
        rows = [dict(row) for row in protocol.cells(SimpleNamespace(**settings))]
    else:
        names = [f.name for f in dataclasses.fields(protocol.settings)]  # their order, not that of a file
        varied = [k for k in names if isinstance(settings[k], tuple)]
        rows = [
            dict(zip(varied, combination, strict=True))
            for combination in itertools.product(*(settings[k] for k in varied))
        ]
    fixed = {k: v for k, v in settings.items() if k not in ("replicates", "chunk")}
    return [SimpleNamespace(**{**fixed, **row}) for row in rows]


def label(cell: SimpleNamespace, cells: Sequence[SimpleNamespace], tier: str) -> dict[str, Any]:
    """What a verdict's row says of its cell: the noise, the tier and the settings that vary."""
    values = vars(cell)
    varied = [k for k in values if any(vars(other).get(k) != values[k] for other in cells)]
    return {"noise": getattr(cell, "noise", "none"), "tier": tier, **{k: values[k] for k in varied}}
