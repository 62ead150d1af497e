"""`python -m benchmarks`: every contestant of every workload in turn, in one process pinned to one core.

Ratios are peer / theorylab in process CPU time per replicate-step, median over rounds; absolute times say nothing on a
shared machine. A ratio counts only if both return the same statistic within four joint standard errors.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path


def main() -> int:
    """Measure, print the table, write the JSON; 1 if a floor does not hold or a statistic disagrees."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", metavar="W1,W2", help="workloads whose name starts so")
    parser.add_argument("--peer", default="", metavar="NAME,...", help="peers to run against (default: all installed)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows and the machine's description")
    given = parser.parse_args()
    os.environ["NPROC"] = "1"
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set()
    if cores:
        os.sched_setaffinity(0, {max(cores)})
    from benchmarks import ours, two_cores
    from benchmarks.peers import devinterp_sgld, diffrax_sde, idiomatic_jax, limit, pytorch
    from benchmarks.workloads import WORKLOADS

    wanted = [n for n in given.only.split(",") if n]
    peers = [n for n in given.peer.split(",") if n]
    rows = []
    for workload in WORKLOADS:
        if wanted and not workload.name.startswith(tuple(wanted)):
            continue
        field = {
            "theorylab": ours.contestant(workload),
            **ours.in_double(workload),
            **idiomatic_jax.contestants(workload),
            **pytorch.contestants(workload),
            **diffrax_sde.contestants(workload),
            **devinterp_sgld.contestants(workload),
            **limit.contestants(workload),
        }
        field = {n: c for n, c in field.items() if n == "theorylab" or not peers or n in peers}
        rows += compare(workload, field, given.rounds)
        for skipped in sorted(set(workload.floors) - set(field)):
            print(f"{workload.name}: {skipped} is not installed or not asked for, skipped", file=sys.stderr)
        write(given.json, rows)
    if len(cores) > 1 and (not wanted or "two cores".startswith(tuple(wanted))):
        rows.append(two_cores.measure(given.rounds, cores))
        write(given.json, rows)
    return 0 if all(r["statistic_agrees"] and r["ratio"]["median"] >= r["floor"] for r in rows) else 1


def write(path: Path | None, rows: list[dict]) -> None:
    """The rows so far."""
    if path:
        path.write_text(json.dumps({"rows": rows, "machine": machine()}, indent=1) + "\n")


def compare(workload, field, rounds: int) -> list[dict]:
    """Ratios of one workload, contestants alternating."""
    results = {name: [run(0)] for name, run in field.items()}  # compiles; not timed
    times: dict[str, list[float]] = {name: [] for name in field}
    for seed in range(1, rounds + 1):
        for name, run in field.items():
            began = time.process_time()
            result = run(seed)
            times[name].append((time.process_time() - began) / result.units)
            results[name].append(result)
    own = pooled(results["theorylab"])
    rows = []
    for name in [n for n in field if n != "theorylab"]:
        value, error = pooled(results[name])
        agrees = not abs(value - own[0]) > 4 * (error**2 + own[1] ** 2) ** 0.5  # a bare matrix product has no statistic
        ratios = [a / b for a, b in zip(times[name], times["theorylab"], strict=True)]
        floor, goal = workload.floors.get(name, (0, 0))
        row = {
            "workload": workload.name,
            "peer": name,
            "floor": floor,
            "goal": goal,
            "statistic_agrees": agrees,
            "ratio": {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)},
            "statistic": {"theorylab": own, "peer": (value, error)},
            "ns_per_step": {
                "theorylab": 1e9 * statistics.median(times["theorylab"]),
                "peer": 1e9 * statistics.median(times[name]),
            },
        }
        print(
            f"{workload.name:<16}{name:<15}{row['ratio']['median']:8.2f}x [{min(ratios):.2f}, {max(ratios):.2f}]  "
            f"floor {floor:<5} goal {goal:<5} {'same statistic' if agrees else 'STATISTIC DIFFERS'}",
            flush=True,
        )
        rows.append(row)
    return rows


def pooled(results) -> tuple[float, float]:
    """Mean over runs of the statistic, with its standard error."""
    n = len(results)
    return sum(r.value for r in results) / n, sum(r.error**2 for r in results) ** 0.5 / n


def machine() -> dict:
    """Processor and versions."""
    import importlib.metadata as metadata

    names = ("jax", "jaxlib", "numpy", "optax", "torch", "diffrax", "devinterp")
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next(
        (line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")),
        platform.processor(),
    )
    return {"processor": model, "python": platform.python_version(), "versions": versions}


if __name__ == "__main__":
    sys.exit(main())
