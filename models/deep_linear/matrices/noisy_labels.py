r"""Two-layer networks and noisy labels: one white sample a step, and a linear twin that sees the same samples.

.. math:: \ell = \tfrac12\,\|W_2W_1x - y\|^2, \qquad y = Sx + \xi, \quad x \sim N(0, I)

.. math:: d_{out}\,W_1W_1^\top = d_{in}\,W_2^\top W_2 \qquad\text{(noise equilibrium)}

The twin A is a linear model trained on the same x and y. Its mean is S exactly, and it follows the labels' noise as the
product does: what the noise does to W_2 W_1 beyond that is W_2 W_1 - A, whose average needs far fewer steps.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from models.deep_linear.matrices.network import frame, product
from theorylab import noise
from theorylab.train.lanes import matmul, transpose

Sample = tuple[Float[Array, "inputs lanes"], Float[Array, "outputs lanes"]]


def equilibrium(draw: Any, c: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """At the target and at the noise equilibrium, aligned with the teacher of `c.data`; the twin at the target."""
    inner = frame(draw, c.hidden, len(c.s))
    tilt = (c.inputs / c.outputs) ** 0.25
    root = jnp.sqrt(jnp.asarray(c.s))[:, None]
    first = matmul(inner * root[:, 0, None] * tilt, transpose(c.data["V"]))
    second = matmul(c.data["U"] * root[:, 0, None] / tilt, transpose(inner))
    return {"W1": first, "W2": second, "A": c.data["target"]}


def samples(draw: Any, c: Any) -> Sample:
    """An input x (inputs, lanes) and the noise of its label (outputs, lanes), as `c.noise` names it."""
    x = draw.normal((c.inputs,))
    return x, noise.label_noise(c).draw(draw, (c.outputs,))


def loss(params: Any, c: Any, sample: Sample) -> Float[Array, " lanes"]:
    """Half the squared error of the network on the sample, and that of its twin: (lanes,)."""
    x, xi = sample
    y = matmul(c.data["target"], x[:, None]) + xi[:, None]
    network = matmul(params["W2"], matmul(params["W1"], x[:, None]))
    return 0.5 * ((network - y) ** 2).sum((0, 1)) + 0.5 * ((matmul(params["A"], x[:, None]) - y) ** 2).sum((0, 1))


def sample_loss(params: Any, c: Any, sample: Sample) -> Float[Array, " lanes"]:
    """Half the squared error of a network of any depth on the sample: (lanes,)."""
    x, xi = sample
    error = matmul(product(params) - c.data["target"], x[:, None]) - xi[:, None]
    return 0.5 * (error**2).sum((0, 1))


def layers(params: Any) -> dict[str, Float[Array, "_ _ lanes"]]:
    """The network without its twin."""
    return {name: params[name] for name in ("W1", "W2")}


def shifts(params: Any, c: Any) -> Float[Array, "modes lanes"]:
    """U_i' (W2 W1 - A) V_i for each of the teacher's modes: (modes, lanes)."""
    gap = product(layers(params)) - params["A"]
    return (c.data["U"] * matmul(gap, c.data["V"])).sum(0)
