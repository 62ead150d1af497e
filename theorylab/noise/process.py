r"""A noise is law, shape and stages, and an optax transformation.

.. math:: g_k \leftarrow g_k + \xi_k, \qquad \xi_k = (S_m \circ \dots \circ S_1)(\zeta)_k

zeta_k belongs to the address (seed, stream, replicate, step k, element); see `theorylab.noise.seeds`. Leaves narrower
than float32 are drawn, coloured and bounded in float32 and rounded once, where the noise is added.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jax.core import Tracer

from theorylab import random
from theorylab.errors import InputError
from theorylab.noise import draws, seeds
from theorylab.noise.colour import Stage
from theorylab.noise.law import Gaussian, Stable
from theorylab.noise.leaves import leaves_of
from theorylab.noise.shape import Covariance, Independent, Isotropic


class NoiseState(NamedTuple):
    """The step to come, the lane key, words kept from the step before, and what each stage remembers."""

    step: Array
    key: random.Key
    words: list[Array]
    memory: tuple[Any, ...]


class Noise(optax.GradientTransformation):
    """A noise process, added to the updates where it stands in an optax chain (its units follow from that place).

    Args:
        law: innovations zeta; None for no noise at all.
        shape: dependence between coordinates.
        stages: colours, schedules and bounds, innermost first.
        seed: an integer of up to 64 bits or a JAX key, traced or not; `jax.random.key(5)` is the seed 5.
        replicate: a number (one network), or an array (lanes,): then the last axis of every leaf is the lane axis.

    Two noises of one seed and replicate in one optax transformation (a chain, chains in chains, the parts of a
    partition) draw independent numbers, also where they are the same object: the first draws what it draws alone, the
    others move by their place, when `init` of the whole is called. A noise that is initialised on its own, by a loop
    written by hand, knows of no other: there, two noises need two seeds.

    Copies and pickles of a noise are equal to it: noises of equal parts are equal.
    """

    law: Gaussian | Stable | None
    shape: Independent | Isotropic | Covariance
    stages: tuple[Stage, ...]
    seed: Any
    replicate: Any

    def __new__(cls, law: Any, shape: Any = None, stages: tuple = (), seed: Any = 0, replicate: Any = 0) -> Noise:
        """A named tuple of `init` and `update`, with the parts as attributes."""
        shape = Independent() if shape is None else shape
        seed, replicate = seeds.seed_of(seed), seeds.replicate_of(replicate)
        lanes = np.shape(replicate)
        reads_params = any(stage.reads_params for stage in stages)

        def rest(leaves: Any) -> tuple[list[Array], tuple[Any, ...]]:
            zeros = [jnp.zeros((*s, *lanes), dtype) for s, dtype in leaves]
            return draws.rest(shape.orders(law, leaves), lanes), tuple(stage.rest(zeros, lanes) for stage in stages)

        def advance(leaves: Any, updates: list, state: NoiseState, params: Any) -> tuple[list, NoiseState]:
            _same_shapes(jax.eval_shape(lambda: rest(leaves)), (state.words, state.memory))
            drawn, words = draws.draw(shape.orders(law, leaves), state.key, state.words, state.step)
            xi, memory = shape.combine(drawn, law, leaves), []
            for stage, kept in zip(stages, state.memory, strict=True):
                xi, kept = stage(xi, kept, state.step, params)
                memory.append(kept)
            added = [g + x.astype(jnp.result_type(g)) for g, x in zip(updates, xi, strict=True)]
            return added, NoiseState(state.step + 1, state.key, words, tuple(memory))

        # compiled also outside of jit and inlined inside of it, so that a plain loop and an engine round alike
        following = jax.jit(advance, static_argnums=0, inline=True)

        def init(params: Any) -> NoiseState:
            words, memory = rest(leaves_of(params, lanes, stages))
            return NoiseState(jnp.uint32(0), seeds.lane_key(seed, replicate), words, memory)

        def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
            if reads_params and params is None:
                raise InputError("noise.state_dependent: update needs the current parameters, params=None was given")
            given, tree = jax.tree.flatten(updates)
            leaves = leaves_of(updates, lanes, stages)
            added, state = following(leaves, given, state, params if reads_params else None)
            return jax.tree.unflatten(tree, added), state

        pair = (_nothing, _same) if law is None else (init, update)
        self = cast(Noise, super().__new__(cls, *pair))
        self.__dict__.update(law=law, shape=shape, stages=tuple(stages), seed=seed, replicate=replicate)
        return self

    @property
    def parts(self) -> tuple[Any, ...]:
        """Law, shape, stages, seed and replicate: what the noise is made of."""
        return self.law, self.shape, self.stages, self.seed, self.replicate

    def __reduce__(self) -> Any:
        return Noise, self.parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Noise) and _equal(self.parts, other.parts)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(str(self))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Noise is a value: {name} cannot be set")

    def at(self, seed: Any, replicates: Any) -> Noise:
        """The same noise at another address: for lanes, `replicates` is a uint32 array (lanes,)."""
        return Noise(self.law, self.shape, self.stages, seed, replicates)

    def then(self, stage: Stage) -> Noise:
        """This noise with one more stage; no noise stays none."""
        if self.law is None:
            return self
        return Noise(self.law, self.shape, (*self.stages, stage), self.seed, self.replicate)

    def times(self, factor: Any) -> Noise:
        """factor (> 0) times the noise."""
        if self.law is None:
            return self
        stages = tuple(stage.times(factor) for stage in self.stages)
        return Noise(self.law.times(factor), self.shape, stages, self.seed, self.replicate)

    def impulse_response(self, k: int) -> np.ndarray:
        """psi_0 .. psi_{k-1} of the filters (float64); schedules and bounds do not enter."""
        psi = np.zeros(k)
        psi[:1] = 1.0
        for stage in self.stages:
            psi = stage.respond(psi)
        return psi

    @property
    def stability_index(self) -> Any:
        """alpha of the innovations (2 for Gaussian ones), before any bound."""
        return 2.0 if self.law is None else self.law.index

    @property
    def scale(self) -> Any:
        """sigma or gamma of the innovations, before schedules and bounds."""
        return 0.0 if self.law is None else self.law.scale

    @property
    def name(self) -> str:
        """`differenced stable`: the stages, outermost first, and the law."""
        return " ".join([*(s.name for s in reversed(self.stages)), "none" if self.law is None else self.law.name])

    def __str__(self) -> str:
        text = "none()" if self.law is None else str(self.law)
        if self.shape.name != "independent":
            text = f"{text[:-1]}, shape={self.shape.name!r})"
        for stage in self.stages:
            text = str(stage).format(text)
        return text

    __repr__ = __str__


def _nothing(params: Any) -> optax.EmptyState:
    del params
    return optax.EmptyState()


def _same(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
    del params
    return updates, state


def _same_shapes(wanted: Any, kept: Any) -> None:
    """InputError where the state of a noise was made for parameters of other shapes."""
    kind = lambda tree: jax.tree.map(lambda x: (jnp.shape(x), jnp.result_type(x)), tree)
    if kind(wanted) != kind(kept):
        raise InputError("noise: update got other shapes or dtypes than the parameters of init had")


def _equal(a: Any, b: Any) -> bool:
    """Whether two parts of noises are the same: numbers by value, traced ones and functions by identity."""
    if a is b:
        return True
    if isinstance(a, Tracer) or isinstance(b, Tracer):
        return False
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    if is_dataclass(a):
        return type(a) is type(b) and all(_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return np.shape(a) == np.shape(b) and bool(np.all(a == b))
