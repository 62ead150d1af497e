"""Everything for everything: claims derived, protocols run one to a core, figures drawn, the report written."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from theorylab import terminal
from theorylab.drawing import redraw
from theorylab.errors import InputError, unknown
from theorylab.lab import listing
from theorylab.lab.rows import Row
from theorylab.lab.settings import TIERS
from theorylab.running import environment, protocols
from theorylab.site import assemble

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab

Judged = Callable[[], list[Row]]


def reproduce(lab: Lab, tier: str, seed: int, devices: int | None = None) -> tuple[list[Row], list[str]]:
    """Run everything, one protocol to a core, then judge, draw, report: rows, and the protocols that failed.

    A protocol that fails says so in a line and does not keep the others from running.
    """
    if tier not in TIERS:
        raise unknown("tier", tier, TIERS)
    broken = 0
    for claim in lab.claims.values():
        for step, found in zip(claim.derived.steps, claim.check(), strict=True):
            if not found.ok:
                broken += 1
                terminal.warn(f"claim {claim.id}: step {step.why!r} is not verified: {found.detail}")
    verified = f"{broken} steps NOT verified" if broken else "every step verified"
    print(f"{len(lab.claims)} claims derived, {verified}", file=sys.stderr)
    rows, failed = [], []
    with contextlib.closing(_side_by_side(lab, tier, seed, devices)) as protocols:
        for name, found in protocols:
            try:
                rows += found()
            except InputError as error:
                failed.append(name)
                terminal.warn(f"protocol {name} failed: {error}")
    redraw.draw(lab, None)
    print(f"report: {assemble.report(lab, None)}", file=sys.stderr)
    if damaged := listing.damaged(lab):
        terminal.warn(f"not judged: {damaged}")
    return rows, failed


def _side_by_side(lab: Lab, tier: str, seed: int, devices: int | None) -> Generator[tuple[str, Judged]]:
    """Every protocol's rows, in order of names; tracing and compiling, which one core does, then use all of them."""
    import jax

    environment.device()
    workers = devices or environment.cores()
    if workers == 1 or jax.default_backend() != "cpu":
        yield from ((name, partial(protocols.run, lab, name, tier, seed)) for name in lab.protocol_names)
        return
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    try:
        waiting = {n: pool.submit(_alone, lab.root, lab.records, n, tier, seed) for n in _longest_first(lab)}
        yield from ((name, waiting[name].result) for name in lab.protocol_names)
    except BaseException:  # interrupted, or closed before its end
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _alone(root: Path, records: Path, name: str, tier: str, seed: int) -> list[Row]:
    """One protocol in a process of its own."""
    from theorylab.lab.folder import find

    environment.configure(1)
    return protocols.run(find(root, records), name, tier, seed)


def _longest_first(lab: Lab) -> list[str]:
    """Protocols by the time that their last record took; those without one first."""
    from theorylab import store

    def seconds(name: str) -> float:
        try:
            return max(store.load(p).seconds or 0.0 for p in store.list_records(lab.records, [name]))
        except (InputError, ValueError):
            return float("inf")

    return sorted(lab.protocol_names, key=lambda n: -seconds(n))
