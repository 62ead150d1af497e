"""The processor's limit: W1 and W2 in C where there is a compiler, and the largest matrix product for W4."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import workloads as w

SIDE = 1536


@lru_cache
def compiled():
    """The library of limit.c, None without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    out = Path(tempfile.mkdtemp()) / "limit.so"
    flags = ["-O3", "-march=native", "-ffast-math", "-funroll-loops", "-shared", "-fPIC", "-w"]
    done = subprocess.run([compiler, *flags, str(Path(__file__).with_suffix(".c")), "-o", str(out), "-lm"], check=False)
    return ctypes.CDLL(str(out)) if done.returncode == 0 else None


def _pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def _network(workload):
    f32, library = ctypes.c_float, compiled()

    def run(seed):
        loss = np.empty(workload.replicates, np.float32)
        library.w1(loss.size // 16, workload.steps, f32(w.ETA), f32(w.SCALE), _pointer(w.TARGET),
                   ctypes.c_uint64(seed), _pointer(loss))  # fmt: skip
        return w.mean_of(loss, workload.units)

    return run


def _paths(workload):
    f32, library = ctypes.c_float, compiled()

    def run(seed):
        passed = np.empty(workload.replicates, np.float32)
        library.w2(passed.size // 16, workload.steps, f32(w.DT), f32(workload.kick), f32(w.BARRIER),
                   ctypes.c_uint64(seed), _pointer(passed))  # fmt: skip
        return w.mean_of(passed, workload.units)

    return run


def _product(workload):
    """Time for the multiplications and additions of W4's six matrix products at the rate of a large one."""
    a = jnp.ones((SIDE, SIDE)) / SIDE
    multiply = jax.jit(lambda a: a @ a)
    each = 3 * 2 * w.P**2 * w.HIDDEN * w.P  # of one step of one seed: forward, and back to weights and to inputs

    def run(seed):
        value = multiply(a).block_until_ready()
        return w.Result(float("nan"), float(value[0, 0]), int(2 * SIDE**3 / each))

    return run


def contestants(workload: w.Workload) -> dict[str, w.Contestant]:
    """Empty without a compiler, but for W4."""
    if workload.kind == "W4":
        return {"limit": _product(workload)}
    make = {"W1 gaussian": _network, "W2 gaussian": _paths}.get(workload.name)
    return {"limit": make(workload)} if make and compiled() else {}
