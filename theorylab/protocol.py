"""A protocol: one question, the simulation that answers it cell by cell, and the claims it tests.

cells (product of the varied settings) -> simulate(c, seed, start, count) -> Record -> Test.measured -> judge
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from theorylab.errors import InputError, unknown

TIERS = ("smoke", "standard", "full")
PILOT = 64  # replicates whose spread sets the size of the first look


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
    """

    question: str | None
    settings: Any
    simulate: Callable[..., Mapping[str, Any]]
    tests: Sequence[Test]
    tiers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cells: Callable[[Any], Sequence[Mapping[str, Any]]] | None = None

    def main(self) -> None:
        """`python protocols/x.py [options]`: the same as `theorylab run x [options]`."""
        import sys

        from theorylab.cli import main

        path = Path(sys.modules["__main__"].__file__ or "").resolve()
        main(["run", path.stem, "--lab", str(path.parent.parent), *sys.argv[1:]])


def settings_of(name: str, protocol: Protocol, tier: str, changes: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The settings of a tier with the user's changes (texts) on top, checked by name and kind."""
    if tier not in TIERS:
        raise unknown("tier", tier, TIERS)
    values = {f.name: getattr(protocol.settings, f.name) for f in dataclasses.fields(protocol.settings)}
    values.setdefault("replicates", 4096)
    values.setdefault("chunk", min(1024, values["replicates"]))
    changed = dict(protocol.tiers.get(tier, {}))
    if tier == "full":
        values.update(protocol.tiers.get("standard", {}))
        changed = {"replicates": 4 * values["replicates"], **changed}
    values.update(changed)
    for key, text in (changes or {}).items():
        if key == "dtype" and hasattr(protocol.simulate, key):  # an ensemble offers it, declared or not
            values.setdefault(key, protocol.simulate.dtype)
        if key not in values:
            raise unknown(f"setting of protocol {name}:", key, values)
        values[key] = _parse(name, key, text, values[key])
    for key in ("replicates", "chunk"):
        if values[key] < PILOT:
            raise InputError(f"protocol {name}: {key}={values[key]} is below {PILOT}, the size of the pilot")
    values["chunk"] = min(values["chunk"], values["replicates"])
    return values


def _parse(protocol: str, key: str, text: str, old: Any) -> Any:
    """The setting `key` given as text, of the kind that the setting has."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = [_word(w) for w in text.split(",")] if "," in text else text
    varied = isinstance(old, tuple)
    if varied:
        nested = isinstance(old[0], tuple)
        depth = _depth(value) - _depth(list(old[0]) if nested else 0)
        items = value if depth > 0 else [value]
        return tuple(_kind(protocol, key, item, old[0]) for item in items)
    return _kind(protocol, key, value, old)


def _word(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list | tuple) and value else 0


def _kind(protocol: str, key: str, value: Any, old: Any) -> Any:
    said = f"protocol {protocol}: {key}={json.dumps(value)}"
    if isinstance(old, tuple):
        return tuple(_kind(protocol, key, v, old[0]) for v in value) if isinstance(value, list) else value
    if isinstance(old, bool) and not isinstance(value, bool):
        raise InputError(f"{said} is not true or false")
    if isinstance(old, int) and not isinstance(old, bool):
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise InputError(f"{said} is not a whole number")
        return int(value)
    if isinstance(old, float):
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or value != value
            or abs(value) == float("inf")
        ):
            raise InputError(f"{said} is not a number")
        return float(value)
    if isinstance(old, str) and not isinstance(value, str):
        raise InputError(f"{said} is not a text")
    return value


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
