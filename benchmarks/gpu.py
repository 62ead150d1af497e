r"""`python -m benchmarks.gpu`: the fused kernel against XLA's loop and PyTorch, to be run on a machine with a GPU.

    W1  1,024 and 65,536 replicates x 2,000 steps      W2  10^5 and 10^7 paths x 1,000 steps

Contestants: `kernel` (all steps in one launch), `scan` (XLA's loop as it compiles by default), the same without and
with command buffers around the whole loop, `torch` on the same device. Wall time of a run whose result has arrived,
after one that is not timed; a contestant counts only if its statistic agrees with that of `scan` within four joint
standard errors. `floor` is the time on paper of an H200 (generator at full rate, nothing else in the way). Without a
GPU the kernel is interpreted: `--tiny` shows that the script runs to its end, not how fast.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np

from benchmarks import ours
from benchmarks import workloads as w
from benchmarks.__main__ import machine
from theorylab.train import chunk, gpu
from theorylab.train.loop import simulate

SIZES = (
    # kind, noise, replicates, steps, seconds of the floor
    ("W1", "gaussian", 1_024, 2_000, 1.4e-3),
    ("W1", "gaussian", 65_536, 2_000, 88e-3),
    ("W1", "stable", 65_536, 2_000, 150e-3),
    ("W2", "gaussian", 100_096, 1_000, 0.26e-3),
    ("W2", "stable", 100_096, 1_000, 0.48e-3),
    ("W2", "differenced", 100_096, 1_000, 0.26e-3),
    ("W2", "gaussian", 10_000_000, 1_000, 26e-3),
    ("W2", "stable", 10_000_000, 1_000, 48e-3),
)
WITHOUT = {"xla_gpu_enable_command_buffer": ""}
WITH = {
    "xla_gpu_enable_command_buffer": "FUSION,CUBLAS,CUBLASLT,CUSTOM_CALL,CUDNN,DYNAMIC_SLICE_FUSION,CONDITIONAL,WHILE",
    "xla_gpu_graph_min_graph_size": 1,
}


def lanes_of(kind: str, noise: str, steps: int) -> tuple[Any, Any, Any, str]:
    """(ensemble, its run of lanes, the numbers of the cell, the output that is compared)."""
    if kind == "W1":
        ensemble, name, scale, eta = ours.network(), "loss", w.SCALE, w.ETA
    else:
        ensemble, name, eta = ours.double_well(), "passed", w.DT
        scale = (0.3 * w.DT ** (1 / w.ALPHA) if noise == "stable" else 0.07) / w.DT
    cell = SimpleNamespace(eta=eta, scale=scale, alpha=w.ALPHA, noise=noise, steps=steps, clip=kind == "W1")
    traced, static = chunk.split(cell)

    def lanes(numbers: Any, seeds: Any, lengths: Any, ids: Any) -> dict[str, Any]:
        return simulate(ensemble, SimpleNamespace(**numbers, **static), (seeds[0], seeds[1]), ids, 1, lengths)

    return ensemble, lanes, {k: np.float32(v) for k, v in traced.items()}, name


def contestant(program: Any, options: Any, numbers: Any, name: str, size: tuple[int, int]) -> Callable[[int], Any]:
    """run(seed): the values that are compared, of a program compiled with `options`."""
    count, steps = size
    lengths, ids = np.array([0, steps], np.int32), np.arange(count, dtype=np.uint32)
    compiled = jax.jit(program).lower(numbers, np.zeros(2, np.uint32), lengths, ids).compile(compiler_options=options)
    given = jax.device_put((numbers, lengths, ids))

    def run(seed: int) -> np.ndarray:
        out = compiled(given[0], np.array([seed, 0], np.uint32), *given[1:])
        return np.asarray(out[name])

    return run


def field(kind: str, noise: str, count: int, steps: int) -> dict[str, Any]:
    """The contestants by name: a function that makes run(seed) -> values, or the reason why there is none."""
    ensemble, lanes, numbers, name = lanes_of(kind, noise, steps)
    device, size = jax.local_devices()[0], (count, steps)
    on_gpu = device.platform == "gpu"
    route = gpu.route(ensemble, lanes, numbers, gpu.platform(device) if on_gpu else f"cuda {gpu.CAPABILITY}")
    found: dict[str, Any] = {"scan": lambda: contestant(lanes, None, numbers, name, size)}
    if on_gpu:
        found["scan, no command buffers"] = lambda: contestant(lanes, WITHOUT, numbers, name, size)
        found["scan, command buffers"] = lambda: contestant(lanes, WITH, numbers, name, size)
    if route.program is None:
        found["kernel"] = route.why
    else:
        program = gpu.chunk(route.program, count, interpret=not on_gpu)
        found["kernel"] = lambda: contestant(program, None, numbers, name, size)
    found["torch"] = torch_field(kind, noise, count, steps, on_gpu)
    return found


def torch_field(kind: str, noise: str, count: int, steps: int, on_gpu: bool) -> Any:
    """PyTorch on the same device, or why not."""
    from benchmarks.peers import pytorch

    if pytorch.torch is None:
        return "PyTorch is not installed"
    if on_gpu and not pytorch.torch.cuda.is_available():
        return "this PyTorch has no CUDA"
    if (kind, noise) == ("W2", "differenced"):
        return "not among the peers"
    workload = w.Workload(f"{kind} {noise}", kind, noise, count, steps, {})

    def make() -> Callable[[int], Any]:
        if on_gpu:
            pytorch.torch.set_default_device("cuda")
        return pytorch.contestants(workload)["torch_batched"]

    return make


def measure(kind: str, noise: str, count: int, steps: int, floor: float, rounds: int) -> list[dict[str, Any]]:
    """The rows of one size; a contestant that fails says so in its row and the others go on."""
    workload = f"{kind} {noise} {count} x {steps}"
    rows: list[dict[str, Any]] = []
    for name, make in field(kind, noise, count, steps).items():
        row: dict[str, Any] = {"workload": workload, "contestant": name, "replicates": count, "steps": steps}
        rows.append(row)
        if isinstance(make, str):
            row["skipped"] = make
            continue
        try:
            began = time.perf_counter()
            run = make()
            run(0)
            row["first_run_seconds"] = time.perf_counter() - began
            times, results = [], []
            for seed in range(1, rounds + 1):
                began = time.perf_counter()
                values = run(seed)
                times.append(time.perf_counter() - began)
                results.append(values if isinstance(values, w.Result) else statistic(kind, values, count * steps))
        except Exception as error:  # one that runs out of memory does not end the table
            row["skipped"] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            continue
        value = sum(r.value for r in results) / rounds
        row["statistic"] = (value, sum(r.error**2 for r in results) ** 0.5 / rounds)
        row["seconds"] = {"median": statistics.median(times), "min": min(times), "max": max(times)}
        row["ns_per_step"] = 1e9 * row["seconds"]["median"] / (count * steps)
        if jax.default_backend() == "gpu":
            row["floor_fraction"] = floor / row["seconds"]["median"]
    compare(rows)
    return rows


def statistic(kind: str, values: np.ndarray, units: int) -> w.Result:
    """Mean loss, or fraction that has passed."""
    return w.mean_of(values if kind == "W1" else values >= 0, units)


def compare(rows: Sequence[dict[str, Any]]) -> None:
    """Speed and statistic of each contestant against `scan`."""
    base = next((r for r in rows if r["contestant"] == "scan" and "seconds" in r), None)
    for row in rows:
        if base is not None and "seconds" in row:
            (a, da), (b, db) = row["statistic"], base["statistic"]
            row["statistic_agrees"] = abs(a - b) <= 4 * (da**2 + db**2) ** 0.5
            row["speed_of_scan"] = base["seconds"]["median"] / row["seconds"]["median"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write the JSON; 1 if a statistic disagrees."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", metavar="W1,W2", help="workloads whose name starts so")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--tiny", action="store_true", help="a few replicates and steps, to try the script anywhere")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows and the machine's description")
    given = parser.parse_args(arguments)
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # PyTorch shares the device
    wanted = tuple(n for n in given.only.split(",") if n)
    device = jax.local_devices()[0]
    print(f"{device.device_kind}", flush=True)
    rows: list[dict[str, Any]] = []
    for kind, noise, count, steps, floor in SIZES:
        if wanted and not f"{kind} {noise}".startswith(wanted):
            continue
        if given.tiny:
            if any(r["workload"].startswith(f"{kind} {noise} ") for r in rows):
                continue
            count, steps = 128, 20
        made = measure(kind, noise, count, steps, floor, given.rounds)
        for row in made:
            print(line(row), flush=True)
        rows += made
    if given.json:
        text = {"device": device.device_kind, "rows": rows, "machine": machine()}
        given.json.write_text(json.dumps(text, indent=1) + "\n")
    return 0 if all(r.get("statistic_agrees", True) for r in rows) else 1


def line(row: dict[str, Any]) -> str:
    """A row of the table."""
    start = f"{row['workload']:<32}{row['contestant']:<26}"
    if "skipped" in row:
        return f"{start}skipped: {row['skipped']}"
    speed = f"{row['speed_of_scan']:8.2f} x scan" if "speed_of_scan" in row else ""
    agrees = "" if row.get("statistic_agrees", True) else "  STATISTIC DIFFERS"
    floor = f"  {100 * row['floor_fraction']:6.1f} % of floor" if "floor_fraction" in row else ""
    return f"{start}{1e3 * row['seconds']['median']:10.3f} ms{speed}{floor}{agrees}"


if __name__ == "__main__":
    sys.exit(main())
