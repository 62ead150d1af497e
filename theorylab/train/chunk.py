"""One chunk of replicates: sized to the device, compiled once for each structure, spread over the devices."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Int32, UInt32

from theorylab import random, terminal
from theorylab.errors import InputError
from theorylab.train import compiler, gpu
from theorylab.train.loop import bind, feed, simulate
from theorylab.train.rules import mixing_part
from theorylab.train.spec import PRODUCTS, VECTOR, Spec

STATE_BYTES = 49_152  # one block's parameters, data and batch: a first-level cache and a half; measured in benchmarks/

Words = UInt32[Array, "2"]  # of the seed
Lengths = Int32[Array, "2"]  # steps of the burn-in, and from look to look
Ids = UInt32[Array, "*replicates"]

SMALL = 5e7  # replicates x steps x numbers below which one device does the work: about half a second

compilations = 0  # programs compiled by this process; a test holds it


def split(c: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cell's traced numbers (floats and nested tuples of floats) and its static settings (the rest)."""
    traced, static = {}, {}
    for name, value in vars(c).items():
        (traced if _numbers(value) else static)[name] = value
    return traced, static


def _numbers(value: Any) -> bool:
    """Whether `value` is a float, an array, or a tuple that makes one (no words, no rows of unlike length)."""
    if not isinstance(value, tuple):
        return isinstance(value, float | np.ndarray)
    try:
        return np.asarray(value).dtype.kind in "iuf"
    except ValueError:
        return False


