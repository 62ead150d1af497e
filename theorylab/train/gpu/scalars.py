r"""A program over lanes, number by number: every array (..., lanes) becomes a table of vectors (lanes,).

.. math:: A_{i_1 \dots i_m \ell} \;\to\; \bigl(a_{i_1 \dots i_m}\bigr)_\ell

A fused kernel keeps each vector in registers, one lane to a thread. Its language knows vectors, scalars, loops and
branches, but no shapes; so shapes are resolved here, while tracing: reshaping, slicing, transposing and stacking move
names of vectors and cost nothing, sums are written out, complex numbers are pairs. What is left are the operations of
`ELEMENTWISE`, one by one, in the order of the program that XLA would compile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jax import lax

from theorylab.train.gpu.shapes import LANES, RULES, SUMS, Pair, closed, opened, over_lanes, reduce, refuse, table

ELEMENTWISE = frozenset((
    "abs", "add", "and", "bitcast_convert_type", "clamp", "convert_element_type", "cos", "div", "eq", "erf", "exp",
    "exp2", "ge", "gt", "integer_pow", "le", "log", "logistic", "lt", "max", "min", "mul", "ne", "neg", "not", "or",
    "rem", "round", "rsqrt", "select_n", "shift_left", "shift_right_arithmetic", "shift_right_logical", "sign", "sin",
    "square", "sub", "tanh", "xor",
))  # fmt: skip
_PASSED_ON = frozenset(("copy", "optimization_barrier"))


@dataclass
class Machine:
    """How the numbers of a program are held: `vector(x)` spreads x over the lanes of a block if it is a scalar.

    `root` and `power` are what the place has for them; sink(record, table) takes the per-record output of a scan.
    """

    vector: Callable[[Any], Any]
    root: Callable[[Any], Any] = lax.sqrt
    power: Callable[[Any, Any], Any] = lax.pow
    sinks: Mapping[Any, Callable[[Any, np.ndarray], None]] = field(default_factory=dict)


def evaluate(
    jaxpr: Any, consts: Sequence[Any], args: Sequence[np.ndarray], machine: Machine, wanted: Any = None
) -> list[Any]:
    """The tables of the outputs of `jaxpr`; `wanted` marks those that are read (the others are None).

    Raises:
        InputError: an operation mixes lanes or is not among those of a kernel.
    """
    wanted = [True] * len(jaxpr.outvars) if wanted is None else wanted
    known: dict[Any, Any] = dict(zip(jaxpr.invars, args, strict=True))
    known.update((v, table(np.asarray(c), v.aval)) for v, c in zip(jaxpr.constvars, consts, strict=True))

    def read(atom: Any) -> np.ndarray:
        if not _literal(atom):
            return known[atom]
        aval: Any = atom.aval
        return table(np.asarray(atom.val, aval.dtype), aval)

    for eqn, used in live(jaxpr, wanted):
        outs = _apply(eqn, [read(v) for v in eqn.invars], machine, used)
        known.update(zip(eqn.outvars, outs, strict=True))
    return [read(v) if w else None for v, w in zip(jaxpr.outvars, wanted, strict=True)]


def _literal(atom: Any) -> bool:
    """Whether it is a number in the program and no variable (`jax.extend.core` takes long to import)."""
    return hasattr(atom, "val")


def live(jaxpr: Any, wanted: Iterable[bool]) -> list[tuple[Any, list[bool]]]:
    """The equations that contribute to the wanted outputs, each with which of its own are read."""
    needed = {v for v, w in zip(jaxpr.outvars, wanted, strict=True) if w and not _literal(v)}
    kept = []
    for eqn in reversed(jaxpr.eqns):
        used = [v in needed for v in eqn.outvars]
        if any(used):
            kept.append((eqn, used))
            needed.update(v for v in eqn.invars if not _literal(v))
    return kept[::-1]


def _apply(eqn: Any, args: list[np.ndarray], machine: Machine, used: list[bool]) -> list[Any]:
    name, given = eqn.primitive.name, eqn.params
    if name in RULES:
        return [RULES[name](eqn, *args)]
    if name in SUMS:
        return [reduce(eqn, args[0], lambda a, b: _together(SUMS[name], (a, b), machine))]
    if name == "is_finite":
        return [_each(lambda x: lax.lt(lax.abs(x), _like(x, np.inf)), args, eqn, machine)]
    if name == "sqrt":
        return [_each(machine.root, args, eqn, machine)]
    if name == "pow":
        return [_each(machine.power, args, eqn, machine)]
    if name == "bitcast_convert_type" and all(v.aval.dtype.kind in "iu" for v in (*eqn.invars, *eqn.outvars)):
        # the kernel language's own bitcast between integers keeps the sign's meaning of the operand (jax 0.10.2)
        return [_each(lambda x: lax.convert_element_type(x, given["new_dtype"]), args, eqn, machine)]
    if name == "integer_pow" and given["y"] not in (-1, 2, 3):
        return [_each(lambda x: _integer_power(x, given["y"]), args, eqn, machine)]
    if name == "add_any":  # a sum made by differentiation
        return [_each(lax.add, args, eqn, machine)]
    if name in ELEMENTWISE:
        return [_each(lambda *x: eqn.primitive.bind(*x, **given), args, eqn, machine)]
    if name in _PASSED_ON:
        return args
    inner = next((given[k] for k in ("jaxpr", "call_jaxpr", "fun_jaxpr") if k in given), None)
    if name == "scan":
        return _scan(eqn, args, machine)
    if inner is not None and name != "while":
        return evaluate(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), args, machine, used)
    if name == "while":
        return _while(eqn, args, machine)
    if name == "cond":
        return _cond(eqn, args, machine)
    raise refuse(f"the operation {name} is not one of a kernel's")


def _integer_power(x: Any, y: int) -> Any:
    """x^y where the kernel language has powers from the second on."""
    if y == 0:
        return _like(x, 1)
    power = x if abs(y) == 1 else lax.integer_pow(x, abs(y))
    return power if y > 0 else lax.div(_like(x, 1), power)


def _like(x: Any, value: Any) -> Any:
    return lax.full_like(x, value)


def _each(function: Callable[..., Any], args: list[np.ndarray], eqn: Any, machine: Machine) -> np.ndarray:
    """`function` of each number; axes of length 1 and operands without axes go with all."""
    out = eqn.outvars[0].aval
    shape = out.shape[:-1] if over_lanes(out) else out.shape
    pairs = zip(args, (v.aval for v in eqn.invars), strict=True)
    tables = [np.broadcast_to(closed(opened(a, v), out) if a.ndim else a, shape) for a, v in pairs]
    result = np.empty(shape, object)
    for index in np.ndindex(*shape):
        result[index] = _together(function, [t[index] for t in tables], machine)
    return result


def _together(function: Callable[..., Any], parts: Sequence[Any], machine: Machine) -> Any:
    """`function` of vectors and scalars: scalars are spread where there is a vector."""
    wide = any(np.ndim(p) for p in parts)
    return function(*(machine.vector(p) if wide else p for p in parts))


def flatten(tables: Sequence[np.ndarray], avals: Sequence[Any], machine: Machine) -> list[Any]:
    """The numbers of some arrays in a row, those over lanes as vectors: what a loop carries."""
    flat = []
    for cells, aval in zip(tables, avals, strict=True):
        for x in cells.ravel():
            if aval.dtype == np.complex64 and not isinstance(x, Pair):  # a constant
                x = Pair(np.float32(np.real(x)), np.float32(np.imag(x)))
            parts = x if isinstance(x, Pair) else (x,)
            flat += [machine.vector(p) if over_lanes(aval) else p for p in parts]
    return flat


def unflatten(flat: Sequence[Any], avals: Sequence[Any]) -> list[np.ndarray]:
    """The tables again."""
    rest, tables = iter(flat), []
    for aval in avals:
        cells = np.empty(aval.shape[:-1] if over_lanes(aval) else aval.shape, object)
        for index in np.ndindex(*cells.shape):
            cells[index] = Pair(next(rest), next(rest)) if aval.dtype == np.complex64 else next(rest)
        tables.append(cells)
    return tables


def _avals(variables: Iterable[Any]) -> list[Any]:
    return [v.aval for v in variables]


def _while(eqn: Any, args: list[np.ndarray], machine: Machine) -> list[np.ndarray]:
    given = eqn.params
    nc, nb = given["cond_nconsts"], given["body_nconsts"]
    test, body, avals = given["cond_jaxpr"], given["body_jaxpr"], _avals(eqn.outvars)

    def holds(flat: list[Any]) -> Any:
        return evaluate(test.jaxpr, test.consts, [*args[:nc], *unflatten(flat, avals)], machine)[0][()]

    def step(flat: list[Any]) -> list[Any]:
        outs = evaluate(body.jaxpr, body.consts, [*args[nc : nc + nb], *unflatten(flat, avals)], machine)
        return flatten(outs, avals, machine)

    return unflatten(lax.while_loop(holds, step, flatten(args[nc + nb :], avals, machine)), avals)


def _scan(eqn: Any, args: list[np.ndarray], machine: Machine) -> list[Any]:
    """A scan without inputs; its outputs go to the sinks."""
    given, body = eqn.params, eqn.params["jaxpr"]
    constants, carried = given["num_consts"], given["num_carry"]
    if len(args) != constants + carried:
        raise refuse("a scan over an array")
    avals, places = _avals(eqn.outvars[:carried]), eqn.outvars[carried:]
    if any(p not in machine.sinks for p in places):
        raise refuse("a scan that returns an array")

    def step(i: Any, flat: list[Any]) -> list[Any]:
        outs = evaluate(body.jaxpr, body.consts, [*args[:constants], *unflatten(flat, avals)], machine)
        for place, cells in zip(places, outs[carried:], strict=True):
            machine.sinks[place](i, cells)
        return flatten(outs[:carried], avals, machine)

    flat = lax.fori_loop(0, given["length"], step, flatten(args[constants:], avals, machine))
    return [*unflatten(flat, avals), *(None for _ in places)]


def _cond(eqn: Any, args: list[np.ndarray], machine: Machine) -> list[np.ndarray]:
    avals = _avals(eqn.outvars)
    which, rest = args[0][()], args[1:]
    if np.ndim(which):
        raise refuse("lanes that take different branches")

    def branch(body: Any) -> Callable[[], list[Any]]:
        return lambda: flatten(evaluate(body.jaxpr, body.consts, rest, machine), avals, machine)

    branches = [branch(b) for b in eqn.params["branches"]]
    return unflatten(lax.switch(which, branches), avals)


def operations(jaxpr: Any) -> int:
    """Elementwise operations of a program, number by number; the body of a loop counts once."""
    count = 0
    for eqn, _ in live(jaxpr, [True] * len(jaxpr.outvars)):
        inner = [b for v in eqn.params.values() for b in (v if isinstance(v, tuple | list) else [v])]
        inner = [getattr(b, "jaxpr", b) for b in inner if hasattr(getattr(b, "jaxpr", b), "eqns")]
        if inner:
            count += sum(operations(b) for b in inner)
        elif eqn.primitive.name not in RULES:
            out = eqn.outvars[0].aval
            count += math.prod(eqn.invars[0].aval.shape if eqn.primitive.name in SUMS else out.shape) // (
                LANES if over_lanes(eqn.invars[0].aval) or over_lanes(out) else 1
            )
    return count
