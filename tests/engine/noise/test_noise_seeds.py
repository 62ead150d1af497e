"""Seeds, replicates and places of noises in anyone's optimiser."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests.engine.noise.kinds import GAUSSIAN, WIDE, refused
from tests.engine.noise.test_noise import PARAMS, history, lanes, one_step, plain_loop, same, scan
from theorylab import noise, random


def test_a_jax_key_is_a_seed():
    for key in (jax.random.key(5), jax.random.PRNGKey(5), np.array([0, 5], np.uint32)):
        assert noise.gaussian(1.0, seed=key) == noise.gaussian(1.0, seed=5)
    large = 3 << 40 | 7
    assert noise.gaussian(1.0, seed=jax.random.wrap_key_data(jnp.array([3 << 8, 7], jnp.uint32))).seed == large
    other = noise.gaussian(1.0, seed=jax.random.key(5, impl="rbg"))
    assert isinstance(other.seed, int)
    assert not np.array_equal(one_step(other, WIDE)["w"], one_step(noise.gaussian(1.0, seed=5), WIDE)["w"])


def test_keys_may_be_traced_and_mapped():
    draw = lambda key: one_step(noise.gaussian(1.0, seed=key), PARAMS)
    keys = jax.random.split(jax.random.key(0), 3)
    told = [draw(key) for key in keys]
    same(jax.jit(draw)(keys[1]), told[1])
    same(jax.jit(lambda: draw(jax.random.key(4)))(), draw(4))
    same(jax.jit(draw)(jax.random.key_data(keys[1])), told[1])
    same(jax.vmap(draw)(keys), jax.tree.map(lambda *x: jnp.stack(x), *told))


BAD_SEEDS = {
    "seed='x' is neither an integer nor a JAX key": "x",
    "seed=1.5 is neither": 1.5,
    "seed=True is neither": True,
    "seed=None is neither": None,
    "seed=[0, 5] is neither": [0, 5],
    "seed=(0, 5) is neither": (0, 5),
    "seed=-1 is outside 0 <= seed < 2**64": -1,
    "seed=-2 is outside": jnp.int32(-2),
    "seed=18446744073709551616 is outside": 2**64,
    "seed, an array of dtype int32 and shape (2,), is neither": jnp.arange(2),
    "seed, an array of dtype key<fry> and shape (3,), is neither": jax.random.split(jax.random.key(0), 3),
}
BAD_REPLICATES = {
    "replicate=1.5 is not an integer": 1.5,
    "replicate='x' is not an integer": "x",
    "replicate=None is not an integer": None,
    "replicate=True is not an integer": True,
    "replicate=[0.5] is not an integer": [0.5],
    "replicate=-1 is outside 0 <= replicate < 2**32": -1,
    "replicate=4294967296 is outside": 2**32,
    "replicate, an array of dtype int64 and shape (2,), is outside": np.array([3, -1]),
    "replicate has shape (2, 2), not () or (lanes,)": np.ones((2, 2), int),
}


@pytest.mark.parametrize("text", BAD_SEEDS)
def test_other_seeds_are_refused_in_one_line(text):
    refused(text, lambda: noise.gaussian(1.0, seed=BAD_SEEDS[text]))


@pytest.mark.parametrize("text", BAD_REPLICATES)
def test_other_replicates_are_refused_in_one_line(text):
    refused(text, lambda: noise.stable(1.5, 1.0, replicate=BAD_REPLICATES[text]))


TWO = {
    "two alike": lambda n: optax.chain(noise.gaussian(1.0), noise.gaussian(1.0)),
    "one object twice": lambda n: optax.chain(n, n),
    "after another part": lambda n: optax.chain(n, optax.identity(), n),
    "chains in a chain": lambda n: optax.chain(optax.chain(n), optax.chain(optax.identity(), optax.chain(n))),
    "by name": lambda n: optax.named_chain(("first", n), ("second", n)),
    "masked": lambda n: optax.chain(optax.masked(n, True), optax.masked(n, {"w": True})),
    "hyperparameters": lambda n: optax.chain(*(optax.inject_hyperparams(noise.gaussian)(sigma=1.0) for _ in "ab")),
}


@pytest.mark.parametrize("name", TWO)
def test_two_noises_of_one_optimiser_are_independent(name):
    """Variance 2 of their sum, 4 were they the same; of 20,000 numbers, tested at 5 standard errors (6e-7)."""
    optimizer = TWO[name](GAUSSIAN)
    error = 5 * 2 * np.sqrt(2 / WIDE["w"].size)
    told, compiled = one_step(optimizer, WIDE), jax.jit(lambda: one_step(optimizer, WIDE))()
    same(told, compiled)
    assert abs(np.var(told["w"]) - 2) < error
    other = jax.vmap(lambda p: one_step(optimizer, p), axis_size=2, in_axes=None)(WIDE)
    same(other["w"][1], told["w"])


def test_the_first_keeps_its_address_and_the_others_know_their_place():
    three: Any = optax.chain(GAUSSIAN, GAUSSIAN, GAUSSIAN)
    first: Any = GAUSSIAN.init(PARAMS)
    for _ in range(2):  # a second call to init counts anew
        keys = [state.key for state in three.init(PARAMS)]
        for place, key in enumerate(keys):
            same(tuple(key), tuple(random.lane_key(0, random.NOISE + 256 * place, 0)))
    same(tuple(first.key), tuple(random.lane_key(0, random.NOISE, 0)))
    apart: Any = optax.chain(GAUSSIAN, noise.gaussian(1.0, seed=1), noise.gaussian(1.0, replicate=1)).init(PARAMS)
    for state, (seed, replicate) in zip(apart, ((0, 0), (1, 0), (0, 1)), strict=True):
        same(tuple(state.key), tuple(random.lane_key(seed, random.NOISE, replicate)))


def test_two_optimisers_share_their_numbers():
    one, two = (optax.chain(GAUSSIAN, rule).init(PARAMS) for rule in (optax.sgd(1.0), optax.adam(1.0)))
    same(one[0], two[0])  # type: ignore[index]


def test_parts_of_a_partition_are_independent():
    parts: Any = {name: optax.chain(noise.gaussian(1.0), optax.identity()) for name in "vw"}
    out = one_step(optax.partition(parts, {"v": "v", "w": "w"}), {"v": WIDE["w"], "w": WIDE["w"]})
    assert abs(np.corrcoef(out["v"], out["w"])[0, 1]) < 5 / np.sqrt(WIDE["w"].size)


def test_places_under_traced_seeds_and_in_lanes_are_those_of_one_network():
    pair = lambda seed, replicate: optax.chain(*(noise.differenced(GAUSSIAN).at(seed, replicate) for _ in "ab"))
    wide, ids = lanes(PARAMS, 4)
    together = history(pair(7, ids), 3, wide)[0]
    alone = plain_loop(pair(7, 2), 3)
    same(alone, jax.tree.map(lambda x: x[..., 2], together))
    same(jax.jit(lambda seed: scan(pair(seed, 2), 3)[0])(7), alone)
    same(jax.jit(jax.vmap(lambda r: scan(pair(7, r), 3)[0]))(ids)["b"][2], alone["b"])


# --------------------------------------------------------------------------------------------------------------- trees
