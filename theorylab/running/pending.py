"""What is left of a record to compute, found from the disk alone.

    wanted(cell) = 1 chunk for the pilot, then up to the next planned look while a test is undecided
    missing      = {(cell, chunk) : chunk < wanted(cell)} without those on disk

A look's size follows from the pilot and a look's outcome from the chunks below it, so whoever reads the same chunks
wants the same ones: a chunk is never wanted that an undisturbed run would not have computed, and every way of
splitting the work ends with the same record.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from theorylab import terminal
from theorylab.errors import InputError
from theorylab.lab import judging
from theorylab.lab.protocol import label
from theorylab.running import memory
from theorylab.running.environment import device
from theorylab.running.job import Job, Place, code_of, command
from theorylab.running.timing import timed
from theorylab.words import duration, volume


class Work:
    """A job and its open record."""

    def __init__(self, job: Job, record: Any) -> None:
        self.job, self.record = job, record
        self.wanted = [0] * len(job.cells)
        self.done = 0  # of the wanted chunks, how many are on disk
        self._closed: set[int] = set()
        self._began, self._told = time.monotonic(), False
        self._seen: dict[int, float] = {}  # seconds of one chunk, by cell

    def missing(self) -> list[Place]:
        """Chunks that are wanted and not on disk, in order; none once the record is complete or sealed.

        Raises:
            InputError: a process with other code or software has taken the record over.
        """
        from theorylab import store

        if self.record.sealed:
            return []
        present = store.has(self.record)
        now = store.current(self.record)  # after the listing: chunks are removed only from a sealed record
        if now.made != self.record.made and not now.sealed:
            unlike = store.differences(now.software, self.record.software)
            other = f"other software ({unlike})" if unlike else "other code of this protocol"
            raise InputError(f"record {now.id}: a process with {other} writes it too; end one")
        self.record = now
        if now.sealed:
            return []
        for cell in range(len(self.wanted)):
            if cell not in self._closed:
                self._look(cell, _gapless(present, cell))
        wanted = [(cell, chunk) for cell, count in enumerate(self.wanted) for chunk in range(count)]
        left = [place for place in wanted if place not in present]
        self.done = len(wanted) - len(left)
        return sorted(left, key=lambda place: place[1] > 0)  # pilots first: all else follows from them

    def _look(self, cell: int, have: int) -> None:
        """Raise what is wanted of a cell once everything wanted so far is there; close it when nothing follows."""
        job = self.job
        while have >= self.wanted[cell] and cell not in self._closed:
            try:
                more = judging.chunks_wanted(
                    job.lab, job.protocol, self.record, cell, job.cells[cell], have, job.chunk, job.budget
                )
            except (FileNotFoundError, InputError):  # another process may have merged the chunks while they were read
                from theorylab import store

                if store.current(self.record).sealed:
                    return
                raise
            if more <= have:
                self._closed.add(cell)
            self.wanted[cell] = max(have, more)

    def write(self, cell: int, chunk: int, arrays: Mapping[str, Any]) -> None:
        """Put one chunk on disk."""
        from theorylab import store

        store.append_chunk(self.record, cell, chunk, arrays)
        self.done += 1

    def do(self, cell: int, chunk: int, at_once: int = 1) -> float:
        """Compute one chunk and write it; the seconds it took. `at_once`: processes that share the rest."""
        arrays, seconds = timed(lambda: self.job.compute(cell, chunk * self.job.chunk, self.job.chunk))
        self.write(cell, chunk, arrays)
        self.announce(cell, arrays, seconds, at_once)
        return seconds

    def announce(self, cell: int, arrays: Mapping[str, Any], seconds: float, at_once: int) -> None:
        """Say once, from the first chunks, how long the rest can take and how much it can write.

        One chunk tells where all cells have the same number of steps, two cells of unlike numbers otherwise.
        """
        if self._told:
            return
        self._seen[cell] = seconds
        steps = {self.job.steps(c) for c in range(len(self.wanted))}
        if len(steps) > 1 and len({self.job.steps(c) for c in self._seen}) == 1:
            return
        self._told = True
        size = self.job.size(arrays)
        most = memory.needed(size)
        held = "" if most is None else f", {volume(most)} of memory"
        terminal.say(
            f"{self.record.id}: at most {len(self.wanted) * self.job.budget} chunks, "
            f"{duration(self.job.seconds(self._seen) / at_once)} of computing, {volume(size)} on disk{held}; "
            f"less where verdicts are clear before"
        )

    def finish(self) -> None:
        """Seal the record, unless another process has."""
        from theorylab import store

        if not self.record.sealed:
            self.record = store.seal(self.record, self.wanted, seconds=time.monotonic() - self._began)


def _gapless(present: set[Place], cell: int) -> int:
    """Chunks 0, 1, ... of this cell that are there without a gap."""
    count = 0
    while (cell, count) in present:
        count += 1
    return count


def refuse_other_code(found: Job) -> None:
    """Refuse a partial record with chunks of other code or software: another process may be at work on it."""
    from theorylab import store

    switches = store.flags()
    identity = store.record_id(found.name, found.settings, found.seed, found.tier, switches)
    path = found.lab.records / found.name / identity
    there = store.partial(path)
    if there is None or not any(path.glob("cell*.nc")):
        return
    own = store.computing(store.versions()) | switches
    if there.code_sha256 != code_of(found.lab, found.name):
        other = "other code of this protocol, perhaps of shards with another checkout"
    elif there.software != own:
        other = f"other software ({store.differences(there.software, own)})"
    else:
        return
    again = command([found])
    raise InputError(f"record {there.id} has chunks of {other}; `{again}` without --shard starts it afresh")


def opened(found: Job) -> Work:
    """The job with its record on disk, made where there is none."""
    from theorylab import store

    labels = [label(c, found.cells, found.tier) for c in found.cells]
    record = store.open_record(
        found.lab.records,
        protocol=found.name,
        settings=found.settings,
        seed=found.seed,
        tier=found.tier,
        cells=labels,
        code=code_of(found.lab, found.name),
        device=device(),
        flags=store.flags(),
    )
    for damaged in record.set_aside:
        terminal.warn(f"record {record.id}: {damaged} is damaged; its replicates are computed again")
    if record.flags:
        said = ", ".join(f"{name}={value}" for name, value in record.flags.items())
        terminal.warn(f"record {record.id} is made with switches that change numbers ({said})")
    return Work(found, record)
