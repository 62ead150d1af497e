"""From records to verdicts: prediction, estimate, margin, controls, looks, families.

The looks are planned from the pilot, the first replicates of the record: sizes R1, 2 R1, 4 R1 that make the margin
visible. They are the same whenever the record is judged, whoever judges it, and for a challenger's formula too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from theorylab.errors import InputError
from theorylab.judge import verdict
from theorylab.lab.families import powerless
from theorylab.lab.folder import Lab
from theorylab.lab.protocol import Protocol, Test, cells_of, label
from theorylab.lab.rows import Judged, JudgedControl
from theorylab.lab.settings import PILOT, recorded
from theorylab.measure.estimate import refused

if TYPE_CHECKING:
    from theorylab.theory.claim import Claim


def inputs_of(claim: Claim, test: Test, c: Any) -> dict[str, Any]:
    """The claim's inputs in cell `c`."""
    if test.inputs is not None:
        return dict(test.inputs(c))
    missing = [i.name for i in claim.inputs if not hasattr(c, i.name)]
    if missing:
        raise InputError(f"claim {claim.id}: the protocol has no setting {missing[0]!r}; give Test(inputs=...)")
    return {i.name: getattr(c, i.name) for i in claim.inputs}


def numbers(value: Any) -> Any:
    """A prediction as an array: a dictionary's values in order."""
    if isinstance(value, Mapping):
        return np.concatenate([np.ravel(np.asarray(v, float)) for v in value.values()])
    return np.asarray(value, float)


def margin_of(claim: Claim, test: Test, predicted: Any, inputs: Mapping[str, Any], c: Any) -> Any:
    """The absolute margin of agreement, declared beforehand: the test's, else the claim's, widened by a known error."""
    if callable(test.margin):
        return np.asarray(test.margin(predicted, c), float)
    own = np.asarray(test.margin, float) if test.margin is not None else numbers(claim.absolute_margin(**inputs))
    if claim.exactness.kind != "order":
        return own
    eta = inputs.get("eta", getattr(c, "eta", None))
    if eta is None:
        raise InputError(f"claim {claim.id}: right to an order of eta, and the protocol has no setting eta")
    rest = {k: v for k, v in inputs.items() if k != "eta" and isinstance(v, int | float)}
    return np.vectorize(lambda m: verdict.band_for(claim.exactness, eta, m, **rest), otypes=[float])(own)


