r"""The loop inside an ensemble's program: burn-in, then `snapshots` times `every` steps and a look.

.. math:: \theta_{k+1} = \theta_k + U(\nabla L(\theta_k; b_k) + \xi_k)

Batches are drawn one step ahead and observers of every step read the state that enters it, so that each draw is
consumed once: the compiler would otherwise compute the generator again for each reader.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax
from jaxtyping import Bool, Float, Int32, Num, UInt32

from theorylab import random
from theorylab.train.spec import Spec

Ids = UInt32[Array | np.ndarray, "*lanes"]  # (lanes,), or () where functions see one network
Numbers = Num[Array, "*shape"]


def bind(ensemble: Spec, c: Any, seeds: Any, ids: Ids) -> Any:
    """`c` with what the replicates `ids` keep for life at `c.data`."""
    if ensemble.data is not None:
        c.data = ensemble.data(random.Draw(random.lane_key(seeds, random.DATA, ids), 0), c)
    return c


def simulate(
    ensemble: Spec, c: Any, seeds: Any, ids: Ids, snapshots: int, lengths: Int32[Array | np.ndarray, "2"]
) -> dict[str, Array]:
    """All steps of the lanes `ids`: burn-in, then `snapshots` times `every` steps and a look."""
    lanes = ensemble.layout == "lanes"
    c = bind(ensemble, c, seeds, ids)
    params = ensemble.init(random.Draw(random.lane_key(seeds, random.INIT, ids), 0), c)
    optimizer = ensemble.rule(c)
    process = ensemble.noise(c) if ensemble.noise is not None else None
    if process is not None:
        process = process.at(seeds, ids)
        optimizer = optax.chain(*((process, optimizer) if ensemble.units == "gradient" else (optimizer, process)))
    following = feed(ensemble, c, seeds, ids)
    each_step = {k: o.f for k, o in ensemble.observe.items() if o.kind == "first"}
    each_snapshot = {k: o for k, o in ensemble.observe.items() if o.kind in ("mean", "trace")}

    def total(params: Any, batch: Any) -> Float[Array, ""]:
        value = ensemble.loss(params, c) if batch is None else ensemble.loss(params, c, batch[0])
        return value.sum()

    def step(_: Any, carry: Any) -> Any:
        params, state, batch, passed, k = carry
        passed = {n: jnp.where((passed[n] < 0) & f(params, c), k, passed[n]) for n, f in each_step.items()}
        updates, state = optimizer.update(jax.grad(total)(params, batch), state, params)
        return optax.apply_updates(params, updates), state, following(batch, k + 1), passed, k + 1

    def snapshot(carry: Any, _: Any) -> Any:
        inner, sums, last, broken = carry
        inner = lax.fori_loop(0, lengths[1], step, inner)
        params, k = inner[0], inner[-1]
        finite = _finite(params, lanes)
        broken = jnp.where((broken < 0) & ~finite, last, broken)
        seen = {n: o.f(params, c) for n, o in each_snapshot.items()}
        sums = {n: _add(sums[n], seen[n]) for n in sums}
        return (inner, sums, k, broken), {n: v for n, v in seen.items() if each_snapshot[n].kind == "trace"}

    passed = {n: jnp.full(ids.shape, -1, jnp.int32) for n in each_step}
    inner = (params, optimizer.init(params), following(None, jnp.int32(0)), passed, jnp.int32(0))
    inner = lax.fori_loop(0, lengths[0], step, inner)
    broken = jnp.where(_finite(inner[0], lanes), jnp.int32(-1), jnp.int32(0))
    zeros = {n: jnp.zeros_like(o.f(inner[0], c)) for n, o in each_snapshot.items() if o.kind == "mean"}
    carry = (inner, {n: (z, z) for n, z in zeros.items()}, inner[-1], broken)
    (inner, sums, _, broken), traces = lax.scan(snapshot, carry, None, length=snapshots)
    params, passed = inner[0], inner[3]
    passed = {n: jnp.where((v < 0) & each_step[n](params, c), inner[-1], v) for n, v in passed.items()}
    ends = {n: o.f(params, c) for n, o in ensemble.observe.items() if o.kind == "final"}
    means = {n: s / max(snapshots, 1) for n, (s, _) in sums.items()}
    return {**means, **traces, **ends, **passed, "diverged": broken}


def _add(pair: tuple[Numbers, Numbers], value: Numbers) -> tuple[Numbers, Numbers]:
    """Kahan's compensated sum: the error does not grow with the number of snapshots."""
    total, low = pair
    value = value - low
    new = total + value
    return new, (new - total) - value


def _finite(params: Any, lanes: bool) -> Bool[Array, "*lanes"]:
    ok = [jnp.isfinite(x).all(axis=tuple(range(x.ndim - 1 if lanes else x.ndim))) for x in jax.tree.leaves(params)]
    return jnp.stack(ok).all(axis=0)


def feed(ensemble: Spec, c: Any, seeds: Any, ids: Ids) -> Callable[[Any, Array], Any]:
    """A function (previous, k): the batch of step k as (value, state), or None where the loss takes none."""
    if ensemble.stream is not None:
        stream = ensemble.stream(c)
        key = random.lane_key(seeds, random.BATCH, ids)
        return lambda previous, k: stream.next(stream.init(key) if previous is None else previous[1])
    if ensemble.batch is not None:
        draw, key = ensemble.batch, random.lane_key(seeds, random.BATCH, ids)
        return lambda previous, k: (draw(random.Draw(key, k), c), ())
    return lambda previous, k: None
