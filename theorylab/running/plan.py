"""What a run would cost and could tell, before it is run."""

from __future__ import annotations

from collections.abc import Mapping

from theorylab.lab import plan_controls
from theorylab.lab.folder import Lab
from theorylab.lab.rows import Row
from theorylab.running import memory, timing
from theorylab.running.environment import device
from theorylab.running.job import job

PATIENCE = 30.0  # seconds that a plan computes at most for a second cell of a protocol


def plan(lab: Lab, name: str, tier: str, changes: Mapping[str, str] | None) -> Row:
    """What a run would cost and could tell, before it is run: a chunk of the shortest cell and one of the longest that
    takes less than `PATIENCE` are computed and not kept.

    `seconds` (without compilation) and `bytes` are those of the whole budget; `memory` is the most that this process
    needs in bytes, `device_memory` the most on a device that tells it (None on processors).
    """
    found = job(lab, name, tier, 0, changes)
    tests = plan_controls.plan_rows(lab, found.protocol, found.cells, tier)
    where = device()
    memory.restart()
    cells = sorted(range(len(found.cells)), key=found.steps)
    short = cells[0]
    sample, each = timing.timed(lambda: found.compute(short, 0, found.chunk))
    seen = {short: each}
    long = [cell for cell in cells if found.steps(short) < found.steps(cell) < PATIENCE / each * found.steps(short)]
    if long:
        sample, seen[long[-1]] = timing.timed(lambda: found.compute(long[-1], 0, found.chunk))
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
