"""Running and judging: protocols write records, records are judged, and everything else is drawn from them.

run:    for each cell, chunk by chunk, until every test is decided or the budget is spent
check:  the same judgement from what the records hold, running nothing
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theorylab import judgement, memory, shelf, show, work
from theorylab.errors import InputError
from theorylab.evidence import Evidence
from theorylab.protocol import cells_of, label, settings_of

if TYPE_CHECKING:
    from theorylab.lab import Lab

Row = dict[str, Any]
PATIENCE = 30.0  # seconds that a plan computes at most for a second cell of a protocol


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def configure(devices: int | None, platform: str | None = None) -> None:
    """What entry points set, and nothing else does: platform, devices, matmul precision, the compilation cache.

    Args:
        devices: processor cores to use as devices; all by default.
        platform: "cpu", "gpu", "tpu", ...; by default what JAX finds.

    Raises:
        InputError: a number of devices out of range.
    """
    import jax

    if devices is not None and not 1 <= devices <= 4096:
        raise InputError(f"--devices {devices} is not between 1 and 4096")
    count = devices or cores()
    os.environ["NPROC"] = str(count)  # threads of XLA's pool: with more than devices they get in each other's way
    with contextlib.suppress(RuntimeError):  # the back end runs already: another entry point of this process has set it
        jax.config.update("jax_num_cpu_devices", count)
    if platform is not None:
        jax.config.update("jax_platforms", platform)
    jax.config.update("jax_default_matmul_precision", "highest")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "theorylab" / "xla"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if not os.access(cache, os.W_OK):
            raise OSError("not writable")
    except OSError as error:
        show.warn(f"compiled programs are not kept ({cache}: {error})")
        return
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def run(lab: Lab, name: str, tier: str, seed: int, changes: Mapping[str, str] | None = None) -> list[Row]:
    """Run protocol `name` to a decision, continuing what is on disk, and judge it."""
    return run_all(lab, [name], tier, seed, changes)


def run_all(
    lab: Lab,
    names: Sequence[str],
    tier: str,
    seed: int,
    changes: Mapping[str, str] | None = None,
    fill: Callable[[Sequence[work.Work]], None] = work.alone,
    keep: bool = False,
) -> list[Row]:
    """Run the protocols to decisions, continuing what is on disk, and judge them.

    Args:
        lab: where protocols and records are.
        names: of the protocols.
        tier: smoke, standard or full.
        seed: of every stream.
        changes: settings of the user, as texts.
        fill: how what is missing comes to be computed: `work.alone`, `work.share(I, N)`, `scheduler.spread(ADDRESS)`
            or `hosts.lead`; records it leaves open stay partial.
        keep: refuse to start a partial record of other code afresh: another process may be at work on it.
    """
    from theorylab import record

    jobs = [job(lab, name, tier, seed, changes) for name in dict.fromkeys(names)]
    if keep:
        for found in jobs:
            _refuse_other_code(found)
    works = [_open(found) for found in jobs]
    fill(works)
    return [
        row
        for one in works
        for row in judgement.judge_record(lab, one.job.name, one.job.protocol, record.load(one.store.path))
    ]


def job(lab: Lab, name: str, tier: str, seed: int, changes: Mapping[str, str] | None = None) -> work.Job:
    """The protocol with its settings, checked; a plan whose controls could not be told apart is refused."""
    protocol = lab.protocol(name)
    settings = settings_of(name, protocol, tier, changes)
    cells = cells_of(protocol, settings)
    judgement.refuse_close_controls(lab, name, protocol, cells, changed=bool(changes))
    return work.Job(lab, name, protocol, tier, settings, cells, seed)


def code_of(lab: Lab, name: str) -> str:
    """Digest of the code that protocol `name` simulates with."""
    from theorylab import record

    return record.code_digest(lab.root / "protocols" / f"{name}.py")


def _refuse_other_code(found: work.Job) -> None:
    from theorylab import record

    path = found.lab.records / found.name / record.record_id(found.name, found.settings, found.seed, found.tier)
    try:
        there = record.load(path)
    except InputError:  # absent or damaged: opening it deals with that
        return
    if not there.sealed and there.code_sha256 != code_of(found.lab, found.name) and any(path.glob("cell*.nc")):
        raise InputError(
            f"record {there.id} has chunks of other code of this protocol, perhaps of shards with another checkout; "
            "`theorylab run` without --shard starts it afresh"
        )


def _open(found: work.Job) -> work.Work:
    from theorylab import record

    labels = [label(c, found.cells, found.tier) for c in found.cells]
    store = record.open_record(
        found.lab.records,
        protocol=found.name,
        settings=found.settings,
        seed=found.seed,
        tier=found.tier,
        cells=labels,
        code=code_of(found.lab, found.name),
        device=device(),
    )
    for name_aside in store.set_aside:
        show.warn(f"record {store.id}: damaged file set aside as {name_aside}; its replicates are computed again")
    return work.Work(found, store)


def device() -> str:
    """The devices of this process, in words. Raises InputError where JAX finds none of the platform asked for."""
    import jax

    try:
        devices = jax.local_devices()
    except (RuntimeError, AssertionError) as error:  # JAX asserts where the plug-in of a platform is not installed
        asked = getattr(jax.config, "jax_platforms", None)
        said = (str(error) or "not installed").splitlines()[0].split(" (set JAX_PLATFORMS", 1)[0]
        raise InputError(f"platform {asked!r} cannot be used here (--platform or JAX_PLATFORMS): {said}") from error
    many = f"{jax.process_count()} processes, each " if jax.process_count() > 1 else ""
    return f"{many}{len(devices)} x {devices[0].device_kind}"


def check(lab: Lab, names: Sequence[str] | None) -> list[Row]:
    """Judge the fresh records; name the others on standard error."""
    from theorylab import record

    rows: list[Row] = []
    for name, protocol, path, state in shelf.records(lab, names):
        if state.word != "fresh":
            show.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
            continue
        rows += judgement.judge_record(lab, name, protocol, record.load(path))
    if not rows and not any(True for _ in lab.records.glob("*/*/record.json")):
        show.warn(f"no records in {lab.records}; run a protocol first")
    return rows


def challenge(lab: Lab, claim: str, formula: Any) -> list[Row]:
    """Judge `formula`, a text or an expression, on the fresh records of the protocols that test `claim`."""
    from theorylab import limited, record

    expression = limited.read(formula, lab.claim(claim).scalars)
    rows: list[Row] = []
    for name, protocol, path, state in shelf.records(lab, None):
        if any(t.claim == claim for t in protocol.tests):
            if state.word != "fresh":
                show.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
                continue
            rows += judgement.judge_record(lab, name, protocol, record.load(path), only=claim, formula=expression)
    return rows


def families(rows: Sequence[Row]) -> list[Row]:
    """One row per claim, protocol and tier: what its cells say together."""
    return judgement.families(rows)


def draw(lab: Lab, names: Sequence[str] | None) -> list[Path]:
    """Redraw figures from records."""
    from theorylab import figure

    paths: list[Path] = []
    for name in names or lab.figure_names:
        module = lab.figure(name)
        with figure.style():
            picture = module.draw(Evidence(lab))
        if picture is None:
            show.warn(f"figure {name}: no fresh record of its protocols; run them first")
            continue
        paths += figure.save(picture, name, lab.root / "figures" / "out")
    return paths


def report(lab: Lab, out: Path | None) -> Path:
    """Write the static site: every claim, and what the fresh records say."""
    from theorylab.record import State
    from theorylab.report import write_report

    evidence = Evidence(lab)
    rows = evidence.all_rows()
    stored = [evidence.stored(name) for name in lab.protocol_names]
    return write_report(
        [claim.as_dict() | claim.derivation_as_dict() for claim in lab.claims.values()],
        rows,
        [shelf.describe(r.path, State("fresh")) for r in stored if r is not None],
        [f for name in lab.figure_names for f in _drawn(lab, name)],
        out or lab.root / "report",
        families=families(rows),
        bibliography=lab.root / "references.bib",
    )


def _drawn(lab: Lab, name: str) -> list[Row]:
    """The drawn file of a figure with its caption and the protocols it names."""
    path = lab.root / "figures" / "out" / f"{name}.svg"
    if not path.exists():
        return []
    source = (lab.root / "figures" / f"{name}.py").read_text()
    protocols = [p for p in lab.protocol_names if f'"{p}"' in source]
    return [{"path": path, "caption": (lab.figure(name).__doc__ or "").strip(), "protocols": protocols}]


def plan(lab: Lab, name: str, tier: str, changes: Mapping[str, str] | None) -> Row:
    """What a run would cost and could tell, before it is run: a chunk of the shortest cell and one of the longest that
    takes less than `PATIENCE` are computed and not kept.

    `seconds` (without compilation) and `bytes` are those of the whole budget; `memory` is the most that this process
    needs in bytes, `device_memory` the most on a device that tells it (None on processors).
    """
    found = job(lab, name, tier, 0, changes)
    tests = judgement.plan_rows(lab, found.protocol, found.cells, tier)
    where = device()
    memory.restart()
    cells = sorted(range(len(found.cells)), key=found.steps)
    short = cells[0]
    sample, each = work.timed(lambda: found.compute(short, 0, found.chunk))
    seen = {short: each}
    long = [cell for cell in cells if found.steps(short) < found.steps(cell) < PATIENCE / each * found.steps(short)]
    if long:
        sample, seen[long[-1]] = work.timed(lambda: found.compute(long[-1], 0, found.chunk))
    size = found.size(sample)
    return {
        "protocol": name,
        "tier": tier,
        "cells": len(found.cells),
        "replicates": found.settings["replicates"],
        "seconds": found.seconds(seen),
        "bytes": size,
        "memory": memory.needed(size),
        "device_memory": memory.device_peak(),
        "device": where,
        "tests": tests,
    }
