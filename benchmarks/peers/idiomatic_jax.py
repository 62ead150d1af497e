"""What one writes in JAX without this library: `scan` over `vmap(grad)`, a key per replicate, default flags."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax

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


def small_loss(p):
    """4x4."""
    return 0.5 * ((p[1] @ p[0] - w.SMALL) ** 2).sum()


def _network(workload, loss=loss, shape=(3, 8, 8)):
    @jax.jit
    def go(key, alpha):
        keys = jax.random.split(key, workload.replicates)
        p = jax.vmap(lambda k: 0.3 * jax.random.normal(k, shape))(keys)

        def step(carry, _):
            p, keys, previous = carry
            keys, sub = jnp.moveaxis(jax.vmap(jax.random.split)(keys), 1, 0)
            fresh = jax.vmap(lambda k: _draw(k, shape, workload.noise, alpha))(sub)
            xi = fresh - previous if workload.noise == "differenced" else fresh
            p = p - w.ETA * jax.vmap(jax.grad(loss))(p) + w.SCALE * xi
            return (p, keys, fresh if workload.noise == "differenced" else previous), None

        start = (p, keys, jnp.zeros_like(p) if workload.noise == "differenced" else 0.0)
        return jax.vmap(loss)(jax.lax.scan(step, start, None, length=workload.steps)[0][0])

    return lambda seed: w.mean_of(np.asarray(go(jax.random.key(seed), w.ALPHA)), workload.units)


def _advance(x, zeta, workload):
    drift = x - x**3 if workload.kind == "W2" else jnp.stack([x[0] - x[0] ** 3, -x[1]])
    return jnp.clip(x + drift * w.DT + workload.kick * zeta, -w.BARRIER, w.BARRIER)


def _free(key, shape, workload, alpha):
    if workload.noise == "gaussian":
        return jax.random.normal(key, shape)
    return jnp.nan_to_num(textbook_stable(key, shape, alpha))


def _start(workload, shape=()):
    return jnp.full(shape, -1.0) if workload.kind == "W2" else jnp.stack([jnp.full(shape, -1.0), jnp.zeros(shape)])


def _first(x, workload):
    return x if workload.kind == "W2" else x[0]


def _paths(workload):
    paths = workload.replicates // 4

    @jax.jit
    def go(key, alpha):
        def path(key):
            def step(carry, _):
                x, key, passed = carry
                key, sub = jax.random.split(key)
                x = _advance(x, _free(sub, x.shape, workload, alpha), workload)
                return (x, key, passed | (_first(x, workload) > 0)), None

            return jax.lax.scan(step, (_start(workload), key, False), None, length=workload.steps)[0][2]

        return jax.vmap(path)(jax.random.split(key, paths))

    return lambda seed: w.mean_of(np.asarray(go(jax.random.key(seed), w.ALPHA)), paths * workload.steps)


def _batched(workload):
    @jax.jit
    def go(key, alpha):
        def step(carry, key):
            x, passed = carry
            x = _advance(x, _free(key, x.shape, workload, alpha), workload)
            return (x, passed | (_first(x, workload) > 0)), None

        start = (_start(workload, (workload.replicates,)), jnp.zeros(workload.replicates, bool))
        return jax.lax.scan(step, start, jax.random.split(key, workload.steps))[0][1]

    return lambda seed: w.mean_of(np.asarray(go(jax.random.key(seed), w.ALPHA)), workload.units)


def _superposition(workload):
    rule = optax.adam(0.01) if workload.rule == "adam" else optax.sgd(0.1)

    def loss(p, x):
        answer = jax.nn.relu(x @ p["W"].T @ p["W"] + p["b"])
        return ((answer - x) ** 2).sum(1).mean()

    @jax.jit
    def go(key):
        def one(key):
            start, key = jax.random.split(key)
            p = {"W": 0.5 * jax.random.normal(start, (w.M, w.N)), "b": jnp.zeros(w.N)}

            def step(carry, _):
                p, state, key = carry
                key, fate, value = jax.random.split(key, 3)
                shape = (w.BATCH, w.N)
                x = jnp.where(jax.random.uniform(fate, shape) < w.DENSITY, jax.random.uniform(value, shape), 0)
                updates, state = rule.update(jax.grad(loss)(p, x), state)
                return (optax.apply_updates(p, updates), state, key), None

            (p, _, _), _ = jax.lax.scan(step, (p, rule.init(p), key), None, length=workload.steps)
            return (p["W"] ** 2).sum()

        return jax.vmap(one)(jax.random.split(key, workload.replicates))

    return lambda seed: w.mean_of(np.asarray(go(jax.random.key(seed))), workload.units)


def _sums(workload):
    @jax.jit
    def go(key, alpha):
        def step(x, key):
            return x + _free(key, x.shape, workload, alpha), None

        return jax.lax.scan(step, jnp.zeros(workload.replicates), jax.random.split(key, workload.steps))[0]

    return lambda seed: w.size_of(np.asarray(go(jax.random.key(seed), w.ALPHA)), workload)


def contestants(workload: w.Workload) -> dict[str, w.Contestant]:
    """`jax` on what has a natural form, `jax_one_key` on W2."""
    if workload.kind.startswith("W2"):
        return {"jax": _paths(workload), "jax_one_key": _batched(workload)}
    if workload.kind == "4x4":
        return {"jax": _network(workload, small_loss, (2, 4, 4))}
    make = {"W1": _network, "W3": _superposition, "draws": _sums}.get(workload.kind)
    return {"jax": make(workload)} if make else {}
