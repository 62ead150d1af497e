"""A protocol: one question, the simulation that answers it cell by cell, and the claims it tests.

cells (product of the varied settings) -> simulate(c, seed, start, count) -> Record -> Test.measured -> judge
"""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from theorylab.lab.picture import Picture
from theorylab.lab.varied import Varied

C = TypeVar("C")  # a cell: what the protocol's Settings declare


@dataclass(frozen=True)
class Test(Generic[C]):
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
    measured: Callable[[Any, C], Any]
    inputs: Callable[[C], Mapping[str, Any]] | None = None
    margin: float | Callable[[Any, C], Any] | None = None
    when: Callable[[C], bool] = lambda c: True
    controls: Sequence[str] | None = None
    diverged: float = 1e-3


@dataclass(frozen=True)
class Protocol(Generic[C]):
    """One question put to an ensemble.

    Args:
        settings: a frozen dataclass whose fields have the types of what a cell holds; `vary(...)` gives one cell to
            each value, and cells are the product. A field without a value is given by `cells`.
        simulate: an `Ensemble`, or a function (c, seed, start, count) -> {name: array, replicate axis first}.
        tests: what the data say about which claims.
        tiers: settings that a tier changes; "smoke" about ten seconds on two cores. "full" builds on "standard", with
            four times its replicates where it names no number: there an undecided cell counts as a failure.
        cells: `cells(settings)`: the cells one by one, as dictionaries, where a product is not wanted; a varied setting
            holds all its values there.
        replicates: the most that a cell may use; a setting like the others.
        chunk: how many are run and written at a time, at most 1024 by default; a setting too.
        question: in a sentence; by default the docstring of the file.
        pictures: what the protocol's figure shows, a `Picture` for each panel; other figures are files of `figures/`.
        untrained: why `simulate` trains nothing by an `Ensemble`, where it does not; no loss of a model stands for it.
    """

    settings: type[C]
    simulate: Callable[[C, int, int, int], Mapping[str, Any]]
    tests: Sequence[Test[C]]
    tiers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cells: Callable[[Any], Iterable[Mapping[str, Any]]] | None = None
    replicates: int = 4096
    chunk: int | None = None
    question: str | None = None
    pictures: Sequence[Picture] = ()
    untrained: str = ""

    def __post_init__(self) -> None:
        if self.question is None:
            file = sys.modules.get(self.settings.__module__)
            object.__setattr__(self, "question", file and file.__doc__)


def cells_of(protocol: Protocol[C], settings: Mapping[str, Any]) -> list[Any]:
    """The cells, each with what `Settings` declares as attributes.

    Raises:
        TypeError: `cells` leaves a varied setting with all its values, or gives something that `Settings` lacks.
    """
    names = [f.name for f in dataclasses.fields(protocol.settings)]  # type: ignore[arg-type]
    if protocol.cells is not None:
        rows = [dict(row) for row in protocol.cells(SimpleNamespace(**settings))]
    else:
        varied = [k for k in names if isinstance(settings.get(k), Varied)]  # the order of fields, not that of a file
        rows = [
            dict(zip(varied, combination, strict=True))
            for combination in itertools.product(*(settings[k] for k in varied))
        ]
    fixed = {k: v for k, v in settings.items() if k not in ("replicates", "chunk")}
    cells = [{**fixed, **row} for row in rows]
    for cell in cells:
        if strange := [k for k in cell if k not in names and k not in settings]:
            raise TypeError(f"cells() gives {strange[0]!r}, which Settings does not declare")
        if missing := [k for k in names if k not in cell or isinstance(cell[k], Varied)]:
            raise TypeError(f"cells() gives no value to {missing[0]!r}")
    return [SimpleNamespace(**cell) for cell in cells]


def changed(c: C, **values: Any) -> C:
    """The cell `c` with other values, and with more: `changed(c, eta=c.eta / 2)`."""
    return type(c)(**{**vars(c), **values})


def label(cell: SimpleNamespace, cells: Sequence[SimpleNamespace], tier: str) -> dict[str, Any]:
    """What a verdict's row says of its cell: the noise, the tier and the settings that vary."""
    values = vars(cell)
    varied = [k for k in values if any(vars(other).get(k) != values[k] for other in cells)]
    return {"noise": getattr(cell, "noise", "none"), "tier": tier, **{k: values[k] for k in varied}}