def controls_of(claim: Claim, test: Test, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the claim's controls; one that is no number in this cell is left out of it."""
    names = [k.name for k in claim.controls if test.controls is None or k.name in test.controls]
    values = {name: numbers(claim.predict_control(name, **inputs)) for name in names}
    return {name: value for name, value in values.items() if np.all(np.isfinite(value))}


class CellTest:
    """One test in one cell: what is predicted, with which margin, and how a number of replicates measures it."""

    def __init__(self, lab: Lab, test: Test, c: Any) -> None:
        self.claim = lab.claim(test.claim)
        self.test, self.c = test, c
        self.inputs = inputs_of(self.claim, test, c)
        self.value = self.claim.predict(**self.inputs)
        self.predicted = numbers(self.value)
        self.margin = np.asarray(margin_of(self.claim, test, self.predicted, self.inputs, c), float)
        self.controls = controls_of(self.claim, test, self.inputs)

    def own_inputs(self) -> dict[str, Any]:
        """Numbers that the test gives to the claim and that are no settings: they tell its rows apart."""
        own = {k: v[0] if isinstance(v, list) and v and v.count(v[0]) == len(v) else v for k, v in self.inputs.items()}
        return {k: v for k, v in own.items() if not hasattr(self.c, k) and isinstance(v, int | float | str)}

    def measure(self, data: Any, count: int) -> Any:
        """The estimate from the survivors among the first `count` replicates; None where nothing is to be measured.

        A measurement that cannot be made on them is a gate.
        """
        part = data.isel(replicate=slice(0, count))
        if "diverged" in part:
            part = part.isel(replicate=np.flatnonzero(part["diverged"].values < 0))
        left = int(part.sizes["replicate"])
        if left < 2:
            return refused(self.predicted.shape, left, (f"{left} of {count} replicates are left to measure",))
        try:
            return self.test.measured(part, self.c)
        except (InputError, np.linalg.LinAlgError) as error:
            return refused(self.predicted.shape, left, (f"not to be measured: {error}",))

    def diverged(self, data: Any) -> tuple[int, int]:
        """How many replicates diverged, and the first step at which one was seen to."""
        if "diverged" not in data:
            return 0, -1
        steps = data["diverged"].values
        gone = steps[steps >= 0]
        return len(gone), int(gone.min()) if len(gone) else -1

    def looks(self, data: Any, chunk: int, budget: int) -> tuple[int, ...]:
        """Planned sizes, in whole chunks, from the first `PILOT` replicates; one look where those say nothing."""
        pilot = self.measure(data, PILOT)
        if pilot is None or pilot.n < 2:
            return (budget,)
        return verdict.looks(pilot, self.margin, chunk=chunk, budget=budget)

    def judge(self, data: Any, chunk: int, budget: int, formula: Any = None) -> Any:
        """The verdict on what is there; None where there is nothing to measure."""
        if self.measure(data, int(data.sizes["replicate"])) is None:
            return None
        have = int(data.sizes["replicate"])
        lost, first = self.diverged(data)
        predicted, controls = self.predicted, self.controls
        if formula is not None:
            predicted, controls = numbers(self.claim.predict_with(formula, **self.inputs)), {}
            if predicted.shape != self.predicted.shape:
                raise InputError(
                    f"challenge {self.claim.id}: the claim predicts {self.predicted.size} numbers at once and a "
                    "formula gives one; only claims of one number can be challenged"
                )
        looks = self.looks(data, chunk, budget)
        gates = (
            ()
            if lost <= self.test.diverged * have
            else (f"{lost} of {have} replicates diverged, first at step {first}",)
        )
        return verdict.judge(
            lambda r: self.measure(data, r), predicted, self.margin, looks, controls, gates=gates, available=have
        )


_MADE: dict[Any, CellTest] = {}  # predictions and controls of a cell are evaluated once in a process


def cell_tests(lab: Lab, protocol: Protocol, c: Any) -> Iterator[CellTest]:
    """The tests of `protocol` that apply in cell `c`."""
    for test in protocol.tests:
        if test.when(c):
            key = (lab, id(test), repr(vars(c)))
            if key not in _MADE:
                _MADE[key] = CellTest(lab, test, c)
            yield _MADE[key]


def chunks_wanted(
    lab: Lab, protocol: Protocol, record: Any, index: int, c: Any, have: int, chunk: int, budget: int
) -> int:
    """How many chunks the cell's undecided tests want: one for the pilot, then up to the next planned look."""
    from theorylab import store

    if have == 0:
        return 1
    data = store.dataset(record, index)
    wanted = have
    for cell in cell_tests(lab, protocol, c):
        found = cell.judge(data, chunk, budget * chunk)
        if found is None or found.outcome == "undecided":
            later = [r for r in cell.looks(data, chunk, budget * chunk) if r > have * chunk]
            wanted = max([wanted, *(-(-r // chunk) for r in later[:1])])
    return min(wanted, budget)


def judge_record(
    lab: Lab, name: str, protocol: Protocol, stored: Any, only: str | None = None, formula: Any = None
) -> list[Judged]:
    """Rows of `theorylab check` (or `challenge`) for one record."""
    from theorylab import store

    cells = cells_of(protocol, recorded(protocol, stored.settings))
    chunk, budget = stored.settings["chunk"], stored.settings["replicates"]
    rows: list[Judged] = []
    for index, c in enumerate(cells):
        data = store.dataset(stored, index)
        for cell in cell_tests(lab, protocol, c):
            if only is not None and cell.claim.id != only:
                continue
            found = cell.judge(data, chunk, -(-budget // chunk) * chunk, formula)
            if found is None:
                continue
            lost, _ = cell.diverged(data)
            challenge = {} if formula is None else {
                "formula": str(formula), "ratio": found.ratio_text, "smallest_factor": found.smallest_factor,
            }  # fmt: skip
            row = Judged(
                protocol=name,
                claim=cell.claim.id,
                cell=label(c, cells, stored.tier) | cell.own_inputs(),
                inputs=cell.inputs,
                outcome=found.outcome,
                expected=cell.claim.expected,
                predicted=found.predicted,
                measured=found.measured,
                standard_error=found.standard_error,
                n=found.n,
                margin=found.margin,
                needed_n=found.needed_n,
                gate=found.gate,
                p_disagree=found.p_disagree,
                controls=tuple(JudgedControl(k, v, cell.controls[k]) for k, v in found.controls.items()),
                diverged=lost,
                record=stored.id,
                seed=stored.seed,
                tier=stored.tier,
                **challenge,
            )
            rows.append(row)
    return powerless(rows)
