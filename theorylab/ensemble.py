r"""Thousands of small networks in one compiled program.

.. math:: \theta^{(r)}_{k+1} = \theta^{(r)}_k + U\bigl(\nabla L(\theta^{(r)}_k) + \xi^{(r)}_k\bigr),
          \qquad r = 0, \dots, R-1

Replicates r are lanes: every array ends in the replicate axis, a block of lanes stays in the processor's cache for the
whole run, and noise is drawn inside the loop from the address (seed, stream, replicate, step, element). A replicate
is therefore the same, bit for bit, whatever the chunk, the block, the number of devices or of replicates around it.
With `layout="batched"` the same program is written for one network and mapped over replicates: for models whose
matrices fill the processor, and for rules that reduce over all parameters.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax

from theorylab import guard, kernel, random, show
from theorylab.errors import InputError
from theorylab.loop import bind, feed, simulate
from theorylab.observe import Observer
from theorylab.rules import mixing_part

STATE_BYTES = 49_152  # one block's parameters, data and batch: a first-level cache and a half; measured in benchmarks/
VECTOR = 32  # lanes come in multiples of it: below, compiled square roots round otherwise
SMALL = 5e7  # replicates x steps x numbers below which one device does the work: about half a second
PRODUCTS = {"float32": "highest", "tf32": "tensorfloat32"}
compilations = 0  # programs compiled by this process; a test holds it


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What is trained, under which noise, by which rule, and what is read off.

    Every function receives `c`, the cell's settings as attributes (floats are traced, integers and strings static).

    Args:
        loss: `loss(params, c)` or, with `batch` or `stream`, `loss(params, c, batch)`: one value per lane.
        init: `init(draw, c)`: parameters, arrays (..., lanes).
        rule: `rule(c)`: an optax transformation.
        noise: `noise(c)`: a `theorylab.noise` process, or None for none.
        units: where the noise is added: to the "gradient" (before the rule) or to the "parameter" (after it).
        observe: name -> `theorylab.observe` observer.
        burn, every, records: steps before the first record, steps between records, number of records; the first two
            may be functions of the cell and are traced, so that cells share one program.
        data: `data(draw, c)`: what a replicate keeps for life (its data set); found at `c.data`.
        batch: `batch(draw, c)`: drawn afresh at each step.
        stream: `stream(c)`: a stateful stream such as `noise.minibatch`, its values passed as the batch.
        layout: "lanes", or "batched" (functions see one network, without lane axis).
        dtype: precision of everything, where the cell has no setting `dtype`.
        products: precision of matrix products (not of `lanes.matmul`) where an NVIDIA GPU has a choice: "tf32" rounds
            both factors to 11 bits, a relative error of up to 2^-10 in each term of a product instead of 2^-24.
        block: lanes kept in cache together; never changes the numbers. Chosen from the size of the state by default.
    """

    loss: Callable[..., Any]
    init: Callable[[random.Draw, Any], Any]
    rule: Callable[[Any], optax.GradientTransformation]
    observe: Mapping[str, Observer]
    noise: Callable[[Any], Any] | None = None
    units: Literal["gradient", "parameter"] = "gradient"
    burn: int | Callable[[Any], int] = 0
    every: int | Callable[[Any], int] = 1
    records: int | Callable[[Any], int] = 1
    data: Callable[[random.Draw, Any], Any] | None = None
    batch: Callable[[random.Draw, Any], Any] | None = None
    stream: Callable[[Any], Any] | None = None
    layout: Literal["lanes", "batched"] = "lanes"
    dtype: Literal["float32", "float64"] = "float32"
    products: Literal["float32", "tf32"] = "float32"
    block: int | None = None
    programs: dict[Any, Any] = field(default_factory=dict, repr=False)  # compiled, by what is static

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("units", self.units, ("gradient", "parameter")),
            ("layout", self.layout, ("lanes", "batched")),
            ("dtype", self.dtype, ("float32", "float64")),
            ("products", self.products, tuple(PRODUCTS)),
        ):
            if value not in allowed:
                raise InputError(f"ensemble: {name}={value!r} is not one of {', '.join(allowed)}")
        if self.block is not None and (self.block < VECTOR or self.block % VECTOR):
            raise InputError(f"ensemble: block={self.block} is not a multiple of {VECTOR}")

    def steps(self, c: Any) -> int:
        """Steps of one replicate in cell `c`."""
        burn, every, records = (_resolve(v, c) for v in (self.burn, self.every, self.records))
        return burn + every * records

    def __call__(self, c: Any, seed: int, start: int, count: int) -> dict[str, np.ndarray]:
        """Replicates `start .. start+count-1` of cell `c`: name -> array, replicate axis first.

        `diverged` holds for each replicate the last step before which its state was seen finite, or -1.
        """
        return run(self, c, seed, start, count)


