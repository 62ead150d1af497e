"""Wall time of W1 on one device and one core against two of each, alternating: `python -m benchmarks.two_cores`."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time


def child(devices: int, cores: str) -> None:
    """Answer each line with the wall time of one run on the first of `cores`."""
    if cores:
        os.sched_setaffinity(0, {int(c) for c in cores.split(",")[:devices]})
    from theorylab.running.environment import configure

    configure(devices)
    from benchmarks import ours
    from benchmarks.workloads import WORKLOADS, Workload

    given = WORKLOADS[0]
    ensemble, c, _ = ours.made(Workload(given.name, given.kind, given.noise, 2048, 1000))
    for line in sys.stdin:
        began = time.monotonic()
        ensemble(c, int(line), 0, 2048)
        print(time.monotonic() - began, flush=True)


def measure(rounds: int, cores: set[int] | None = None) -> dict:
    """The row of the table: wall time of one core / wall time of two, on the given `cores`."""
    places = ",".join(map(str, sorted(cores or ())))
    command = [sys.executable, "-m", "benchmarks.two_cores", "--cores", places, "--devices"]
    pair = [
        subprocess.Popen([*command, n], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for n in ("1", "2")
    ]
    ratios = []
    for seed in range(rounds + 1):
        walls = []
        for one in pair:
            print(seed, file=one.stdin, flush=True)
            walls.append(float((one.stdout or sys.stdin).readline()))
        ratios.append(walls[0] / walls[1])
    for one in pair:
        one.communicate()
    ratios = ratios[1:]  # the first compiles
    ratio = {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)}
    print(f"{'two cores':<16}{'one_core':<15}{ratio['median']:8.2f}x [{min(ratios):.2f}, {max(ratios):.2f}]  floor 1.5")
    named = {"workload": "two cores", "peer": "one_core", "ratio": ratio}
    return {**named, "floor": 1.5, "goal": 1.9, "statistic_agrees": True}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--devices", type=int)
    parser.add_argument("--cores", default="")
    asked = parser.parse_args()
    child(asked.devices, asked.cores) if asked.devices else measure(asked.rounds)
