"""What is left of a record, found from the disk alone, and the ways to have it computed: alone, or as one shard of N.

    wanted(cell) = 1 chunk for the pilot, then up to the next planned look while a test is undecided
    missing      = {(cell, chunk) : chunk < wanted(cell)} without those on disk

A look's size follows from the pilot and a look's outcome from the chunks below it, so whoever reads the same chunks
wants the same ones: a chunk is never wanted that an undisturbed run would not have computed, and every way of
splitting the work ends with the same record.
"""

from __future__ import annotations

import shlex
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from theorylab import interrupt, judgement, memory
from theorylab.errors import InputError, Unfinished
from theorylab.progress import progress

if TYPE_CHECKING:
    from theorylab.lab import Lab
    from theorylab.protocol import Protocol

Place = tuple[int, int]  # (cell, chunk)
POLL = 0.5  # seconds between two looks at the records folder
WAIT = 60.0  # least seconds that a shard waits while no chunk arrives; ten of its own chunks where those take longer


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


class Work:
    """A job and its open record."""

    def __init__(self, job: Job, store: Any) -> None:
        self.job, self.store = job, store
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
        from theorylab import record

        if self.store.sealed:
            return []
        present = record.has(self.store)
        now = record.current(self.store)  # after the listing: chunks are removed only from a sealed record
        if now.made != self.store.made and not now.sealed:
            unlike = record.differences(now.software, self.store.software)
            other = f"other software ({unlike})" if unlike else "other code of this protocol"
            raise InputError(f"record {now.id}: a process with {other} writes it too; end one")
        self.store = now
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
                more = judgement.chunks_wanted(
                    job.lab, job.protocol, self.store, cell, job.cells[cell], have, job.chunk, job.budget
                )
            except (FileNotFoundError, InputError):  # another process may have merged the chunks while they were read
                from theorylab import record

                if record.current(self.store).sealed:
                    return
                raise
            if more <= have:
                self._closed.add(cell)
            self.wanted[cell] = max(have, more)

    def write(self, cell: int, chunk: int, arrays: Mapping[str, Any]) -> None:
        """Put one chunk on disk."""
        from theorylab import record

        record.append_chunk(self.store, cell, chunk, arrays)
        self.done += 1
        interrupt.check()

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
        print(
            f"{self.store.id}: at most {len(self.wanted) * self.job.budget} chunks, "
            f"{duration(self.job.seconds(self._seen) / at_once)} of computing, {volume(size)} on disk, "
            f"{volume(memory.needed(size))} of memory; less where verdicts are clear before",
            file=sys.stderr,
        )

    def finish(self) -> None:
        """Seal the record, unless another process has."""
        from theorylab import record

        if not self.store.sealed:
            self.store = record.seal(self.store, self.wanted, seconds=time.monotonic() - self._began)


def _gapless(present: set[Place], cell: int) -> int:
    """Chunks 0, 1, ... of this cell that are there without a gap."""
    count = 0
    while (cell, count) in present:
        count += 1
    return count


def alone(works: Sequence[Work]) -> None:
    """Compute everything in this process, record by record."""
    for work in works:
        if work.store.sealed:
            continue
        with progress(work.store.id, len(work.wanted)) as tell:
            while places := work.missing():
                for place in places:
                    work.do(*place)
                    tell(work.done, sum(work.wanted), f"cell {place[0]}")
            work.finish()


