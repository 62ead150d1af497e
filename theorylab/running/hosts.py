"""One ensemble over many hosts: `jax.distributed` joins the processes, each computes its part of every chunk.

    process r of P computes replicates  start + [r count / P, (r + 1) count / P)  of a chunk

on its local devices, with nothing communicated in the loop; process 0 says what comes next, gathers the parts and is
the only one that touches the records folder. A lane's bits do not depend on the lanes around it, so that the record is
that of a single process. Simulations for which this is not known (the batched layout, plain functions) are dealt out in
whole chunks, one per process and round.
"""

from __future__ import annotations

import io
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np

from theorylab import store
from theorylab.errors import InputError
from theorylab.lab.fault import fault, said
from theorylab.running.job import Job, Place
from theorylab.running.pending import Work
from theorylab.running.timing import timed
from theorylab.terminal import progress

SECONDS = 60  # within which all processes must have found the coordinator
PATIENCE = 10  # seconds for which a process that cannot begin tries to tell the others
STOP = (-1, 0, 0, 0, 0)
ARRAYS = b"PK"  # what np.savez writes starts so
_joined = False
Piece = tuple[int, int, int, int, int]  # job, cell, chunk, first replicate, replicates


def join(coordinator: str | None, rank: int | None, processes: int | None) -> None:
    """Join the processes of this run.

    Without arguments JAX finds coordinator, rank and number of processes by itself (SLURM, Open MPI, Kubernetes, TPU).
    Where the others cannot be reached within `SECONDS`, the process says so in one line and ends with status 2: JAX
    would abort it instead.

    Raises:
        InputError: arguments that do not fit together; nothing found; a port that is taken.
    """
    import jax

    given = (coordinator, rank, processes)
    if any(g is not None for g in given) and any(g is None for g in given):
        raise InputError("--coordinator HOST:PORT, --rank R and --processes N go together")
    if coordinator is not None and rank is not None and processes is not None:
        _check(coordinator, rank, processes)
    said = coordinator or "the coordinator"
    watch = threading.Timer(SECONDS, _give_up, (f"--distributed: {said}: not every process was there in {SECONDS} s",))
    watch.daemon = True
    watch.start()
    try:
        jax.distributed.initialize(
            coordinator,
            processes,
            rank,
            initialization_timeout=SECONDS + 60,
            shutdown_timeout_seconds=SECONDS,
            cluster_detection_method="deactivate" if coordinator is not None else None,
        )
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        if coordinator is None and isinstance(error, ValueError):
            raise InputError(
                "--distributed: no coordinator found in the environment; start under srun or give "
                "--coordinator HOST:PORT --rank R --processes N"
            ) from error
        raise InputError(f"--distributed: {str(error).splitlines()[0]}") from error
    finally:
        watch.cancel()
    global _joined
    _joined = True


def leave(status: int) -> None:
    """End a process that joined and could not begin; process 0 first tells the others, for a while, to end too."""
    import jax

    if not _joined:
        return
    sys.stdout.flush()
    os.dup2(2, 1)
    watch = threading.Timer(PATIENCE, os._exit, (status,))
    watch.daemon = True
    watch.start()
    try:
        if jax.process_index() == 0:
            _broadcast([STOP] * jax.process_count())
            jax.distributed.shutdown()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _check(coordinator: str, rank: int, processes: int) -> None:
    host, colon, port = coordinator.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise InputError(f"--coordinator {coordinator} is not of the form HOST:PORT")
    if processes < 1:
        raise InputError(f"--processes {processes} is not 1 or more")
    if not 0 <= rank < processes:
        raise InputError(f"--rank {rank} is not between 0 and {processes - 1}")
    try:
        family, *_, address = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise InputError(f"--coordinator {coordinator}: unknown host") from error
    if rank == 0:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address[0] if host in ("localhost", "127.0.0.1") else "", int(port)))
            except OSError as error:
                raise InputError(f"--coordinator {coordinator}: {os.strerror(error.errno or 0)}") from error


def _give_up(line: str, status: int = 2) -> None:
    """End the process at once: the threads of the connection would abort it or wait for a dead peer."""
    print(f"theorylab: {line}", file=sys.stderr, flush=True)
    os._exit(status)


class _Lost(Exception):
    """The connection to another process broke."""


@contextmanager
def together() -> Iterator[None]:
    """What all processes do together; standard output is kept clear of what the connection prints there.

    Where a process dies or is interrupted, the others say so and end with status 3.
    """
    import jax

    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    except _Lost as error:
        _give_up(f"a process of this run has ended ({error}); chunks on disk are kept, the same command continues", 3)
    except KeyboardInterrupt:
        _give_up("interrupted; the same command continues where it stopped", 3)
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        jax.distributed.shutdown()
        global _joined
        _joined = False


def lead(works: Sequence[Work]) -> None:
    """Process 0: have what is missing computed by all processes, and write it."""
    import jax

    stop = [STOP] * jax.process_count()
    with together():
        try:
            for number, work in enumerate(works):
                if not work.record.sealed:
                    _lead(number, work, [w.job for w in works])
        except Exception as error:
            if not isinstance(error, _Lost):
                _broadcast(stop)
            raise
        _broadcast(stop)


