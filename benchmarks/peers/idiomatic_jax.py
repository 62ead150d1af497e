"""What one writes in JAX without this library: `scan` over `vmap(grad)`, a key per replicate, default flags."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import workloads as w

TARGET, S = jnp.asarray(w.TARGET), jnp.eye(8)


def textbook_stable(key, shape, alpha):
    """Chambers, Mallows, Stuck (1976) as in textbooks."""
    one, two = jax.random.split(key)
    angle = jax.random.uniform(one, shape, minval=-jnp.pi / 2, maxval=jnp.pi / 2)
    weight = jax.random.exponential(two, shape)
    return (
        jnp.sin(alpha * angle)
        / jnp.cos(angle) ** (1 / alpha)
        * (jnp.cos((1 - alpha) * angle) / weight) ** ((1 - alpha) / alpha)
    )


def _draw(key, shape, kind, alpha):
    if kind != "stable":
        return jax.random.normal(key, shape)
    return jnp.nan_to_num(jnp.clip(textbook_stable(key, shape, alpha), -w.CLIP, w.CLIP))


def loss(p):
    """W1."""
    error = p[2] @ p[1] @ p[0] - TARGET
    return 0.5 * jnp.trace(error @ S @ error.T)


def _network(workload):
    @jax.jit
    def go(key, alpha):
        keys = jax.random.split(key, workload.replicates)
        p = jax.vmap(lambda k: 0.3 * jax.random.normal(k, (3, 8, 8)))(keys)

        def step(carry, _):
            p, keys, previous = carry
            keys, sub = jnp.moveaxis(jax.vmap(jax.random.split)(keys), 1, 0)
            fresh = jax.vmap(lambda k: _draw(k, (3, 8, 8), workload.noise, alpha))(sub)
            xi = fresh - previous if workload.noise == "differenced" else fresh
            p = p - w.ETA * jax.vmap(jax.grad(loss))(p) + w.SCALE * xi
            return (p, keys, fresh if workload.noise == "differenced" else previous), None

        start = (p, keys, jnp.zeros_like(p) if workload.noise == "differenced" else 0.0)
        return jax.vmap(loss)(jax.lax.scan(step, start, None, length=workload.steps)[0][0])

    return lambda seed: w.mean_of(np.asarray(go(jax.random.key(seed), w.ALPHA)), workload.units)


def _scale(workload):
    return 0.07 if workload.noise == "gaussian" else 0.3 * w.DT ** (1 / w.ALPHA)


def _advance(x, zeta, scale):
    return jnp.clip(x + (x - x**3) * w.DT + scale * zeta, -w.BARRIER, w.BARRIER)


def _free(key, shape, workload, alpha):
    if workload.noise == "gaussian":
        return jax.random.normal(key, shape)
    return jnp.nan_to_num(textbook_stable(key, shape, alpha))


def _paths(workload):
    paths, scale = workload.replicates // 4, _scale(workload)

    @jax.jit
    def go(key, alpha):
        def path(key):
            def step(carry, _):
                x, key, passed = carry
                key, sub = jax.random.split(key)
                x = _advance(x, _free(sub, (), workload, alpha), scale)
                return (x, key, passed | (x > 0)), None

            return jax.lax.scan(step, (jnp.float32(-1), key, False), None, length=workload.steps)[0][2]

        return jax.vmap(path)(jax.random.split(key, paths))

    return lambda seed: w.mean_of(np.asarray(go(jax.random.key(seed), w.ALPHA)), paths * workload.steps)


def _batched(workload):
    scale = _scale(workload)

    @jax.jit
    def go(key, alpha):
        def step(carry, key):
            x, passed = carry
            x = _advance(x, _free(key, x.shape, workload, alpha), scale)
            return (x, passed | (x > 0)), None

        start = (jnp.full(workload.replicates, -1.0), jnp.zeros(workload.replicates, bool))
        return jax.lax.scan(step, start, jax.random.split(key, workload.steps))[0][1]

    return lambda seed: w.mean_of(np.asarray(go(jax.random.key(seed), w.ALPHA)), workload.units)


def contestants(workload: w.Workload) -> dict[str, w.Contestant]:
    """`jax` on every workload, `jax_one_key` on W2."""
    if workload.kind == "W1":
        return {"jax": _network(workload)}
    return {"jax": _paths(workload), "jax_one_key": _batched(workload)}
