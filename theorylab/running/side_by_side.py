"""Protocols side by side, one process to a core: tracing and compiling, which one core does, then use all of them.

Each worker is told a name through its pipe and answers with what came of it. Workers leave interruptions to the process
that started them and end when it ends, also where it was killed; one that dies costs the protocol it was at.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import traceback
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theorylab import terminal
from theorylab.errors import InputError
from theorylab.lab.fault import fault, said
from theorylab.running import environment, protocols

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab
    from theorylab.lab.rows import Judged

TICK = 1.0  # seconds after which a caller that waits hears that nothing has ended yet


@dataclass(frozen=True)
class Outcome:
    """What came of a protocol: rows, or why there are none; `trace` where nobody foresaw that."""

    name: str
    rows: Sequence[Judged] = ()
    warnings: Sequence[str] = ()
    failure: str = ""
    trace: str = ""


def outcomes(
    lab: Lab, names: Sequence[str], tier: str, seed: int, devices: int | None
) -> Generator[Outcome | set[str], None, None]:
    """Each protocol's outcome when it is there; between them, about once a second, the set of those at work."""
    import jax

    environment.device()
    workers = min(devices or environment.cores(), max(1, len(names)))
    if workers == 1 or jax.default_backend() != "cpu":
        for name in names:
            yield {name}
            yield _one(lab, name, tier, seed)
        return
    context, left = multiprocessing.get_context("spawn"), deque(names)
    at_work: dict[Any, str] = {}
    processes: list[Any] = []

    def begin(connection: Any = None) -> None:
        """Give the next name to this worker, or to a new one."""
        if not left:
            return
        if connection is None:
            connection, theirs = context.Pipe()
            arguments = theirs, lab.root, lab.records, tier, seed
            processes.append(context.Process(target=_serve, args=arguments, daemon=True))
            with _deaf_to_interruption():
                processes[-1].start()
            theirs.close()
        at_work[connection] = left.popleft()
        connection.send(at_work[connection])

    try:
        for _ in range(workers):
            begin()
        while at_work:
            yield set(at_work.values())
            for connection in wait(list(at_work), TICK):
                free: Any = connection
                name = at_work.pop(free)
                try:
                    outcome = free.recv()
                except (EOFError, OSError):
                    outcome, free = Outcome(name, failure="its process was ended (out of memory?)"), None
                begin(free)
                yield outcome
    finally:
        for process in processes:
            process.terminate()


@contextlib.contextmanager
def _deaf_to_interruption() -> Iterator[None]:
    """A process started within never receives an interruption; this one receives it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, root: Path, records: Path, tier: str, seed: int) -> None:
    """A worker: the outcome of each protocol that it is told, on one core."""
    terminal.die_with_parent()
    from theorylab.lab.folder import find

    environment.configure(1)
    lab = find(root, records)
    with contextlib.suppress(EOFError):
        while True:
            connection.send(_one(lab, connection.recv(), tier, seed))


def _one(lab: Lab, name: str, tier: str, seed: int) -> Outcome:
    with terminal.quiet() as warnings:
        try:
            return Outcome(name, protocols.run(lab, name, tier, seed), warnings)
        except Exception as error:
            return failed(name, error, warnings)


def failed(name: str, error: Exception, warnings: Sequence[str] = ()) -> Outcome:
    """What came of something that ended in `error`: its line, and the traceback of one that nobody foresaw."""
    foreseen = str(error) if isinstance(error, InputError) else fault(error)
    if foreseen:
        return Outcome(name, (), warnings, foreseen)
    return Outcome(name, (), warnings, f"unforeseen {said(error)}", "".join(traceback.format_exception(error)))