def run(ensemble: Spec, c: Any, seed: int, start: int, count: int) -> dict[str, np.ndarray]:
    """One chunk of replicates; see `Ensemble.__call__`.

    Where they do not fit into the memory of the device, the chunk is computed in halves, which is said once and kept
    for the chunks that follow; lanes stay the same bits.

    Raises:
        InputError: not even the fewest lanes fit.
    """
    dtype = getattr(c, "dtype", ensemble.dtype)
    if dtype != ensemble.dtype:  # programs are kept by the cell's settings, this one among them
        ensemble = replace(ensemble, dtype=dtype)
    most, parts, done = ("most",), [], 0
    while done < count:
        part = min(count - done, ensemble.programs.get(most, count))
        try:
            parts.append(_part(ensemble, c, seed, start + done, part))
            done += part
        except jax.errors.JaxRuntimeError as error:
            if "RESOURCE_EXHAUSTED" not in str(error):
                raise
            if part <= VECTOR:
                raise InputError(f"ensemble: {part} replicates do not fit into the memory of the device") from error
            if most not in ensemble.programs:
                said = f"{part} replicates do not fit into the memory of the device; going on with fewer at a time"
                terminal.warn(said)
            ensemble.programs[most] = VECTOR * max(1, part // (2 * VECTOR))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _part(ensemble: Spec, c: Any, seed: int, start: int, count: int) -> dict[str, np.ndarray]:
    """Replicates that fit into memory.

    Every device runs the same program on its own lanes, so that the bits do not depend on how many there are.
    """
    with jax.enable_x64(ensemble.dtype == "float64"), jax.numpy_rank_promotion("allow"):
        traced, static = split(c)
        numbers = {k: np.asarray(v, ensemble.dtype) for k, v in traced.items()}
        burn, every, snapshots = ensemble.lengths(c)
        lengths = np.asarray([burn, every], np.int32)
        size = _size(ensemble, numbers, static)
        devices = jax.local_devices()
        if count * size * (int(lengths[0]) + snapshots * int(lengths[1])) < SMALL:
            devices = devices[:1]  # a second program would take longer to compile than the first to run
        known = len(ensemble.programs)
        lanes, programs, cost = _programs(ensemble, numbers, static, snapshots, count, size, devices)
        seeds = np.asarray([seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF], np.uint32)
        ids = start + np.arange(-(-count // lanes) * lanes, dtype=np.uint32)
        given = [jax.device_put((numbers, seeds, lengths), d) for d in devices]
        parts, began = [], time.process_time()
        for i, part in enumerate(ids.reshape(-1, lanes)):
            device = i % len(devices)
            parts.append(programs[device](*given[device], jax.device_put(part, devices[device])))
        parts = jax.device_get(parts)
        if len(ensemble.programs) > known and ensemble.layout == "lanes" and jax.default_backend() == "cpu":
            compiler.watch(cost, ensemble.steps(c) * len(ids), time.process_time() - began)
    return {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}


def _programs(ensemble: Spec, numbers: Any, static: dict, snapshots: int, count: int, size: int, devices: list) -> Any:
    """(replicates of one call, the program of each device, operations of a step) for this static structure."""
    least = 5 if ensemble.layout == "lanes" else 0  # networks that fill the processor run one by one
    held = np.dtype(ensemble.dtype).itemsize * max(size, 1)
    width = ensemble.block or 2 ** min(14, max(least, round(math.log2(STATE_BYTES / held))))
    blocks = max(1, -(-count // (width * len(devices))))
    share = -(-count // (blocks * len(devices)))
    width = min(width, VECTOR * -(-share // VECTOR))  # a small chunk is not padded to a whole block
    if devices[0].platform == "gpu" and ensemble.layout == "lanes":  # which has lanes enough for all at once
        width, blocks = gpu.BLOCK * -(-count // (gpu.BLOCK * len(devices))), 1
    shape = (
        tuple(sorted(static.items(), key=str)),
        tuple((k, v.shape) for k, v in numbers.items()),
        snapshots,
        width,
        blocks,
    )
    missing = [d for d in devices if (*shape, d) not in ensemble.programs]
    if missing and ensemble.layout == "lanes":
        _refuse_mixing(ensemble, numbers, static)
    with ThreadPoolExecutor(len(devices)) as pool:
        made = pool.map(lambda d: _compile(ensemble, numbers, static, snapshots, width, blocks, d), missing)
        ensemble.programs.update({(*shape, d): program for d, program in zip(missing, made, strict=True)})
    found = [ensemble.programs[*shape, d] for d in devices]
    return width * blocks, [program for program, _ in found], found[0][1]


def _size(ensemble: Spec, numbers: Any, static: dict) -> int:
    """Numbers of one replicate in parameters, data and batch; traced once for each static structure."""
    key = ("size", tuple(sorted(static.items(), key=str)), tuple((k, v.shape) for k, v in numbers.items()))
    if key not in ensemble.programs:
        leaves = jax.tree.leaves(_template(ensemble, numbers, static))
        ensemble.programs[key] = sum(math.prod(leaf.shape) for leaf in leaves)
    return ensemble.programs[key]


def _template(ensemble: Spec, numbers: Any, static: dict) -> tuple[Any, Any, Any]:
    """Shapes of one replicate's (parameters, data, batch)."""
    lanes, seeds = ensemble.layout == "lanes", (jnp.uint32(0), jnp.uint32(0))

    def make(ids: Ids) -> Any:
        c = bind(ensemble, SimpleNamespace(**numbers, **static), seeds, ids)
        batch = feed(ensemble, c, seeds, ids)(None, jnp.int32(0))
        params = ensemble.init(random.Draw(random.lane_key(seeds, random.INIT, ids), 0), c)
        return params, getattr(c, "data", None), batch and batch[0]

    return jax.eval_shape(make, jnp.zeros((1,) if lanes else (), jnp.uint32))


def _refuse_mixing(ensemble: Spec, numbers: Any, static: dict) -> None:
    guilty = mixing_part(ensemble.rule(SimpleNamespace(**numbers, **static)), _template(ensemble, numbers, static)[0])
    if guilty:
        raise InputError(
            f'ensemble: rule {guilty} reduces over all parameters and would mix replicates; use layout="batched"'
        )


def _compile(ensemble: Spec, numbers: Any, static: dict, snapshots: int, width: int, blocks: int, device: Any) -> Any:
    """Compile ahead of time the program of `blocks` blocks of `width` lanes for one device."""
    global compilations
    compilations += 1

    def run_lanes(numbers: Any, seeds: Words, lengths: Lengths, ids: Ids) -> dict[str, Array]:
        return simulate(ensemble, SimpleNamespace(**numbers, **static), (seeds[0], seeds[1]), ids, snapshots, lengths)

    def chunk(numbers: Any, seeds: Words, lengths: Lengths, ids: Ids) -> dict[str, Array]:
        def one(ids: Ids) -> dict[str, Array]:
            return run_lanes(numbers, seeds, lengths, ids)

        if ensemble.layout == "batched":
            return lax.map(one, ids, batch_size=width)
        out = lax.map(one, ids.reshape(-1, width))
        return {name: jnp.moveaxis(value, -1, 1).reshape(-1, *value.shape[1:-1]) for name, value in out.items()}

    # a thread of its own has its own configuration
    precision = jax.default_matmul_precision(PRODUCTS[ensemble.products])
    with jax.enable_x64(ensemble.dtype == "float64"), precision, jax.numpy_rank_promotion("allow"):
        here = jax.sharding.SingleDeviceSharding(device)
        shapes = (numbers, np.zeros(2, np.uint32), np.zeros(2, np.int32), np.zeros(width * blocks, np.uint32))

        def compiled(program: Any) -> Any:
            lowered = jax.jit(program, in_shardings=here, out_shardings=here).lower(*shapes)
            with compiler.one_processor() if device.platform == "cpu" else nullcontext():
                made = lowered.compile(compiler_options=compiler.compiler_options())
                return made, compiler.operations(lowered, width)

        route = gpu.route(ensemble, run_lanes, numbers, gpu.platform(device))
        if route.program is not None:
            try:
                program = compiled(gpu.chunk(route.program, width * blocks, route.interpret))
                gpu.say(route)
                return program
            except jax.errors.JaxRuntimeError as error:
                route = gpu.Route("scan", f"the kernel does not compile: {error}"[:200], platform=route.platform)
        gpu.say(route)
        return compiled(chunk)
