"""The engine as a user reaches it: an `Ensemble`, a `noise`, an optax rule."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks import workloads as w
from theorylab import Ensemble, noise, observe
from theorylab.lanes import matmul

S, M = np.eye(8, dtype=np.float32)[..., None], w.TARGET[..., None]


def network_loss(p, c):
    """W1."""
    error = matmul(p["W3"], matmul(p["W2"], p["W1"])) - M
    return 0.5 * (error * matmul(error, S)).sum((0, 1))


def process(c):
    """The noise of a workload."""
    if c.noise == "stable":
        base = noise.stable(c.alpha, c.scale)
        return noise.clipped(base, w.CLIP * c.scale) if c.clip else base
    base = noise.gaussian(c.scale)
    return noise.differenced(base) if c.noise == "differenced" else base


def network(layout: str = "lanes") -> Ensemble:
    """W1's ensemble."""
    return Ensemble(
        loss=network_loss,
        init=lambda draw, c: {k: 0.3 * draw.normal((8, 8)) for k in ("W1", "W2", "W3")},
        noise=process,
        rule=lambda c: optax.sgd(c.eta),
        units="parameter",
        observe={"loss": observe.final(network_loss)},
        every=lambda c: c.steps,
    )


def within(limit: float) -> optax.GradientTransformation:
    """Keeps every parameter in [-limit, limit]."""
    return optax.stateless(
        lambda updates, params: jax.tree.map(lambda u, p: jnp.clip(p + u, -limit, limit) - p, updates, params)
    )


def double_well() -> Ensemble:
    """W2's ensemble: drift x - x^3 from the potential (x^2 - 1)^2 / 4, gradient noise c / dt."""
    return Ensemble(
        loss=lambda p, c: 0.25 * (p["x"] ** 2 - 1) ** 2,
        init=lambda draw, c: {"x": 0 * draw.normal(()) - 1},
        noise=process,
        rule=lambda c: optax.chain(optax.sgd(c.eta), within(w.BARRIER)),
        observe={"passed": observe.first(lambda p, c: p["x"] > 0)},
        every=lambda c: c.steps,
    )


def contestant(workload: w.Workload) -> w.Contestant:
    """theorylab on this workload."""
    if workload.kind == "W1":
        ensemble, name = network(), "loss"
        c = SimpleNamespace(
            eta=w.ETA, scale=w.SCALE, alpha=w.ALPHA, noise=workload.noise, steps=workload.steps, clip=True
        )
    else:
        ensemble, name = double_well(), "passed"
        scale = 0.07 if workload.noise == "gaussian" else 0.3 * w.DT ** (1 / w.ALPHA)
        c = SimpleNamespace(
            eta=w.DT, scale=scale / w.DT, alpha=w.ALPHA, noise=workload.noise, steps=workload.steps, clip=False
        )

    def run(seed: int) -> w.Result:
        values = ensemble(c, seed, 0, workload.replicates)[name]
        return w.mean_of(values if name == "loss" else values >= 0, workload.units)

    return run
