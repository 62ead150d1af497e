"""A job: a protocol with checked settings and a seed, all that a process needs to compute any of its chunks."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from theorylab.errors import InputError
from theorylab.lab import plan_controls
from theorylab.lab.folder import Lab, find
from theorylab.lab.protocol import Protocol, cells_of, label
from theorylab.lab.settings import settings_of
from theorylab.words import text

Place = tuple[int, int]  # (cell, chunk)
REPLICATES, STEPS = 2**32, 2**31 - 1  # what their counters hold, words of 32 bits


@dataclass(frozen=True, eq=False)
class Job:
    """A protocol with settings and a seed: what any process needs to compute any of its chunks."""

    lab: Lab
    name: str
    protocol: Protocol
    tier: str
    settings: Mapping[str, Any]
    cells: Sequence[SimpleNamespace]
    seed: int
    changes: Mapping[str, str] = field(default_factory=dict)  # settings of the user, as texts

    @property
    def chunk(self) -> int:
        """Replicates of a chunk."""
        return self.settings["chunk"]

    @property
    def budget(self) -> int:
        """The most chunks that a cell may use."""
        return -(-self.settings["replicates"] // self.chunk)

    def compute(self, cell: int, start: int, count: int) -> dict[str, np.ndarray]:
        """Replicates `start .. start+count-1` of a cell: name -> array, replicate axis first."""
        return dict(self.protocol.simulate(self.cells[cell], self.seed, start, count))

    def steps(self, cell: int) -> int:
        """Steps of one replicate where the simulation tells them, else 1."""
        steps = getattr(self.protocol.simulate, "steps", None)
        return steps(self.cells[cell]) if steps is not None else 1

    def seconds(self, seen: Mapping[int, float]) -> float:
        """Seconds of the whole budget of every cell, from those of one chunk of some cells: linear in the steps."""
        low, high = min(seen, key=self.steps), max(seen, key=self.steps)
        few, many = self.steps(low), self.steps(high)
        if few == many:
            start, slope = 0.0, seen[low] / max(few, 1)
        else:
            slope = max(seen[high] - seen[low], 0.0) / (many - few)
            start = max(seen[low] - slope * few, 0.0)
        return self.budget * sum(start + slope * max(self.steps(cell), 1) for cell in range(len(self.cells)))

    def size(self, arrays: Mapping[str, Any]) -> int:
        """Bytes of the whole budget of every cell, from one chunk."""
        return sum(np.asarray(a).nbytes for a in arrays.values()) * len(self.cells) * self.budget


def job(lab: Lab, name: str, tier: str, seed: int, changes: Mapping[str, str] | None = None) -> Job:
    """The protocol with its settings, checked; a plan whose controls could not be told apart is refused."""
    protocol = lab.protocol(name)
    settings = settings_of(name, protocol, tier, changes)
    cells = cells_of(protocol, settings)
    plan_controls.refuse_close_controls(lab, name, protocol, cells, changed=bool(changes))
    found = Job(lab, name, protocol, tier, settings, cells, seed, dict(changes or {}))
    if settings["replicates"] > REPLICATES:
        raise InputError(f"protocol {name}: replicates={settings['replicates']} is above {REPLICATES}")
    for number, cell in enumerate(cells):
        if found.steps(number) > STEPS:
            said = " ".join(f"{k}={text(v)}" for k, v in {**(changes or {}), **label(cell, cells, tier)}.items())
            raise InputError(f"protocol {name}: {found.steps(number)} steps in the cell {said} are above {STEPS}")
    return found


def command(jobs: Sequence[Job]) -> str:
    """The command that runs these jobs of one command: `theorylab run quadratic_variance --seed 3 --set eta=0.1`."""
    one = jobs[0]
    words = ["theorylab", "run", *dict.fromkeys(each.name for each in jobs)]
    words += ["--tier", one.tier] if one.tier != "smoke" else []
    words += ["--seed", str(one.seed)] if one.seed else []
    words += [word for key, value in one.changes.items() for word in ("--set", f"{key}={value}")]
    try:
        usual = find()
    except InputError:
        usual = None
    if usual is None or one.lab.root != usual.root:
        words += ["--lab", str(one.lab.root)]
    if one.lab.records != find(one.lab.root).records:
        words += ["--records", str(one.lab.records)]
    return shlex.join(words)


def code_of(lab: Lab, name: str) -> str:
    """Digest of the code that protocol `name` simulates with."""
    from theorylab import store

    return store.code_digest(lab.protocol_file(name))
