r"""The kernel of a block of lanes in JAX's kernel language: Mosaic GPU on the chip, Pallas' interpreter anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.core import Tracer

from theorylab.errors import InputError
from theorylab.train.gpu import scalars, shapes

BLOCK = 128  # lanes of a block: threads of one warpgroup


class Program(NamedTuple):
    """What a kernel is made of: the jaxpr of a block of lanes and the shapes of its named outputs."""

    closed: Any
    shapes: dict[str, jax.ShapeDtypeStruct]
    operations: int


def chunk(made: Program, count: int, interpret: bool = False) -> Callable[..., dict[str, Array]]:
    """f(numbers, seeds, lengths, ids): the named outputs of `count` lanes, replicate axis first.

    Args:
        made: the lanes' program.
        count: a multiple of `BLOCK`.
        interpret: run the kernel in Pallas' interpreter, on any platform.

    Raises:
        InputError: the program has an operation that a kernel has not.
    """
    if count % BLOCK:
        raise InputError(f"kernel: count={count} is not a multiple of {BLOCK}")
    outs = {n: jax.ShapeDtypeStruct((*s.shape[:-1], count), _held(s.dtype)) for n, s in made.shapes.items()}

    def run(numbers: Any, seeds: Any, lengths: Any, ids: Any) -> dict[str, Array]:
        leaves = [jnp.ravel(jnp.asarray(x)) for x in jax.tree.leaves(numbers)]
        call = _interpreted if interpret else _mosaic
        found = call(_body(made, not interpret), list(outs.values()), count // BLOCK)(*leaves, seeds, lengths, ids)
        named = zip(outs, found, made.shapes.values(), strict=True)
        return {n: jnp.moveaxis(x, -1, 0).astype(s.dtype) for n, x, s in named}

    return run


def _held(dtype: Any) -> Any:
    """Truth values leave the kernel as integers."""
    return np.dtype(np.int32) if dtype == np.bool_ else dtype


def _mosaic(body: Any, outs: list[Any], blocks: int) -> Any:
    from jax.experimental.pallas import mosaic_gpu as plgpu

    def kernel(*refs: Any) -> None:
        body(lax.axis_index("block"), *refs)

    return plgpu.kernel(kernel, out_type=tuple(outs), grid=(blocks,), grid_names=("block",))


def _interpreted(body: Any, outs: list[Any], blocks: int) -> Any:
    from jax.experimental import pallas as pl

    def kernel(*refs: Any) -> None:
        body(pl.program_id(0), *refs)

    return pl.pallas_call(kernel, out_shape=tuple(outs), grid=(blocks,), interpret=True)


def _body(made: Program, chip: bool) -> Callable[..., None]:
    """body(block, *refs): all steps of one block; refs are numbers, seeds, lengths, ids and the outputs."""
    from jax.experimental import pallas as pl  # takes a while to import: only where there is a kernel

    jaxpr, consts = made.closed.jaxpr, made.closed.consts
    inputs = len(jaxpr.invars)

    def body(block: Any, *refs: Any) -> None:
        here = pl.ds(block * BLOCK, BLOCK)

        def store(ref: Any, record: Any, cells: np.ndarray) -> None:
            for index in np.ndindex(*cells.shape):
                x = vector(cells[index])
                ref[(*record, *index, here)] = x.astype(ref.dtype) if x.dtype == jnp.bool_ else x

        def sink(ref: Any) -> Callable[[Any, np.ndarray], None]:
            return lambda record, cells: store(ref, (record,), cells)

        vector = _vector(chip)
        tables = []
        for v, ref in zip(jaxpr.invars, refs[:inputs], strict=True):
            if shapes.over_lanes(v.aval):
                cells = np.empty((), object)
                cells[()] = ref[here]
            else:
                cells = np.empty(v.aval.shape, object)
                for i, index in enumerate(np.ndindex(*v.aval.shape)):
                    cells[index] = ref[i]
            tables.append(cells)
        sinks = {v: sink(ref) for v, ref in zip(jaxpr.outvars, refs[inputs:], strict=True) if _traced(v, jaxpr)}
        machine = scalars.Machine(vector, *((_root, _power) if chip else (lax.sqrt, lax.pow)), sinks)
        outs = scalars.evaluate(jaxpr, consts, tables, machine, [v not in sinks for v in jaxpr.outvars])
        for v, cells, ref in zip(jaxpr.outvars, outs, refs[inputs:], strict=True):
            if v not in sinks:
                store(ref, (), cells)

    return body


def _traced(variable: Any, jaxpr: Any) -> bool:
    """Whether an output is the per-record output of a scan: it leaves the kernel record by record."""
    scans = [e for e in jaxpr.eqns if e.primitive.name == "scan"]
    return any(variable in e.outvars[e.params["num_carry"] :] for e in scans)


def _vector(chip: bool) -> Callable[[Any], Array]:
    """Spread a scalar over a block; on the chip in the layout of vectors that were loaded, as loops demand."""

    def vector(x: Any) -> Array:
        if np.ndim(x):
            return x
        wide = lax.broadcast_in_dim(jnp.asarray(x), (BLOCK,), ())
        if not chip:
            return wide
        from jax.experimental.pallas import mosaic_gpu as plgpu

        return plgpu.layout_cast(wide, plgpu.Layout.WG_STRIDED((BLOCK,), 1))

    return vector


def _root(x: Array) -> Array:
    """The square root, which the kernel language has not: x times 1/sqrt(x), and x itself at 0 and infinity."""
    plain = (x > 0) & (x < np.inf)
    return jnp.where(plain, x * lax.rsqrt(x), jnp.where(x >= 0, x, x * np.float32(np.nan)))


def _power(x: Any, y: Array) -> Array:
    """x^y for a positive number x, which the kernel language has not: Adam's corrections, for one."""
    if isinstance(x, Tracer) or not np.all(np.asarray(x) > 0):
        raise shapes.refuse("a power of what is not a positive constant")
    return lax.exp(y.astype(jnp.float32) * np.float32(np.log(np.float64(x))))
