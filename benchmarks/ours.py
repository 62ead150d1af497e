"""The engine as a user reaches it: an `Ensemble`, a `noise`, an optax rule."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks import workloads as w
from models.superposition.model import independent, init, sampled_loss
from theorylab import Ensemble, noise
from theorylab.train import observe
from theorylab.train.lanes import matmul

S, TARGET = np.eye(8, dtype=np.float32)[..., None], w.TARGET[..., None]


def process(c):
    """The noise of a workload."""
    if c.noise == "stable":
        base = noise.stable(c.alpha, c.scale)
        return noise.clipped(base, w.CLIP * c.scale) if c.clip else base
    base = noise.gaussian(c.scale)
    return noise.differenced(base) if c.noise == "differenced" else base


def network_loss(p, c):
    """W1."""
    error = matmul(p["W3"], matmul(p["W2"], p["W1"])) - TARGET
    return 0.5 * (error * matmul(error, S)).sum((0, 1))


def small_loss(p, c):
    """4x4."""
    return 0.5 * ((matmul(p["W2"], p["W1"]) - w.SMALL[..., None]) ** 2).sum((0, 1))


def network(loss=network_loss, layers=("W1", "W2", "W3"), width: int = 8) -> Ensemble:
    """W1 and 4x4."""
    return Ensemble(
        loss=loss,
        init=lambda draw, c: {k: 0.3 * draw.normal((width, width)) for k in layers},
        noise=process,
        rule=lambda c: optax.sgd(c.eta),
        units="parameter",
        observe={"loss": observe.final(loss)},
        every=lambda c: c.steps,
    )


def within(limit: float) -> optax.GradientTransformation:
    """Keeps every parameter in [-limit, limit]."""
    return optax.stateless(
        lambda updates, params: jax.tree.map(lambda u, p: jnp.clip(p + u, -limit, limit) - p, updates, params)
    )


def double_well(plane: bool = False) -> Ensemble:
    """W2: drift x - x^3 from the potential (x^2 - 1)^2/4, and -y from y^2/2; gradient noise c/dt."""

    def start(draw, c):
        x = 0 * draw.normal(()) - 1
        return {"x": x, "y": 0 * x} if plane else {"x": x}

    return Ensemble(
        loss=lambda p, c: 0.25 * (p["x"] ** 2 - 1) ** 2 + (0.5 * p["y"] ** 2 if plane else 0),
        init=start,
        noise=process,
        rule=lambda c: optax.chain(optax.sgd(c.eta), within(w.BARRIER)),
        observe={"passed": observe.first(lambda p, c: p["x"] > 0)},
        every=lambda c: c.steps,
    )


def superposition() -> Ensemble:
    """W3."""
    return Ensemble(
        loss=sampled_loss,
        init=init,
        batch=independent,
        rule=lambda c: optax.adam(0.01) if c.rule == "adam" else optax.sgd(0.1),
        observe={"size": observe.final(lambda p, c: (p["W"] ** 2).sum((0, 1)))},
        every=lambda c: c.steps,
    )


def addition_loss(p, c):
    """W4: one network."""
    hidden = (p["U"][:, None] + p["V"][None]) ** 2
    answer = (hidden.reshape(-1, w.HIDDEN) @ p["W"]).reshape(w.P, w.P, w.P)
    total = jnp.arange(w.P)
    wanted = jax.nn.one_hot((total[:, None] + total) % w.P, w.P)
    return ((answer - wanted) ** 2).sum(-1).mean()


def addition() -> Ensemble:
    """W4."""
    return Ensemble(
        loss=addition_loss,
        init=lambda draw, c: {
            "U": draw.normal((w.P, w.HIDDEN)) / w.P**0.5,
            "V": draw.normal((w.P, w.HIDDEN)) / w.P**0.5,
            "W": draw.normal((w.HIDDEN, w.P)) / w.HIDDEN**0.5,
        },
        rule=lambda c: optax.sgd(1.0),
        observe={"loss": observe.final(addition_loss)},
        every=lambda c: c.steps,
        layout="batched",
    )


def chains() -> Ensemble:
    """SGLD: noise of the parameters, gradient and localisation by the rule; the loss on all inputs every 10 draws."""
    x, weights, biases, _ = w.centre()
    feature, value = jnp.asarray(x.argmax(1)), jnp.asarray(x.max(1))
    origin = {"W": weights[..., None], "b": biases[..., None]}

    def some(draw, c):
        chosen = draw.integers((w.SUBSET,), w.SAMPLES)
        return jnp.where(feature[chosen] == jnp.arange(w.N)[:, None, None], value[chosen], 0)

    def all_inputs(p, c):
        return sampled_loss(p, c, jnp.asarray(x.T)[..., None])

    def pull(grads, params):
        return jax.tree.map(lambda g, p, o: -0.5 * w.STEP * (w.BETA * g + w.LOCAL * (p - o)), grads, params, origin)

    return Ensemble(
        loss=sampled_loss,
        init=lambda draw, c: jax.tree.map(lambda o: o + jnp.zeros(draw.key[0].shape), origin),
        batch=some,
        noise=process,
        units="parameter",
        rule=lambda c: optax.stateless(pull),
        observe={"loss": observe.mean(all_inputs)},
        every=10,
        snapshots=lambda c: c.steps // 10,
    )


def draws() -> Ensemble:
    """Sums of numbers: a network that no gradient moves."""
    return Ensemble(
        loss=lambda p, c: 0 * p["x"],
        init=lambda draw, c: {"x": 0 * draw.normal(())},
        noise=process,
        units="parameter",
        rule=lambda c: optax.sgd(1.0),
        observe={"x": observe.final(lambda p, c: p["x"])},
        every=lambda c: c.steps,
    )


def made(workload: w.Workload):
    """(ensemble, its cell, statistic of its one observable) of a workload."""
    c = SimpleNamespace(scale=1.0, alpha=w.ALPHA, noise=workload.noise, steps=workload.steps, clip=False)
    match workload.kind:
        case "W1" | "4x4":
            c.scale, c.eta, c.clip = w.SCALE, w.ETA, True
            ensemble = network() if workload.kind == "W1" else network(small_loss, ("W1", "W2"), 4)
            return ensemble, c, lambda v: w.mean_of(v, workload.units)
        case "W2" | "W2 plane":
            c.scale, c.eta = workload.kick / w.DT, w.DT
            return double_well(workload.kind != "W2"), c, lambda v: w.mean_of(v >= 0, workload.units)
        case "W3":
            c.n, c.m, c.spread, c.density, c.batch, c.rule = w.N, w.M, 0.5, w.DENSITY, w.BATCH, workload.rule
            return superposition(), c, lambda v: w.mean_of(v, workload.units)
        case "W4":
            return addition(), c, lambda v: w.mean_of(v, workload.units)
        case "SGLD":
            c.scale, centre = w.STEP**0.5, w.centre()[3]
            return chains(), c, lambda v: w.mean_of(w.BETA * (np.asarray(v) - centre), workload.units)
        case _:
            return draws(), c, lambda v: w.size_of(v, workload)


def contestant(workload: w.Workload, dtype: str = "float32") -> w.Contestant:
    """theorylab on this workload."""
    ensemble, c, result = made(workload)
    c.dtype, (name,) = dtype, ensemble.observe
    return lambda seed: result(ensemble(c, seed, 0, workload.replicates)[name])


def in_double(workload: w.Workload) -> dict[str, w.Contestant]:
    """theorylab in float64: what double precision costs."""
    return {"float64": contestant(workload, "float64")} if workload.kind in ("W1", "W2", "W3", "W4") else {}
