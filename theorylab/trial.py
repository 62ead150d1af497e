"""Running and judging: protocols write records, records are judged, and everything else is drawn from them.

run:    for each cell, chunk by chunk, until every test is decided or the budget is spent
check:  the same judgement from what the records hold, running nothing
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theorylab import judgement, memory, shelf, show, work
from theorylab.errors import InputError
from theorylab.evidence import Evidence
from theorylab.protocol import cells_of, label, settings_of
from theorylab.record import disk

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
        for row in judgement.judge_record(lab, one.job.name, one.job.protocol, record.current(one.store))
    ]


def job(lab: Lab, name: str, tier: str, seed: int, changes: Mapping[str, str] | None = None) -> work.Job:
    """The protocol with its settings, checked; a plan whose controls could not be told apart is refused."""
    protocol = lab.protocol(name)
    settings = settings_of(name, protocol, tier, changes)
    cells = cells_of(protocol, settings)
    judgement.refuse_close_controls(lab, name, protocol, cells, changed=bool(changes))
    return work.Job(lab, name, protocol, tier, settings, cells, seed, dict(changes or {}))


def code_of(lab: Lab, name: str) -> str:
    """Digest of the code that protocol `name` simulates with."""
    from theorylab import record

    return record.code_digest(lab.root / "protocols" / f"{name}.py")


def _refuse_other_code(found: work.Job) -> None:
    from theorylab import record

    flags = record.flags()
    identity = record.record_id(found.name, found.settings, found.seed, found.tier, flags)
    path = found.lab.records / found.name / identity
    there = record.partial(path)
    if there is None or not any(path.glob("cell*.nc")):
        return
    own = record.computing(record.versions()) | flags
    if there.code_sha256 != code_of(found.lab, found.name):
        other = "other code of this protocol, perhaps of shards with another checkout"
    elif there.software != own:
        other = f"other software ({record.differences(there.software, own)})"
    else:
        return
    again = work.command([found])
    raise InputError(f"record {there.id} has chunks of {other}; `{again}` without --shard starts it afresh")


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
        flags=record.flags(),
    )
    for damaged in store.set_aside:
        show.warn(f"record {store.id}: {damaged} is damaged; its replicates are computed again")
    if store.flags:
        said = ", ".join(f"{name}={value}" for name, value in store.flags.items())
        show.warn(f"record {store.id} is made with switches that change numbers ({said})")
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
    """Judge the fresh records; name the others on standard error, the damaged ones excepted (see `shelf.damaged`)."""
    from theorylab import record

    rows: list[Row] = []
    for name, path, state in shelf.records(lab, names):
        if state.word == "fresh":
            rows += judgement.judge_record(lab, name, lab.protocol(name), record.load(path))
        elif state.word != "damaged":
            show.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
    if not rows and not record.list_records(lab.records):
        show.warn(f"no records in {lab.records}; run a protocol first")
    return rows


def challenge(lab: Lab, claim: str, formula: str) -> list[Row]:
    """Judge `formula` on the fresh records of the protocols that test `claim`."""
    from theorylab import record

    found = lab.claim(claim)
    expression = found.parse(formula)
    rows: list[Row] = []
    stored = {path.parent.name for path in record.list_records(lab.records)}
    testing = [n for n in lab.protocol_names if n in stored and any(t.claim == claim for t in lab.protocol(n).tests)]
    for name, path, state in shelf.records(lab, testing) if testing else ():
        if state.word != "fresh":
            show.warn(f"record {path.name} is {state.word} and not judged: {state.why}")
            continue
        rows += judgement.judge_record(lab, name, lab.protocol(name), record.load(path), only=claim, formula=expression)
    return rows


def families(rows: Sequence[Row]) -> list[Row]:
    """One row per claim, protocol and tier: what its cells say together."""
    return judgement.families(rows)


def draw(lab: Lab, names: Sequence[str] | None) -> list[Path]:
    """Redraw figures from the records that speak; a record's id among `names` has it speak, in the figures it is in.

    Beside each figure stands which records it shows; one of a record that was asked for has a file of its own.
    """
    from theorylab import figure

    asked = [n for n in names or () if n not in lab.figure_names and "-" in n]
    evidence = Evidence(lab, asked)
    wanted = [n for n in names or () if n not in asked]
    wanted += [n for n in lab.figure_names if set(evidence.asked) & set(protocols(lab, n)) and n not in wanted]
    paths: list[Path] = []
    for name in wanted or lab.figure_names:
        module = lab.figure(name)
        evidence.used = {}
        with figure.style():
            picture = module.draw(evidence)
        if picture is None:
            _nothing_speaks(evidence, name)
            continue
        file = _figure_file(evidence, name)
        saved = figure.save(picture, file.stem, file.parent)
        disk.write_if_changed(file.with_suffix(".json"), (json.dumps(evidence.used, sort_keys=True) + "\n").encode())
        paths += saved
    return paths


def _nothing_speaks(evidence: Evidence, name: str) -> None:
    others = [r["id"] for r in evidence.others(protocols(evidence.lab, name) or [name]) if r["state"] == "fresh"]
    show.warn(
        f"figure {name}: no fresh record with the default settings of its protocols; "
        + (f"`theorylab figures {others[0]}` draws another one" if others else "run them first")
    )


def _figure_file(evidence: Evidence, name: str) -> Path:
    """`figures/out/NAME.svg`; `NAME-tier-seed-digest.svg` for a record that was asked for."""
    asked = [evidence.asked[p].removeprefix(p) for p in protocols(evidence.lab, name) if p in evidence.asked]
    return evidence.lab.root / "figures" / "out" / f"{name}{''.join(asked)}.svg"


def report(lab: Lab, out: Path | None, asked: Sequence[str] = ()) -> Path:
    """Write the static site: every claim, what the records that speak say of it, and which others there are."""
    from theorylab.record import State
    from theorylab.report import write_report

    evidence = Evidence(lab, asked)
    rows = evidence.all_rows()
    stored = [evidence.stored(name) for name in lab.protocol_names]
    return write_report(
        [claim.as_dict() | claim.derivation_as_dict() for claim in lab.claims.values()],
        rows,
        [shelf.describe(r.path, State("fresh")) for r in stored if r is not None],
        [f for name in lab.figure_names for f in _drawn(evidence, name)],
        out or lab.root / "report",
        families=families(rows),
        bibliography=lab.root / "references.bib",
        others=evidence.others(),
    )


def _drawn(evidence: Evidence, name: str) -> list[Row]:
    """The drawn file of a figure with its caption and the protocols it names; none where it shows other records."""
    lab, path = evidence.lab, _figure_file(evidence, name)
    if not path.exists():
        return []
    try:
        shown = json.loads(path.with_suffix(".json").read_bytes())
        speaking = {s.id: s.data_sha256 for i in shown if (s := evidence.stored(i.split("-")[0])) is not None}
    except (OSError, ValueError, TypeError, InputError):
        shown, speaking = None, {}
    if shown != speaking:
        show.warn(f"figure {name} shows other records than those of the report and is left out; redraw it")
        return []
    caption = (lab.figure(name).__doc__ or "").strip()
    return [{"path": path, "caption": caption, "protocols": protocols(lab, name)}]


def protocols(lab: Lab, name: str) -> list[str]:
    """The protocols that a figure's source names."""
    lab.figure(name)
    source = (lab.root / "figures" / f"{name}.py").read_text()
    return [p for p in lab.protocol_names if f'"{p}"' in source]


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
