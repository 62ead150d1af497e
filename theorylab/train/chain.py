r"""Markov chains in lanes that sample a density exp(-U): Langevin steps, taken as they are or by Metropolis's rule.

.. math:: w' = w - \tfrac\epsilon2\,\nabla U(w) + \sqrt\epsilon\,z, \qquad z \sim N(0, 1)

.. math:: \text{accepted with the chance } \min\Bigl(1,\ e^{U(w)-U(w')}\,\frac{q(w\mid w')}{q(w'\mid w)}\Bigr), \qquad
          q(w'\mid w) \propto e^{-|w'-w+\frac\epsilon2\nabla U(w)|^2/2\epsilon}

The first alone samples another density, off by order epsilon; with the second the chain is exact [roberts1996]. `walk`
repeats steps of any kind, a Gibbs sweep as well. Parameters are {name: array (..., lanes)}, energies (lanes,). Chains
are float64: an acceptance is a difference of large energies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float, UInt32

from theorylab import random

BLOCK = 256  # chains kept in cache together
Params = dict[str, Float[Array, "... lanes"]]
Energy = Callable[[Params], Float[Array, " lanes"]]


class Place(NamedTuple):
    """Where a chain is: parameters, grad U and U (lanes,) there."""

    params: Params
    slope: Params
    energy: Float[Array, " lanes"]


class Chance(NamedTuple):
    """The random numbers of one step: normal ones in the parameters' shapes, and a uniform one (lanes,)."""

    normal: Params
    uniform: Float[Array, " lanes"]


Step = Callable[[Place, Chance], Place]


def normals(draw: random.Draw, shapes: Mapping[str, tuple[int, ...]]) -> Params:
    """Independent N(0, 1) numbers in arrays (*shape, lanes), from one draw."""
    ends = np.cumsum([0] + [prod(shape) for shape in shapes.values()])
    flat = draw.normal((int(ends[-1]),))
    parts = zip(shapes.items(), pairwise(ends), strict=True)
    return {name: flat[i:j].reshape(*shape, -1) for (name, shape), (i, j) in parts}


def chances(key: random.Key, shapes: Mapping[str, tuple[int, ...]]) -> Callable[[Any], Chance]:
    """The chance of step k, as a function of k."""

    def at_step(k: Any) -> Chance:
        draw = random.Draw(key, k)
        return Chance(normals(draw, shapes), draw.uniform())

    return at_step


def dot(one: Params, two: Params) -> Float[Array, " lanes"]:
    """Scalar product over all parameters: (lanes,)."""
    products = (one[name] * two[name] for name in one)
    return jnp.stack([p.sum(tuple(range(p.ndim - 1))) for p in products]).sum(0)


def at(energy: Energy, params: Params) -> Place:
    """The place of `params`, with what a Langevin step has to know of it."""

    def total(params: Params) -> tuple[Float[Array, ""], Float[Array, " lanes"]]:
        value = energy(params)
        return value.sum(), value

    (_, value), slope = jax.value_and_grad(total, has_aux=True)(params)
    return Place(params, slope, value)


def langevin(energy: Energy, epsilon: Any) -> Step:
    """A Langevin step of size `epsilon`, taken always."""

    def step(place: Place, chance: Chance) -> Place:
        params, slope, _ = place
        kick = chance.normal
        moved = {n: x - epsilon / 2 * slope[n] + jnp.sqrt(epsilon) * kick[n] for n, x in params.items()}
        return at(energy, moved)

    return step


def metropolis(energy: Energy, epsilon: Any) -> Step:
    """The same step, taken with Metropolis's probability: the chain samples exp(-U) exactly."""
    propose = langevin(energy, epsilon)

    def log_density(end: Place, start: Place) -> Float[Array, " lanes"]:
        rest = {n: end.params[n] - start.params[n] + epsilon / 2 * start.slope[n] for n in end.params}
        return -dot(rest, rest) / (2 * epsilon)

    def step(place: Place, chance: Chance) -> Place:
        there = propose(place, chance)
        gain = place.energy - there.energy + log_density(place, there) - log_density(there, place)
        taken = jnp.log(chance.uniform) < gain
        return jax.tree.map(lambda new, old: jnp.where(taken, new, old), there, place)

    return step


def walk(
    step: Callable[[Any, Any, Any], tuple[Any, Any]],
    start: Any,
    chance: Callable[[Any], Any],
    burn: int,
    steps: int,
    weight: float = 1.0,
) -> tuple[Any, Any]:
    """`burn` steps and `steps` more: where they end, and the sum of weight*seen over the latter.

    Args:
        step: `step(k, state, chance of k)`: the next state, and what is seen of the step, any tree of (lanes,).
        start: the first state.
        chance: the random numbers of step k; drawn one step before they are read, so that they are drawn once.
        burn, steps: numbers of steps.
        weight: 1/steps for averages.
    """
    first = chance(0)
    zeros = jax.tree.map(lambda x: jnp.zeros(x.shape), jax.eval_shape(step, 0, start, first)[1])

    def move(k: Array, carry: Any) -> Any:
        state, now, sums = carry
        state, seen = step(k, state, now)
        counted = jnp.where(k < burn, 0, weight)
        return state, chance(k + 1), jax.tree.map(lambda total, x: total + counted * x, sums, seen)

    state, _, sums = lax.fori_loop(0, burn + steps, move, (start, first, zeros))
    return state, sums


def in_blocks(chains: Callable[..., Any]) -> Callable[..., Any]:
    """The compiled program of `chains(numbers, seeds, ids, start)`, a block of lanes at a time.

    The program takes (numbers, seed, start, count, states): float and integer numbers by name, the first of `count`
    replicates, and the blocks of states that another program returned, or None. Its results are such blocks.
    """

    def blocks(numbers: Any, seeds: Any, ids: UInt32[Array, " replicates"], states: Any) -> Any:
        return lax.map(lambda part: chains(numbers, seeds, *part), (ids.reshape(-1, BLOCK), states))

    compiled = jax.jit(blocks)

    def program(numbers: Mapping[str, Any], seed: int, start: int, count: int, states: Any = None) -> Any:
        with jax.enable_x64(True):
            ids = start + np.arange(-(-count // BLOCK) * BLOCK, dtype=np.uint32)
            kinds = {k: np.float64(v) if isinstance(v, float) else np.int32(v) for k, v in numbers.items()}
            return compiled(kinds, random.seed_words(seed), ids, states)

    return program


def joined(blocks: Any, count: int) -> Any:
    """Blocks (block, ..., lanes) as arrays (replicate, ...), the first `count` of them."""

    def one(value: Any) -> np.ndarray:
        array = np.moveaxis(np.asarray(value), -1, 1)
        return array.reshape(-1, *array.shape[2:])[:count]

    return jax.tree.map(one, blocks)
