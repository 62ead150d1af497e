"""The engine as a user reaches it: an `Ensemble`, a `noise`, an optax rule."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks import workloads as w
from models.superposition.model import independent, init, sampled_loss
from theorylab import Ensemble, noise, observe
from theorylab.lanes import matmul

S, TARGET = np.eye(8, dtype=np.float32)[..., None], w.TARGET[..., None]


def process(c):
    """The noise of a workload."""
    if c.noise == "stable":
        base = noise.stable(c.alpha, c.scale)
        return noise.clipped(base, w.CLIP * c.scale) if c.clip else base
    base = noise.gaussian(c.scale)
    return noise.differenced(base) if c.noise == "differenced" else base


def cell(workload: w.Workload, scale: float, **more):
    """The settings of a workload."""
    return SimpleNamespace(scale=scale, alpha=w.ALPHA, noise=workload.noise, steps=workload.steps, clip=False, **more)


def network_loss(p, c):
    """W1."""
    error = matmul(p["W3"], matmul(p["W2"], p["W1"])) - TARGET
    return 0.5 * (error * matmul(error, S)).sum((0, 1))


def network(workload: w.Workload):
    """W1."""
    ensemble = Ensemble(
        loss=network_loss,
        init=lambda draw, c: {k: 0.3 * draw.normal((8, 8)) for k in ("W1", "W2", "W3")},
        noise=process,
        rule=lambda c: optax.sgd(c.eta),
        units="parameter",
        observe={"value": observe.final(network_loss)},
        every=lambda c: c.steps,
    )
    c = cell(workload, w.SCALE, eta=w.ETA)
    c.clip = True
    return ensemble, c, lambda v: w.mean_of(v, workload.units)


def within(limit: float) -> optax.GradientTransformation:
    """Keeps every parameter in [-limit, limit]."""
    return optax.stateless(
        lambda updates, params: jax.tree.map(lambda u, p: jnp.clip(p + u, -limit, limit) - p, updates, params)
    )


def double_well(workload: w.Workload):
    """W2: drift x - x^3 from the potential (x^2 - 1)^2/4, and -y from y^2/2; gradient noise c/dt."""
    plane = workload.kind == "W2 plane"

    def start(draw, c):
        x = 0 * draw.normal(()) - 1
        return {"x": x, "y": 0 * x} if plane else {"x": x}

    ensemble = Ensemble(
        loss=lambda p, c: 0.25 * (p["x"] ** 2 - 1) ** 2 + (0.5 * p["y"] ** 2 if plane else 0),
        init=start,
        noise=process,
        rule=lambda c: optax.chain(optax.sgd(c.eta), within(w.BARRIER)),
        observe={"value": observe.first(lambda p, c: p["x"] > 0)},
        every=lambda c: c.steps,
    )
    return ensemble, cell(workload, workload.kick / w.DT, eta=w.DT), lambda v: w.mean_of(v >= 0, workload.units)


def superposition(workload: w.Workload):
    """W3."""
    ensemble = Ensemble(
        loss=sampled_loss,
        init=init,
        batch=independent,
        rule=lambda c: optax.adam(0.01) if c.rule == "adam" else optax.sgd(0.1),
        observe={"value": observe.final(lambda p, c: (p["W"] ** 2).sum((0, 1)))},
        every=lambda c: c.steps,
    )
    c = SimpleNamespace(
        n=w.N, m=w.M, spread=0.5, density=w.DENSITY, batch=w.BATCH, steps=workload.steps, rule=workload.rule
    )
    return ensemble, c, lambda v: w.mean_of(v, workload.units)


def addition_loss(p, c):
    """W4: one network."""
    hidden = (p["U"][:, None] + p["V"][None]) ** 2
    answer = (hidden.reshape(-1, w.HIDDEN) @ p["W"]).reshape(w.P, w.P, w.P)
    total = jnp.arange(w.P)
    wanted = jax.nn.one_hot((total[:, None] + total) % w.P, w.P)
    return ((answer - wanted) ** 2).sum(-1).mean()


def addition(workload: w.Workload):
    """W4."""
    ensemble = Ensemble(
        loss=addition_loss,
        init=lambda draw, c: {
            "U": draw.normal((w.P, w.HIDDEN)) / w.P**0.5,
            "V": draw.normal((w.P, w.HIDDEN)) / w.P**0.5,
            "W": draw.normal((w.HIDDEN, w.P)) / w.HIDDEN**0.5,
        },
        rule=lambda c: optax.sgd(1.0),
        observe={"value": observe.final(addition_loss)},
        every=lambda c: c.steps,
        layout="batched",
    )
    return ensemble, SimpleNamespace(steps=workload.steps), lambda v: w.mean_of(v, workload.units)


def chains(workload: w.Workload):
    """SGLD: noise of the parameters, gradient and localisation by the rule; the loss on all inputs every 10 draws."""
    x, weights, biases, at_centre = w.centre()
    feature, value = jnp.asarray(x.argmax(1)), jnp.asarray(x.max(1))
    origin = {"W": weights[..., None], "b": biases[..., None]}

    def some(draw, c):
        chosen = draw.integers((w.SUBSET,), w.SAMPLES)
        return jnp.where(feature[chosen] == jnp.arange(w.N)[:, None, None], value[chosen], 0)

    def all_inputs(p, c):
        return sampled_loss(p, c, jnp.asarray(x.T)[..., None])

    def pull(grads, params):
        return jax.tree.map(lambda g, p, o: -0.5 * w.STEP * (w.BETA * g + w.LOCAL * (p - o)), grads, params, origin)

    ensemble = Ensemble(
        loss=sampled_loss,
        init=lambda draw, c: jax.tree.map(lambda o: o + jnp.zeros(draw.key[0].shape), origin),
        batch=some,
        noise=process,
        units="parameter",
        rule=lambda c: optax.stateless(pull),
        observe={"value": observe.mean(all_inputs)},
        every=10,
        records=lambda c: c.steps // 10,
    )
    return (
        ensemble,
        cell(workload, w.STEP**0.5),
        lambda v: w.mean_of(w.BETA * (np.asarray(v) - at_centre), workload.units),
    )


def draws(workload: w.Workload):
    """Sums of numbers: a network that no gradient moves."""
    ensemble = Ensemble(
        loss=lambda p, c: 0 * p["x"],
        init=lambda draw, c: {"x": 0 * draw.normal(())},
        noise=process,
        units="parameter",
        rule=lambda c: optax.sgd(1.0),
        observe={"value": observe.final(lambda p, c: p["x"])},
        every=lambda c: c.steps,
    )
    return ensemble, cell(workload, 1.0), lambda v: w.size_of(v, workload)


MAKE = {
    "W1": network, "W2": double_well, "W2 plane": double_well, "W3": superposition, "W4": addition, "SGLD": chains,
    "draws": draws,
}  # fmt: skip


def contestant(workload: w.Workload) -> w.Contestant:
    """theorylab on this workload."""
    ensemble, c, result = MAKE[workload.kind](workload)
    return lambda seed: result(ensemble(c, seed, 0, workload.replicates)["value"])