def _resolve(value: Any, c: Any) -> int:
    number: Any = value(c) if callable(value) else value
    if number != int(number) or number < 0:
        raise InputError(f"ensemble: a number of steps is {number!r}, not a whole number >= 0")
    return int(number)


def split(c: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cell's traced numbers (floats and nested tuples of floats) and its static settings (the rest)."""
    traced, static = {}, {}
    for name, value in vars(c).items():
        (traced if isinstance(value, float | tuple | np.ndarray) else static)[name] = value
    return traced, static


def run(ensemble: Ensemble, c: Any, seed: int, start: int, count: int) -> dict[str, np.ndarray]:
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
                show.warn(f"{part} replicates do not fit into the memory of the device; going on with fewer at a time")
            ensemble.programs[most] = VECTOR * max(1, part // (2 * VECTOR))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _part(ensemble: Ensemble, c: Any, seed: int, start: int, count: int) -> dict[str, np.ndarray]:
    """Replicates that fit into memory.

    Every device runs the same program on its own lanes, so that the bits do not depend on how many there are.
    """
    with jax.enable_x64(ensemble.dtype == "float64"):
        traced, static = split(c)
        numbers = {k: np.asarray(v, ensemble.dtype) for k, v in traced.items()}
        records = _resolve(ensemble.records, c)
        lengths = np.asarray([_resolve(ensemble.burn, c), _resolve(ensemble.every, c)], np.int32)
        size = _size(ensemble, numbers, static)
        devices = jax.local_devices()
        if count * size * (int(lengths[0]) + records * int(lengths[1])) < SMALL:
            devices = devices[:1]  # a second program would take longer to compile than the first to run
        known = len(ensemble.programs)
        lanes, programs, cost = _programs(ensemble, numbers, static, records, count, size, devices)
        seeds = np.asarray([seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF], np.uint32)
        ids = start + np.arange(-(-count // lanes) * lanes, dtype=np.uint32)
        given = [jax.device_put((numbers, seeds, lengths), d) for d in devices]
        parts, began = [], time.process_time()
        for i, part in enumerate(ids.reshape(-1, lanes)):
            device = i % len(devices)
            parts.append(programs[device](*given[device], jax.device_put(part, devices[device])))
        parts = jax.device_get(parts)
        if len(ensemble.programs) > known and ensemble.layout == "lanes" and jax.default_backend() == "cpu":
            guard.watch(cost, ensemble.steps(c) * len(ids), time.process_time() - began)
    return {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}


def _programs(
    ensemble: Ensemble, numbers: Any, static: dict, records: int, count: int, size: int, devices: list
) -> Any:
    """(replicates of one call, the program of each device, operations of a step) for this static structure."""
    least = 5 if ensemble.layout == "lanes" else 0  # networks that fill the processor run one by one
    held = np.dtype(ensemble.dtype).itemsize * max(size, 1)
    width = ensemble.block or 2 ** min(14, max(least, round(math.log2(STATE_BYTES / held))))
    blocks = max(1, -(-count // (width * len(devices))))
    share = -(-count // (blocks * len(devices)))
    width = min(width, VECTOR * -(-share // VECTOR))  # a small chunk is not padded to a whole block
    if devices[0].platform == "gpu" and ensemble.layout == "lanes":  # which has lanes enough for all at once
        width, blocks = kernel.BLOCK * -(-count // (kernel.BLOCK * len(devices))), 1
    shape = (
        tuple(sorted(static.items(), key=str)),
        tuple((k, v.shape) for k, v in numbers.items()),
        records,
        width,
        blocks,
    )
    missing = [d for d in devices if (*shape, d) not in ensemble.programs]
    if missing and ensemble.layout == "lanes":
        _refuse_mixing(ensemble, numbers, static)
    with ThreadPoolExecutor(len(devices)) as pool:
        made = pool.map(lambda d: _compile(ensemble, numbers, static, records, width, blocks, d), missing)
        ensemble.programs.update({(*shape, d): program for d, program in zip(missing, made, strict=True)})
    found = [ensemble.programs[*shape, d] for d in devices]
    return width * blocks, [program for program, _ in found], found[0][1]


def _size(ensemble: Ensemble, numbers: Any, static: dict) -> int:
    """Numbers of one replicate in parameters, data and batch; traced once for each static structure."""
    key = ("size", tuple(sorted(static.items(), key=str)), tuple((k, v.shape) for k, v in numbers.items()))
    if key not in ensemble.programs:
        leaves = jax.tree.leaves(_template(ensemble, numbers, static))
        ensemble.programs[key] = sum(math.prod(leaf.shape) for leaf in leaves)
    return ensemble.programs[key]


def _template(ensemble: Ensemble, numbers: Any, static: dict) -> tuple[Any, Any, Any]:
    """Shapes of one replicate's (parameters, data, batch)."""
    lanes, seeds = ensemble.layout == "lanes", (jnp.uint32(0), jnp.uint32(0))

    def make(ids: Array) -> Any:
        c = bind(ensemble, SimpleNamespace(**numbers, **static), seeds, ids)
        batch = feed(ensemble, c, seeds, ids)(None, jnp.int32(0))
        params = ensemble.init(random.Draw(random.lane_key(seeds, random.INIT, ids), 0), c)
        return params, getattr(c, "data", None), batch and batch[0]

    return jax.eval_shape(make, jnp.zeros((1,) if lanes else (), jnp.uint32))


def _refuse_mixing(ensemble: Ensemble, numbers: Any, static: dict) -> None:
    guilty = mixing_part(ensemble.rule(SimpleNamespace(**numbers, **static)), _template(ensemble, numbers, static)[0])
    if guilty:
        raise InputError(
            f'ensemble: rule {guilty} reduces over all parameters and would mix replicates; use layout="batched"'
        )


def _compile(ensemble: Ensemble, numbers: Any, static: dict, records: int, width: int, blocks: int, device: Any) -> Any:
    """Compile ahead of time the program of `blocks` blocks of `width` lanes for one device."""
    global compilations
    compilations += 1

    def run_lanes(numbers: Any, seeds: Array, lengths: Array, ids: Array) -> dict[str, Array]:
        return simulate(ensemble, SimpleNamespace(**numbers, **static), (seeds[0], seeds[1]), ids, records, lengths)

    def chunk(numbers: Any, seeds: Array, lengths: Array, ids: Array) -> dict[str, Array]:
        def one(ids: Array) -> dict[str, Array]:
            return run_lanes(numbers, seeds, lengths, ids)

        if ensemble.layout == "batched":
            return lax.map(one, ids, batch_size=width)
        out = lax.map(one, ids.reshape(-1, width))
        return {name: jnp.moveaxis(value, -1, 1).reshape(-1, *value.shape[1:-1]) for name, value in out.items()}

    # a thread of its own has its own configuration
    with jax.enable_x64(ensemble.dtype == "float64"), jax.default_matmul_precision(PRODUCTS[ensemble.products]):
        here = jax.sharding.SingleDeviceSharding(device)
        shapes = (numbers, np.zeros(2, np.uint32), np.zeros(2, np.int32), np.zeros(width * blocks, np.uint32))

        def compiled(program: Any) -> Any:
            lowered = jax.jit(program, in_shardings=here, out_shardings=here).lower(*shapes)
            with _one_processor() if device.platform == "cpu" else nullcontext():
                return lowered.compile(compiler_options=compiler_options()), guard.operations(lowered, width)

        route = kernel.route(ensemble, run_lanes, numbers, kernel.platform(device))
        if route.program is not None:
            try:
                program = compiled(kernel.chunk(route.program, width * blocks, route.interpret))
                kernel.say(route)
                return program
            except jax.errors.JaxRuntimeError as error:
                route = kernel.Route("scan", f"the kernel does not compile: {error}"[:200], platform=route.platform)
        kernel.say(route)
        return compiled(chunk)


@contextmanager
def _one_processor() -> Iterator[None]:
    """Let the compiler see one processor: it would split every loop over all, which costs more than it gives.

    Lanes are spread over devices instead, one program each. XLA reads the affinity of the thread that compiles.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@lru_cache
def compiler_options() -> dict[str, Any] | None:
    """XLA's CPU back end defaults to 256-bit vectors; 512 are worth a factor 1.8 in elementwise code."""
    return {"xla_cpu_prefer_vector_width": 512} if jax.default_backend() == "cpu" else None
