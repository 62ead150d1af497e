r"""The tempered posterior of a deep linear network, and chains that sample it: exactly, or by Langevin steps.

.. math:: p(w) \propto e^{-U(w)}, \qquad U = \beta L + \tfrac12|w|^2, \qquad L = \tfrac12\,\|W_L\cdots W_1 - S\|_F^2

Given the others, a layer W between A above and C below is Gaussian: with A'A = U diag(a) U' and CC' = V diag(c) V'
the elements of U'WV are independent, with precision beta a_i c_j + 1 and mean beta (U'A'SC'V)_ij over it. `gibbs` draws
layer after layer, with nothing to tune; its mean loss is that of the Gaussian, not of the draw (Rao-Blackwell). The
Langevin step of size e is w <- w - e/2 grad U + sqrt(e) z (`sgld`, full gradient), accepted or not (`mala`)
[roberts1996].
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations, pairwise
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from models.deep_linear.matrices.network import distance
from theorylab import random
from theorylab.train.lanes import matmul, transpose

SWEEPS = 6  # of Jacobi rotations: singular values to rounding for matrices of up to four columns
BLOCK = 256  # chains kept in cache together
Params = dict[str, Array]


def truth(widths: tuple[int, ...], rank: Any) -> Array:
    """The true product (outputs, inputs, 1): `rank` singular values 1."""
    return jnp.eye(widths[-1], widths[0])[..., None] * (jnp.arange(widths[0]) < rank)[:, None]


def prior(draw: random.Draw, widths: tuple[int, ...]) -> Params:
    """Independent N(0, 1) weights in float64."""
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    sizes = np.cumsum([0] + [m * n for m, n in shapes])
    flat = draw.normal((int(sizes[-1]),))
    parts = (flat[i:j].reshape(*shape, -1) for (i, j), shape in zip(pairwise(sizes), shapes, strict=True))
    return {f"W{i + 1}": part for i, part in enumerate(parts)}


def right_singular(matrix: Array) -> tuple[Array, Array]:
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


def dot(one: Params, two: Params) -> Array:
    """Scalar product over all weights: (lanes,)."""
    return jnp.stack([(one[name] * two[name]).sum((0, 1)) for name in one]).sum(0)


def energy(params: Params, c: Any) -> Array:
    """U: (lanes,)."""
    return c.beta * distance(params, truth(c.widths, c.rank)) + 0.5 * dot(params, params)


Place = tuple[Params, Params, Array]  # weights, grad U and U there


def at(params: Params, c: Any) -> Place:
    """A place with what a Langevin chain has to know of it."""

    def total(params: Params) -> tuple[Array, Array]:
        value = energy(params, c)
        return value.sum(), value

    (_, value), pull = jax.value_and_grad(total, has_aux=True)(params)
    return params, pull, value


def sgld(place: Place, chance: tuple[Params, Array], c: Any) -> Place:
    """One Langevin step of size `c.epsilon`; `chance` holds normal numbers and a uniform one."""
    params, pull, _ = place
    kick, _ = chance
    return at({n: x - c.epsilon / 2 * pull[n] + jnp.sqrt(c.epsilon) * kick[n] for n, x in params.items()}, c)


def mala(place: Place, chance: tuple[Params, Array], c: Any) -> Place:
    """The same step, taken with Metropolis's probability."""
    there = sgld(place, chance, c)

    def log_density(end: Place, start: Place) -> Array:
        rest = {n: end[0][n] - start[0][n] + c.epsilon / 2 * start[1][n] for n in end[0]}
        return -dot(rest, rest) / (2 * c.epsilon)

    gain = place[2] - there[2] + log_density(place, there) - log_density(there, place)
    taken = jnp.log(chance[1]) < gain
    return jax.tree.map(lambda new, old: jnp.where(taken, new, old), there, place)


