r"""Two factors near the origin at many learning rates at once: does their product fall or grow?

.. math:: u \leftarrow u - \eta_j\,w\,(uw - \bar y), \quad w \leftarrow w - \eta_j\,u\,(uw - \bar y),
          \qquad \bar y = v + \frac1B\sum_b\xi_b

Every rung eta_j of the ladder `c.ladder` sees the same labels, and so does a mirrored network, v - xi for v + xi: the
law of the noise is symmetric, and the pair's mean is free of the noise's odd part. The weights start so small that the
product never comes near its target: {"u": (2, rungs, lanes), "w": (2, rungs, lanes)}.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jaxtyping import Float

from theorylab import noise

START = 1e-110  # both factors: float64 has room below and above


def tiny(draw: Any, c: Any) -> dict[str, Float[Array, "2 rungs lanes"]]:
    """Balanced factors far below the target."""
    one = jnp.full((2, len(c.ladder), *draw.key[0].shape), START)
    return {"u": one, "w": one}


def labels(draw: Any, c: Any) -> Float[Array, "2 lanes"]:
    """The mean of a batch of labels v + xi, xi as `c.noise` names it, and that of v - xi: (2, lanes)."""
    xi = noise.label_noise(c).draw(draw, (c.B,)).mean(0)
    return jnp.stack([c.v + xi, c.v - xi])


def scale(c: Any) -> float:
    """The scale of one label's noise."""
    return c.gamma * noise.gain(c.noise, c.alpha)


def loss(
    params: dict[str, Float[Array, "2 rungs lanes"]], c: Any, y: Float[Array, "2 lanes"]
) -> Float[Array, " lanes"]:
    """The losses of all rungs, added: (lanes,)."""
    return (0.5 * (params["u"] * params["w"] - y[:, None]) ** 2).sum((0, 1))


def each_rate(c: Any) -> optax.GradientTransformation:
    """SGD, every rung at its own learning rate."""
    rates = lambda: -jnp.asarray(c.ladder)[:, None]
    return optax.stateless(lambda grads, _: jax.tree.map(lambda g: rates() * g, grads))


def log_product(params: dict[str, Float[Array, "2 rungs lanes"]], c: Any) -> Float[Array, "rungs lanes"]:
    """ln|u w|, averaged over the pair: (rungs, lanes)."""
    return (jnp.log(jnp.abs(params["u"])) + jnp.log(jnp.abs(params["w"]))).mean(0)


def slopes(data: Any, c: Any) -> np.ndarray:
    """Change of ln|u w| per step, after the first look: (replicate, rung)."""
    looks = data["log"].values
    return (looks[:, -1] - looks[:, 0]) / ((looks.shape[1] - 1) * c.every)


def edges(data: Any, c: Any) -> np.ndarray | None:
    """Learning rates where the mean slope first turns negative and last positive: (replicate, 2), influences included.

    By a cubic spline of the slopes in ln eta; None where the mean slope does not do both.
    """
    from scipy.interpolate import CubicSpline

    each, place = slopes(data, c), np.log(c.ladder)
    mean = CubicSpline(place, each.mean(0))
    roots = mean.roots(extrapolate=False)
    falls, rises = roots[mean(roots, 1) < 0], roots[mean(roots, 1) > 0]
    if len(falls) == 0 or len(rises) == 0:
        return None
    found = np.array([falls[0], rises[-1]])
    shift = -CubicSpline(place, each, axis=1)(found) / mean(found, 1)
    return np.exp(found) * (1 + shift)
