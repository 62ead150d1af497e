r"""The whole run of a block of lanes in one GPU kernel: state in registers, generator inside, nothing in between.

XLA launches a kernel or more for each step of a loop, some microseconds whatever their size. Here one launch does all
steps: a block of 128 lanes, one to a thread, holds parameters, optimiser, noise and observers on the chip and loops.
The kernel is not written by hand: it is the program of `theorylab.train.loop.simulate`, the one that the processor
runs, taken apart into vectors of lanes (`gpu.scalars`, `gpu.shapes`) and spelled (`gpu.block`) in JAX's GPU kernel
language (Mosaic GPU). On a processor the same kernel runs in Pallas' interpreter, which tests compare with the loop
bit by bit; on a GPU words are the same and numbers agree to rounding (products and sums are fused, quotients and roots
are right to two units).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import jax
import numpy as np
from jax import Array

from theorylab import terminal
from theorylab.noise import draws
from theorylab.train.gpu import scalars, shapes
from theorylab.train.gpu.block import BLOCK, Program, chunk
from theorylab.train.spec import Spec

# Operations of a program, written out. Compiled for capability 9.0, a network of two 3 x 3 matrices (15,763) takes all
# 255 registers of a thread, one of two 5 x 5 (43,759) has 1 kB beside them, one of three 8 x 8 has 178,917.
OPERATIONS = 20_000
CAPABILITY = 9.0  # the kernel language is made for Hopper and later


class Route(NamedTuple):
    """How lanes are run: "kernel" or "scan", why, and the kernel's program."""

    name: Literal["kernel", "scan"]
    why: str
    program: Program | None = None
    platform: str = "cpu"
    interpret: bool = False


def say(route: Route) -> None:
    """Tell the user in one line, once, what an accelerator does."""
    if route.platform != "cpu":
        way = "all steps in one kernel" if route.name == "kernel" else "XLA's loop, kernel after kernel"
        _warn(f"{route.platform}: {way}: {route.why}")


_warn = lru_cache(terminal.warn)


def platform(device: Any) -> str:
    """The device's kind: "cpu", "cuda 9.0" (with the compute capability), "rocm", or what else it is."""
    if device.platform != "gpu":
        return device.platform
    if "rocm" in device.client.platform_version.lower():
        return "rocm"
    return f"cuda {getattr(device, 'compute_capability', '')}".strip()


def program(lanes: Callable[..., dict[str, Array]], numbers: Any) -> Program:
    """Trace `lanes(numbers, seeds, lengths, ids)`, a run of the lanes `ids`."""
    ids = jax.ShapeDtypeStruct((shapes.LANES,), np.uint32)
    with draws.branches():
        closed, outs = jax.make_jaxpr(lanes, return_shape=True)(numbers, *_arguments(0)[:2], ids)
    return Program(closed, outs, scalars.operations(closed.jaxpr))


def route(ensemble: Spec, lanes: Callable[..., dict[str, Array]], numbers: Any, platform: str) -> Route:
    """How the engine runs `lanes(numbers, seeds, lengths, ids)`: as a fused kernel where that can be, else by XLA.

    A kernel needs a CUDA device of capability 9.0 or more (Hopper), the lanes layout, float32, operations that the
    kernel language has, and few enough of them: beyond `OPERATIONS` the numbers of a replicate do not fit into the
    registers of a thread, and XLA's loop over whole arrays is the better program. Needs no device to be there.
    """
    kind, _, capability = platform.partition(" ")
    if kind != "cuda":
        why = "the fused kernel is for CUDA devices"
    elif float(capability or 0) < CAPABILITY:
        why = f"the fused kernel needs compute capability {CAPABILITY}"
    elif ensemble.layout != "lanes":
        why = f"layout={ensemble.layout!r}"
    elif ensemble.dtype != "float32":
        why = f"dtype={ensemble.dtype!r}"
    else:
        try:
            made = program(lanes, numbers)
            if made.operations > OPERATIONS:
                raise shapes.refuse(f"{made.operations} operations written out are more than {OPERATIONS}")
            one_block = jax.jit(chunk(made, BLOCK)).trace(numbers, *_arguments(BLOCK))
            one_block.lower(lowering_platforms=("cuda",))
            return Route("kernel", f"{made.operations} operations", made, platform)
        except Exception as error:  # whatever the kernel language refuses, XLA's loop can do
            why = f"{error or type(error).__name__}".splitlines()[0]
    return Route("scan", why, platform=platform)


def _arguments(count: int) -> tuple[Any, Any, Any]:
    return (
        jax.ShapeDtypeStruct((2,), np.uint32),
        jax.ShapeDtypeStruct((2,), np.int32),
        jax.ShapeDtypeStruct((count,), np.uint32),
    )
