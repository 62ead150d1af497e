r"""Rules: any optax optimiser, and the Euler-Maruyama integrator of the matching stochastic differential equation.

.. math:: d\theta = -\nabla L\,dt + dZ^\alpha_t, \qquad
          \theta_{k+1} = \theta_k - dt\,\nabla L(\theta_k) + dt^{1/\alpha}\,\zeta_k
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax


def euler_maruyama(dt: Any, noise: Any) -> optax.GradientTransformation:
    r"""Euler-Maruyama step of size `dt` of d theta = -grad L dt + dZ, Z a process with independent increments.

    `noise` is the increment over unit time in parameter units (`noise.gaussian(sigma)` is sigma dW, `noise.stable` a
    stable motion of index alpha); over dt it has scale dt**(1/alpha). Ito's reading: state-dependent noise takes the
    value at the start of the step. With dt = eta and sigma -> sqrt(eta) sigma this is the equation of SGD
    [li2017stochastic]. In an `Ensemble` give the two halves: `rule=drift(dt)`, `noise=increment(noise, dt)`,
    `units="parameter"`.
    """
    return optax.chain(drift(dt), increment(noise, dt))


def drift(dt: Any) -> optax.GradientTransformation:
    """The deterministic half: -grad L dt."""
    return optax.scale(-dt)


def increment(noise: Any, dt: Any) -> Any:
    """The noise over dt of a process whose increment over unit time is `noise`: scale dt**(1/alpha)."""
    return noise.times(dt ** (1 / noise.stability_index))


def parts(rule: optax.GradientTransformation) -> list[optax.GradientTransformation]:
    """The members of an `optax.chain`, flattened; a single transformation is a list of one."""
    wrapped = _closed_over(rule.update, "tx")
    if wrapped is not None:
        return parts(wrapped)
    inits, updates = _closed_over(rule.init, "init_fns"), _closed_over(rule.update, "update_fns")
    if inits is None or updates is None or len(inits) != len(updates):
        return [rule]
    pairs = [optax.GradientTransformationExtraArgs(i, u) for i, u in zip(inits, updates, strict=True)]
    return [part for pair in pairs for part in parts(pair)]


def _closed_over(function: Any, name: str) -> Any:
    """The value of the free variable `name` of a function, None where it has none."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    return function.__closure__[names.index(name)].cell_contents if name in names else None


def mixing_part(rule: optax.GradientTransformation, template: Any) -> str | None:
    """Name of the first part of `rule` whose update of one lane depends on another lane, or None.

    `template` holds the shapes of one lane's parameters, arrays (..., 1). Each part is tried on two lanes and on the
    first of them alone: clipping by global norm, normalised or trust-ratio updates differ.
    """
    generator = np.random.default_rng(0)
    two = jax.tree.map(lambda x: generator.normal(size=(*x.shape[:-1], 2)).astype(np.float32), template)
    grads = jax.tree.map(lambda x: (x * np.asarray([3.0, 500.0])).astype(np.float32), two)
    one, slope = (jax.tree.map(lambda x: x[..., :1], tree) for tree in (two, grads))
    for part in parts(rule):
        try:
            wide, _ = part.update(grads, part.init(two), two)
            narrow, _ = part.update(slope, part.init(one), one)
        except Exception:  # a part that cannot run alone is tried within the whole rule below
            continue
        pairs = zip(jax.tree.leaves(wide), jax.tree.leaves(narrow), strict=True)
        if any(not np.allclose(np.asarray(w)[..., :1], np.asarray(s), rtol=1e-3, atol=1e-12) for w, s in pairs):
            return getattr(part.update, "__qualname__", "rule").split(".")[0]
    return None