def equilibrium(seeds: Any, ids: Array, c: Any) -> tuple[Params, Array]:
    """Exact chains from the prior, cooled in `c.burn` sweeps: where they are after `c.sweeps` more, and beta <L>."""
    params = prior(random.Draw(random.lane_key(seeds, random.INIT, ids)), c.widths)
    key = random.lane_key(seeds, random.NOISE, ids)

    ahead = lambda k: prior(random.Draw(key, k), c.widths)  # drawn one sweep before it is read

    def sweep(k: Array, carry: Any) -> Any:
        params, normal, total = carry
        now = SimpleNamespace(**{**vars(c), "beta": c.beta ** jnp.minimum(1, 2 * k / c.burn)})
        params, loss = gibbs(params, normal, now)
        return params, ahead(k + 1), total + jnp.where(k < c.burn, 0, loss)

    start = (params, ahead(0), jnp.zeros(ids.shape))
    params, _, loss = lax.fori_loop(0, c.burn + c.sweeps, sweep, start)
    return params, c.beta * loss / c.sweeps


def langevin(step: Callable[..., Place], params: Params, seeds: Any, ids: Array, c: Any) -> dict[str, Array]:
    r"""`c.steps` Langevin steps and as many averaged: beta <L>, <|grad U|^2>, and the share of steps that moved."""
    key = random.lane_key(seeds, random.BATCH, ids)

    def ahead(k: Any) -> tuple[Params, Array]:
        draw = random.Draw(key, k)
        return prior(draw, c.widths), draw.uniform()

    def move(k: Array, carry: Any) -> Any:
        place, chance, sums = carry
        after = step(place, chance, c)
        params, pull, value = after
        counted = jnp.where(k < c.steps, 0, 1 / c.steps)
        seen = (value - 0.5 * dot(params, params), dot(pull, pull), value != place[2])
        return after, ahead(k + 1), [total + counted * now for total, now in zip(sums, seen, strict=True)]

    start = (at(params, c), ahead(0), [jnp.zeros(ids.shape)] * 3)
    _, _, sums = lax.fori_loop(0, 2 * c.steps, move, start)
    return dict(zip(("loss", "force", "moved"), sums, strict=True))


@cache
def _program(kind: str, widths: tuple[int, ...], lengths: tuple[int, int, int]) -> Any:
    """Blocks of chains: "start" from the prior to equilibrium, "sgld" and "mala" on from there."""
    fixed = dict(zip(("burn", "sweeps", "steps"), lengths, strict=True), widths=widths)

    def chains(numbers: dict[str, Array], seeds: Any, ids: Array, start: Any) -> Any:
        c = SimpleNamespace(**fixed, **numbers)
        if kind == "start":
            return equilibrium(seeds, ids, c)
        return langevin({"sgld": sgld, "mala": mala}[kind], start, seeds, ids, c)

    def blocks(numbers: dict[str, Array], seeds: Any, ids: Array, start: Any) -> Any:
        return lax.map(lambda part: chains(numbers, seeds, *part), (ids.reshape(-1, BLOCK), start))

    return jax.jit(blocks)


def sample(c: Any, beta: float, epsilon: float, seed: int, start: int, count: int) -> dict[str, np.ndarray]:
    """Chains `start .. start+count-1` of the sampler `c.sampler` at inverse temperature beta: name -> (count,)."""
    with jax.enable_x64(True):
        ids = start + np.arange(-(-count // BLOCK) * BLOCK, dtype=np.uint32)
        seeds = (np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32))
        numbers = {"rank": np.int32(c.rank), "beta": np.float64(beta), "epsilon": np.float64(epsilon)}
        lengths = (c.burn, c.sweeps, c.steps)
        params, loss = _program("start", c.widths, lengths)(numbers, seeds, ids, None)
        found = {"loss": loss}
        if c.sampler != "gibbs":
            found = _program(c.sampler, c.widths, lengths)(numbers, seeds, ids, params)
        return {name: np.asarray(value).reshape(-1)[:count] for name, value in found.items()}
