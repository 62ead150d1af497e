"""Sweeps through Dask distributed: every wanted chunk is a task of its own, whose result comes back and is written.

Dask brings the queue, retries, a dashboard and deployments (SLURM, Kubernetes, ssh). A worker that dies costs the chunk
it was computing; the scheduler gives that to another one. Only the process that holds the records writes, so workers
need the lab's code and no shared folder; workers with other code or software are refused.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from theorylab import terminal
from theorylab.errors import InputError, Unfinished
from theorylab.running.job import Place
from theorylab.running.pending import Work
from theorylab.running.timing import timed
from theorylab.terminal import progress

SECONDS = 20  # within which the scheduler must answer
RETRIES = 3  # of a chunk whose computation fails; a worker's death is counted by Dask (distributed.scheduler)
_one_at_a_time = threading.Lock()  # a chunk uses all devices of its worker
_ready = False


def check(address: str) -> int | None:
    """The N of `local:N`, None for the address of a scheduler. Raises InputError where it is neither."""
    kind, colon, rest = address.partition(":")
    if kind != "local":
        if not colon:
            raise InputError(f"--scheduler {address} is neither an address (tcp://HOST:PORT) nor local:N")
        return None
    if not re.fullmatch("[0-9]{1,9}", rest) or not 1 <= int(rest) <= 4096:
        raise InputError(f"--scheduler {address}: local:N takes a number of workers from 1 to 4096")
    return int(rest)


def spread(address: str) -> Callable[[Sequence[Work]], None]:
    """Compute what is missing on the workers of the scheduler at `address`, or on N local ones (`local:N`).

    Raises:
        InputError: Dask is not installed; no scheduler answers; a chunk fails on every worker that tries it.
    """
    local = check(address)

    def fill(works: Sequence[Work]) -> None:
        open_works = [work for work in works if not work.record.sealed]
        if not open_works:
            return
        client, cluster = _connect(address, local)
        try:
            _fill(client, open_works, f"{address}")
        finally:
            client.close()
            if cluster is not None:
                cluster.close()

    return fill


def _connect(address: str, local: int | None) -> tuple[Any, Any]:
    try:
        import distributed
    except ImportError as error:
        raise InputError("--scheduler needs Dask distributed: pip install 'theorylab[dask]'") from error
    for name in ("distributed", "distributed.client"):  # what breaks is said here, in one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        cluster = None
        if local is not None:
            cluster = distributed.LocalCluster(
                n_workers=local, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
            )
        client = distributed.Client(cluster or address, timeout=SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(f"--scheduler {address}: no scheduler answers there within {SECONDS} s") from error
    terminal.say(f"dashboard: {client.dashboard_link}")
    return client, cluster


def _fill(client: Any, works: Sequence[Work], address: str) -> None:
    from distributed import KilledWorker, as_completed

    try:
        client.wait_for_workers(1, timeout=SECONDS)
    except TimeoutError:
        terminal.warn(f"--scheduler {address}: it has no workers yet; waiting for the first")
    running: dict[Any, tuple[Work, Place]] = {}
    queue = as_completed()

    def submit(work: Work) -> None:
        mine = {place for other, place in running.values() if other is work}
        left = [place for place in work.missing() if place not in mine]
        if not left and not mine:
            work.finish()
        for cell, chunk in left:
            job = work.job
            future = client.submit(
                compute,
                str(job.lab.root),
                job.name,
                work.record.code_sha256,
                work.record.software,
                vars(job.cells[cell]),
                job.seed,
                chunk * job.chunk,
                job.chunk,
                key=f"{work.record.id}-cell{cell:03d}-chunk{chunk:05d}",
                pure=False,
                retries=RETRIES,
            )
            running[future] = work, (cell, chunk)
            queue.add(future)

    with progress(address, sum(len(work.wanted) for work in works)) as tell:
        for work in works:
            submit(work)
        for future in queue:
            work, (cell, chunk) = running.pop(future)
            try:
                arrays, seconds = future.result()
            except KilledWorker as error:
                raise InputError(
                    f"record {work.record.id}, cell {cell}, chunk {chunk}: every worker that computed it died "
                    "(out of memory?); a smaller --set chunk=... needs less"
                ) from error
            except (CancelledError, OSError) as error:
                raise Unfinished(
                    f"--scheduler {address}: the connection to the scheduler broke; chunks on disk are kept, the same "
                    "command continues"
                ) from error
            future.release()
            work.write(cell, chunk, arrays)
            work.announce(cell, arrays, seconds, max(1, len(client.scheduler_info()["workers"])))
            tell(sum(w.done for w in works), sum(sum(w.wanted) for w in works), work.job.name)
            if not any(other is work and place[0] == cell for other, place in running.values()):
                submit(work)


def compute(
    root: str, name: str, code: str, software: dict[str, str], cell: dict[str, Any], seed: int, start: int, count: int
) -> tuple[dict[str, np.ndarray], float]:
    """On a worker: one chunk, and the seconds it took. InputError where the worker has other code or software."""
    from distributed import get_worker

    from theorylab import store
    from theorylab.lab.folder import find
    from theorylab.running import environment, job

    global _ready
    with _one_at_a_time:
        if not _ready:
            environment.configure(get_worker().state.nthreads)
            environment.device()
            _ready = True
        lab = find(Path(root))
        if job.code_of(lab, name) != code:
            raise InputError(f"protocol {name}: the worker {get_worker().address} has other code of it")
        if unlike := store.differences(software, store.computing(store.versions()) | store.flags()):
            raise InputError(f"protocol {name}: the worker {get_worker().address} has other software ({unlike})")
        simulate = lab.protocol(name).simulate
        return timed(lambda: dict(simulate(SimpleNamespace(**cell), seed, start, count)))