def share(index: int, of: int, wait: float | None = None) -> Callable[[Sequence[Work]], None]:
    """Compute shard `index` of `of`: the chunks with (cell + chunk) mod `of` = `index` - 1 of every record.

    Shards share the records folder and nothing else. Which chunks are wanted next shows once those below them are on
    disk, whoever wrote them; a shard that has done its part therefore waits for the chunks of the others, as long as
    chunks keep arriving. Whoever finds everything present seals the record. If nothing arrives for `wait` seconds
    (default: 60, or ten of its own slowest chunks), a shard is dead or not started yet: the others say what is missing
    and end, nothing lost. The same shard again, or a plain run, goes on from there.

    Raises:
        Unfinished: chunks of other shards are missing.
    """

    def fill(works: Sequence[Work]) -> None:
        slowest, quiet, before = 0.0, time.monotonic(), -1
        open_works = [w for w in works if not w.store.sealed]
        with progress(f"shard {index}/{of}", sum(len(w.wanted) for w in open_works)) as tell:
            while True:
                left = [(work, place) for work in open_works for place in work.missing()]
                for work in open_works:
                    if not any(w is work for w, _ in left):
                        work.finish()
                if not left:
                    return
                mine = [(work, place) for work, place in left if sum(place) % of == index - 1]
                for work, place in mine:
                    slowest = max(slowest, work.do(*place, at_once=of))
                    tell(sum(w.done for w in works), sum(sum(w.wanted) for w in works), work.job.name)
                done = sum(w.done for w in works)
                if mine or done != before:
                    quiet, before = time.monotonic(), done
                    continue
                if time.monotonic() - quiet > (max(WAIT, 10 * slowest) if wait is None else wait):
                    raise Unfinished(_still_missing(left, f"shard {index}/{of}"))
                time.sleep(POLL)

    return fill


def _still_missing(left: Sequence[tuple[Work, Place]], who: str) -> str:
    work, (cell, chunk) = left[0]
    again = command([w.job for w, _ in left])
    chunks = "1 chunk of another shard is" if len(left) == 1 else f"{len(left)} chunks of other shards are"
    return (
        f"{who} is done; {chunks} missing (first: record {work.store.id}, cell {cell}, chunk {chunk}); "
        f"`{again}` without --shard completes what is missing"
    )


def command(jobs: Sequence[Job]) -> str:
    """The command that runs these jobs of one command: `theorylab run quadratic_variance --seed 3 --set eta=0.1`."""
    from theorylab.lab import find

    one = jobs[0]
    words = ["theorylab", "run", *dict.fromkeys(job.name for job in jobs)]
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


def timed(compute: Callable[[], dict[str, np.ndarray]]) -> tuple[dict[str, np.ndarray], float]:
    """The arrays, and the seconds they took without those in which this process compiled a program."""
    compiling, began = _Compiling.start(), time.monotonic()
    arrays = {name: np.asarray(value) for name, value in compute().items()}
    ended = time.monotonic()
    return arrays, max(ended - began - compiling.seconds(began, ended), 1e-3)


class _Compiling:
    """When this process traced and compiled: intervals on the clock, from any thread."""

    one: _Compiling | None = None

    def __init__(self) -> None:
        import jax.monitoring

        self.intervals: list[tuple[float, float]] = []
        self.lock = threading.Lock()
        jax.monitoring.register_event_duration_secs_listener(self._note)

    @classmethod
    def start(cls) -> _Compiling:
        """The one listener of this process."""
        cls.one = cls.one or cls()
        with cls.one.lock:
            cls.one.intervals.clear()
        return cls.one

    def _note(self, event: str, duration_secs: float, **_: Any) -> None:
        if "/compile/" in event or "/compilation_cache/" in event:
            now = time.monotonic()
            with self.lock:
                self.intervals.append((now - duration_secs, now))

    def seconds(self, began: float, ended: float) -> float:
        """Length of the union of the intervals within [began, ended]."""
        total, reached = 0.0, began
        with self.lock:
            for low, high in sorted(self.intervals):
                low, high = max(low, reached), min(high, ended)
                if high > low:
                    total, reached = total + high - low, high
        return total


def duration(seconds: float) -> str:
    """About how long, in words: `40 s`, `12 min`, `3.5 h`, `2.1 d`."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"about {seconds / size:.1f} {unit}" if seconds < 10 * size else f"about {seconds / size:.0f} {unit}"
    return f"about {max(1, round(seconds))} s"


def volume(size: float) -> str:
    """`3.4 MB`."""
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= scale:
            return f"{size / scale:.3g} {unit}"
    return f"{size / 1e3:.3g} kB"