def _lead(number: int, work: Work, jobs: Sequence[Job]) -> None:
    import jax

    with progress(work.record.id, len(work.wanted)) as tell:
        while places := work.missing():
            for pieces in _rounds(number, work.job, places, jax.process_count()):
                parts, seconds = _round(jobs, _broadcast(pieces))
                _write(work, pieces, parts, seconds)
                tell(work.done, sum(work.wanted), f"cell {pieces[0][1]}")
        work.finish()


def follow(jobs: Sequence[Job]) -> None:
    """The other processes: compute what process 0 names until it says that all is done."""
    import jax

    with together():
        while (pieces := _broadcast([STOP] * jax.process_count()))[0][0] >= 0:
            _round(jobs, pieces)


def _rounds(number: int, job: Job, places: Sequence[Place], count: int) -> Iterator[list[Piece]]:
    """Who computes what, round by round: parts of one chunk, or whole chunks (a part may be empty)."""
    from theorylab.train.ensemble import Ensemble

    size = job.chunk
    if isinstance(job.protocol.simulate, Ensemble) and job.protocol.simulate.layout == "lanes":
        ends = [size * r // count for r in range(count + 1)]
        for cell, chunk in places:
            yield [(number, cell, chunk, chunk * size + low, high - low) for low, high in pairwise(ends)]
        return
    for first in range(0, len(places), count):
        dealt = [(number, cell, chunk, chunk * size, size) for cell, chunk in places[first : first + count]]
        yield dealt + [(number, 0, 0, 0, 0)] * (count - len(dealt))


def _write(work: Work, pieces: Sequence[Piece], parts: Sequence[bytes], seconds: float) -> None:
    """Put the chunks of one round together and on disk.

    Raises:
        InputError: a process could not compute its piece, or has other software.
    """
    found: dict[Place, list[dict[str, np.ndarray]]] = {}
    for rank, ((_, cell, chunk, _, size), part) in enumerate(zip(pieces, parts, strict=True)):
        if not part.startswith(ARRAYS):
            raise InputError(f"process {rank}: {part.decode(errors='replace')}")
        if size:
            arrays, software = _decode(part)
            if unlike := store.differences(software, work.record.software):
                raise InputError(f"process {rank} has other software than process 0 ({unlike})")
            found.setdefault((cell, chunk), []).append(arrays)
    for (cell, chunk), own in found.items():
        arrays = {name: np.concatenate([part[name] for part in own]) for name in own[0]}
        work.write(cell, chunk, arrays)
        work.announce(cell, arrays, seconds, len(found))


def _round(jobs: Sequence[Job], pieces: Sequence[Piece]) -> tuple[list[bytes], float]:
    """Compute this process's piece; the results of all (arrays, or why there are none), and the seconds it took."""
    import jax

    job, cell, _, start, size = pieces[jax.process_index()]
    arrays, seconds = {}, 0.0
    try:
        if size:
            arrays, seconds = timed(lambda: jobs[job].compute(cell, start, size))
        answer = _encode(arrays, store.canonical(store.computing(store.versions()) | store.flags()))
    except Exception as error:
        answer = (fault(error) or said(error)).encode()
    return _gather(answer), seconds


def _encode(arrays: dict[str, np.ndarray], software: str) -> bytes:
    buffer = io.BytesIO()
    save: Callable[..., Any] = np.savez
    save(buffer, software=np.array(software), **{f"_{name}": array for name, array in arrays.items()})
    return buffer.getvalue()


def _decode(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of a piece, and the software that computed it."""
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return {name[1:]: found[name] for name in found.files if name[0] == "_"}, json.loads(str(found["software"]))


def _gather(data: bytes) -> list[bytes]:
    """The bytes of every process, by rank."""
    sizes = [int(np.frombuffer(row.tobytes(), "<i8")[0]) for row in _all(np.frombuffer(_word(len(data)), np.uint8))]
    padded = np.zeros(max(sizes), np.uint8)
    padded[: len(data)] = np.frombuffer(data, np.uint8)
    return [row[:size].tobytes() for row, size in zip(_all(padded), sizes, strict=True)]


def _broadcast(pieces: Sequence[Piece]) -> list[Piece]:
    """What process 0 gives, in every process."""
    rows = _all(np.frombuffer(np.asarray(pieces, "<i8").tobytes(), np.uint8))
    job, cell, chunk, start, size = np.frombuffer(rows[0].tobytes(), "<i8").reshape(-1, 5).T.tolist()
    return list(zip(job, cell, chunk, start, size, strict=True))


def _word(number: int) -> bytes:
    return np.asarray([number], "<i8").tobytes()


def _all(array: np.ndarray) -> np.ndarray:
    """Equally long bytes of every process, one row each: bytes, because JAX would narrow 64-bit numbers."""
    import jax
    from jax.experimental import multihost_utils

    try:
        return np.asarray(multihost_utils.process_allgather(array)).reshape(-1, array.size)
    except jax.errors.JaxRuntimeError as error:
        raise _Lost(str(error).splitlines()[0]) from error
