r"""The tempered posterior of a deep linear network, and chains that sample it: exactly, or by Langevin steps.

.. math:: p(w) \propto e^{-U(w)}, \qquad U = \beta L + \tfrac12|w|^2, \qquad L = \tfrac12\,\|W_L\cdots W_1 - S\|_F^2

Given the others, a layer W between A above and C below is Gaussian: with A'A = U diag(a) U' and CC' = V diag(c) V'
the elements of U'WV are independent, with precision beta a_i c_j + 1 and mean beta (U'A'SC'V)_ij over it. `gibbs` draws
layer after layer, with nothing to tune; its mean loss is that of the Gaussian, not of the draw (Rao-Blackwell). The
Langevin steps, taken always ("sgld": the full gradient) or by Metropolis's rule ("mala"), are the engine's.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float, UInt32

from models.deep_linear.matrices.network import distance
from theorylab import random
from theorylab.train import chain
from theorylab.train.chain import Params, Place
from theorylab.train.lanes import matmul, transpose

SWEEPS = 6  # of Jacobi rotations: singular values to rounding for matrices of up to four columns
STEPS = {"sgld": chain.langevin, "mala": chain.metropolis}


def truth(widths: tuple[int, ...], rank: Any) -> Float[Array, "outputs inputs 1"]:
    """The true product (outputs, inputs, 1): `rank` singular values 1."""
    return jnp.eye(widths[-1], widths[0])[..., None] * (jnp.arange(widths[0]) < rank)[:, None]


def shapes(widths: tuple[int, ...]) -> dict[str, tuple[int, int]]:
    """Shapes of the weights, from the first layer on."""
    return {f"W{i + 1}": (above, below) for i, (below, above) in enumerate(pairwise(widths))}


def prior(draw: random.Draw, widths: tuple[int, ...]) -> Params:
    """Independent N(0, 1) weights in float64."""
    return chain.normals(draw, shapes(widths))


def right_singular(matrix: Float[Array, "m n lanes"]) -> tuple[Float[Array, "n lanes"], Float[Array, "n n lanes"]]:
    """a (n, lanes) and U (n, n, lanes) with M'M = U diag(a) U', by one-sided Jacobi rotations of columns."""
    n = matrix.shape[1]
    eye = jnp.broadcast_to(jnp.eye(n, dtype=matrix.dtype)[..., None], (n, n, matrix.shape[2]))

    def sweep(_: Any, columns: list[Array]) -> list[Array]:
        columns = list(columns)
        for i, j in combinations(range(n), 2):
            x, y = columns[i], columns[j]
            xx, yy, xy = ((u[:-n] * v[:-n]).sum(0) for u, v in ((x, x), (y, y), (x, y)))
            slope = (yy - xx) / jnp.where(xy == 0, 1, 2 * xy)
            tangent = jnp.where(slope < 0, -1, 1) / (jnp.abs(slope) + jnp.sqrt(1 + slope**2))
            tangent = jnp.where(xy == 0, 0, tangent)
            cosine = 1 / jnp.sqrt(1 + tangent**2)
            columns[i], columns[j] = cosine * (x - tangent * y), cosine * (y + tangent * x)
        return columns

    both = jnp.concatenate([matrix, eye])
    pair = jnp.stack(lax.fori_loop(0, SWEEPS, sweep, [both[:, i] for i in range(n)]), 1)
    return (pair[:-n] ** 2).sum(0), pair[-n:]


def conditional(above: Any, below: Any, target: Array, beta: Array, shape: tuple[int, int]) -> Any:
    """Normal numbers -> a layer given the others, and its mean loss over such draws; None is the identity at an end."""
    ones = tuple(jnp.ones((n, 1)) for n in shape)
    a, left = (ones[0], None) if above is None else right_singular(above)
    c, right = (ones[1], None) if below is None else right_singular(transpose(below))
    size = a[:, None] * c[None]
    precision = beta * size + 1
    through = lambda one, x, two: _times(_times(one, x), two)
    turned = lambda x: None if x is None else transpose(x)
    pulled = through(turned(above), target, turned(below))
    mean = through(left, beta * through(turned(left), pulled, right) / precision, turned(right))
    missed = (through(above, mean, below) - target) ** 2
    loss = 0.5 * missed.sum((0, 1)) + 0.5 * (size / precision).sum((0, 1))

    return lambda z: mean + through(left, z / jnp.sqrt(precision), turned(right)), loss


def _times(one: Any, two: Any) -> Any:
    return two if one is None else one if two is None else matmul(one, two)


def gibbs(params: Params, normal: Params, c: Any) -> tuple[Params, Array]:
    """One sweep over the layers, and the mean loss given all but one of them, averaged over that one."""
    target = truth(c.widths, c.rank)
    params, losses = dict(params), []
    for i in range(1, len(params) + 1):
        above = below = None
        for j in range(i + 1, len(params) + 1):
            above = _times(params[f"W{j}"], above)
        for j in range(1, i):
            below = _times(params[f"W{j}"], below)
        layer, loss = conditional(above, below, target, c.beta, (c.widths[i], c.widths[i - 1]))
        params[f"W{i}"] = layer(normal[f"W{i}"])
        losses.append(loss)
    return params, jnp.stack(losses).mean(0)


def energy(params: Params, c: Any) -> Float[Array, " lanes"]:
    """U: (lanes,)."""
    return c.beta * distance(params, truth(c.widths, c.rank)) + 0.5 * chain.dot(params, params)


def equilibrium(seeds: Any, ids: Array, c: Any) -> tuple[Params, Array]:
    """Exact chains from the prior, cooled in `c.burn` sweeps: where they are after `c.sweeps` more, and beta <L>."""
    start = prior(random.Draw(random.lane_key(seeds, random.INIT, ids)), c.widths)
    key = random.lane_key(seeds, random.NOISE, ids)

    def sweep(k: Any, params: Params, normal: Params) -> tuple[Params, Array]:
        return gibbs(params, normal, SimpleNamespace(**{**vars(c), "beta": c.beta ** jnp.minimum(1, 2 * k / c.burn)}))

    params, loss = chain.walk(sweep, start, lambda k: prior(random.Draw(key, k), c.widths), c.burn, c.sweeps)
    return params, c.beta * loss / c.sweeps


def langevin(
    kind: str, params: Params, seeds: Any, ids: UInt32[Array, " lanes"], c: Any
) -> dict[str, Float[Array, " lanes"]]:
    r"""`c.steps` Langevin steps and as many averaged: beta <L>, <|grad U|^2>, and the share of steps that moved."""
    total = lambda params: energy(params, c)
    take = STEPS[kind](total, c.epsilon)

    def step(k: Any, place: Place, chance: chain.Chance) -> tuple[Place, dict[str, Array]]:
        after = take(place, chance)
        loss = after.energy - 0.5 * chain.dot(after.params, after.params)
        force = chain.dot(after.slope, after.slope)
        return after, {"loss": loss, "force": force, "moved": after.energy != place.energy}

    chance = chain.chances(random.lane_key(seeds, random.BATCH, ids), shapes(c.widths))
    return chain.walk(step, chain.at(total, params), chance, c.steps, c.steps, 1 / c.steps)[1]


@cache
def _program(kind: str, widths: tuple[int, ...], burn: int, sweeps: int, steps: int) -> Any:
    """Blocks of chains: "start" from the prior to equilibrium, "sgld" and "mala" on from there."""
    fixed = {"widths": widths, "burn": burn, "sweeps": sweeps, "steps": steps}

    def chains(numbers: dict[str, Array], seeds: Any, ids: Array, start: Any) -> Any:
        c = SimpleNamespace(**fixed, **numbers)
        return equilibrium(seeds, ids, c) if kind == "start" else langevin(kind, start, seeds, ids, c)

    return chain.in_blocks(chains)


def sample(c: Any, beta: float, epsilon: float, seed: int, start: int, count: int) -> dict[str, np.ndarray]:
    """Chains `start .. start+count-1` of the sampler `c.sampler` at inverse temperature beta: name -> (count,)."""
    numbers = {"rank": c.rank, "beta": beta, "epsilon": epsilon}
    program = lambda kind: _program(kind, c.widths, c.burn, c.sweeps, c.steps)
    params, loss = program("start")(numbers, seed, start, count)
    found = {"loss": loss}
    if c.sampler != "gibbs":
        found = program(c.sampler)(numbers, seed, start, count, params)
    return chain.joined(found, count)
