"""Running protocols to decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from theorylab.lab import judging
from theorylab.lab.folder import Lab
from theorylab.lab.verdicts import Verdicts
from theorylab.running import local, pending
from theorylab.running.job import job
from theorylab.running.pending import opened, refuse_other_code


def run(lab: Lab, name: str, tier: str, seed: int, changes: Mapping[str, str] | None = None) -> Verdicts:
    """Run protocol `name` to a decision, continuing what is on disk, and judge it."""
    return run_all(lab, [name], tier, seed, changes)


def run_all(
    lab: Lab,
    names: Sequence[str],
    tier: str,
    seed: int,
    changes: Mapping[str, str] | None = None,
    fill: Callable[[Sequence[pending.Work]], None] = local.alone,
    keep: bool = False,
) -> Verdicts:
    """Run the protocols to decisions, continuing what is on disk, and judge them.

    Args:
        lab: where protocols and records are.
        names: of the protocols.
        tier: smoke, standard or full.
        seed: of every stream.
        changes: settings of the user, as texts.
        fill: how what is missing comes to be computed: `local.alone`, `local.share(I, N)`, `dask.spread(ADDRESS)`
            or `hosts.lead`; records it leaves open stay partial.
        keep: refuse to start a partial record of other code afresh: another process may be at work on it.
    """
    from theorylab import store

    jobs = [job(lab, name, tier, seed, changes) for name in dict.fromkeys(names)]
    if keep:
        for found in jobs:
            refuse_other_code(found)
    works = [opened(found) for found in jobs]
    fill(works)
    return Verdicts.of(
        row
        for one in works
        for row in judging.judge_record(lab, one.job.name, one.job.protocol, store.current(one.record))
    )
