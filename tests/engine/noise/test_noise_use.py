"""Noises as a user of optax meets them: seeds and keys, two in one chain, trees of all kinds, copies and pickles."""

import copy
import pickle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from tests.engine.noise.test_noise import PARAMS, C, history, lanes, one_step, plain_loop, same, scan
from theorylab import noise, random
from theorylab.errors import InputError


def half(step: Any) -> Any:
    """A schedule."""
    return jnp.cos(step)


GAUSSIAN, STABLE = noise.gaussian(1.0), noise.stable(1.5, 0.3)
KINDS = {
    "gaussian": GAUSSIAN,
    "stable": STABLE,
    "isotropic": noise.stable(1.5, 0.3, shape="isotropic"),
    "differenced": noise.differenced(GAUSSIAN),
    "ar1": noise.ar1(STABLE, 0.5),
    "fractional": noise.fractional(GAUSSIAN, 0.7),
    "clipped": noise.clipped(noise.differenced(STABLE), 1.0),
    "annealed": noise.annealed(GAUSSIAN, half),
    "state dependent": noise.state_dependent(GAUSSIAN, by=optax.tree.norm),
}
WIDE = {"w": jnp.zeros(20_000)}


def each_kind(*names):
    """The noises called so, or all of them."""
    return pytest.mark.parametrize("process", [KINDS[name] for name in names or KINDS], ids=names or KINDS)


# ------------------------------------------------------------------------------------------------------- seeds, keys


def test_a_jax_key_is_a_seed():
    for key in (jax.random.key(5), jax.random.PRNGKey(5), np.array([0, 5], np.uint32)):
        assert noise.gaussian(1.0, seed=key) == noise.gaussian(1.0, seed=5)
    large = 3 << 40 | 7
    assert noise.gaussian(1.0, seed=jax.random.wrap_key_data(np.array([3 << 8, 7], np.uint32))).seed == large
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


def refused(text, call):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value).startswith("noise: ")
    assert text in str(error.value)
    assert "\n" not in str(error.value)


# ---------------------------------------------------------------------------------------------- two noises in a chain

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
    three = optax.chain(GAUSSIAN, GAUSSIAN, GAUSSIAN)
    for _ in range(2):  # a second call to init counts anew
        keys = [state.key for state in three.init(PARAMS)]
        for place, key in enumerate(keys):
            same(tuple(key), tuple(random.lane_key(0, random.NOISE + 256 * place, 0)))
    same(tuple(GAUSSIAN.init(PARAMS).key), tuple(random.lane_key(0, random.NOISE, 0)))
    apart = optax.chain(GAUSSIAN, noise.gaussian(1.0, seed=1), noise.gaussian(1.0, replicate=1)).init(PARAMS)
    for state, (seed, replicate) in zip(apart, ((0, 0), (1, 0), (0, 1)), strict=True):
        same(tuple(state.key), tuple(random.lane_key(seed, random.NOISE, replicate)))


def test_two_optimisers_share_their_numbers():
    one, two = (optax.chain(GAUSSIAN, rule) for rule in (optax.sgd(1.0), optax.adam(1.0)))
    same(one.init(PARAMS)[0], two.init(PARAMS)[0])


def test_parts_of_a_partition_are_independent():
    parts = {name: optax.chain(noise.gaussian(1.0), optax.identity()) for name in "vw"}
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

TREES = {
    "empty leaf first": {"v": jnp.zeros((0, 3)), "w": jnp.zeros(2)},
    "empty leaf last": {"v": jnp.zeros(2), "w": jnp.zeros((0, 3))},
    "empty leaf of another dtype": {"a": jnp.zeros(1), "v": jnp.zeros(0, "bfloat16"), "w": jnp.zeros(1)},
    "only an empty leaf": [jnp.zeros((2, 0))],
    "no leaf": {},
    "containers": {"a": [jnp.zeros(1), (jnp.zeros((1, 1)), None)], "b": {}},
    "scalars": (0.0, jnp.zeros(())),
}


@each_kind("clipped", "isotropic", "fractional")
@pytest.mark.parametrize("tree", TREES)
def test_each_tree_gets_the_numbers_of_its_elements(process, tree):
    params = TREES[tree]
    flat = lambda t: np.concatenate([np.ravel(x) for x in jax.tree.leaves(t)] or [np.zeros(0, np.float32)])
    size = flat(params).size
    out, _ = history(process, 3, params)
    assert jax.tree.structure(out) == jax.tree.structure(params)
    for seen, given in zip(jax.tree.leaves(out), jax.tree.leaves(params), strict=True):
        assert seen.shape == (3, *np.shape(given))
        assert seen.dtype == jnp.result_type(given)
    wanted = history(process, 3, jnp.zeros(max(size, 1)))[0][:, :size]
    got = np.stack([flat(jax.tree.map(lambda x, k=k: x[k], out)) for k in range(3)])
    np.testing.assert_allclose(got, wanted, rtol=1e-6)


def test_a_module_of_flax_is_a_tree():
    params = nnx.state(nnx.Linear(2, 3, rngs=nnx.Rngs(0)), nnx.Param)
    out = one_step(GAUSSIAN, params)
    assert isinstance(out, nnx.State)
    numbers = np.concatenate([np.ravel(x) for x in jax.tree.leaves(out)])
    np.testing.assert_array_equal(numbers, one_step(GAUSSIAN, jnp.zeros(9)))
    refused("not real floating point", lambda: GAUSSIAN.init(nnx.state(nnx.Dropout(0.1, rngs=nnx.Rngs(0)))))


@each_kind("gaussian", "isotropic", "ar1", "fractional")
def test_bfloat16_is_drawn_and_coloured_in_float32_and_rounded_once(process):
    half = jax.tree.map(lambda x: x.astype("bfloat16") + 1, PARAMS)
    full = jax.tree.map(lambda x: x + 1, PARAMS)
    out, wanted = history(process, 20, half)[0], history(process, 20, full)[0]
    assert out["w"].dtype == "bfloat16"
    same(out, jax.tree.map(lambda x: x.astype(jnp.bfloat16), wanted))


def test_float16_is_refused_unless_the_noise_stays_within_it():
    params = {"w": jnp.zeros(200_000, "float16")}
    heavy = noise.stable(0.8, 1.0)
    for process in (heavy, GAUSSIAN, noise.clipped(heavy, 7e4), noise.ar1(noise.clipped(heavy, 10.0), 0.9)):
        refused("a parameter of dtype float16 holds numbers up to 65504 only", lambda n=process: n.init(params))
    bounded = noise.clipped(heavy, 65504)
    out, state = history(bounded, 1, params)
    assert np.isfinite(out["w"]).all()
    free = history(heavy, 1, {"w": jnp.zeros(200_000)})[0]["w"]
    assert noise.fired(state) == (abs(free) > 65504).sum() > 0


BAD_TREES = {
    "dtype int32 is not real floating point": jnp.zeros(2, int),
    "dtype bool is not real floating point": True,
    "dtype complex64 is not real floating point": jnp.zeros(2, complex),
    "dtype key<fry> is not real": {"k": jax.random.key(0)},
    "dtype [('float0', 'V')] is not real": np.zeros(2, jax.dtypes.float0),
    "a parameter of type str is not an array of numbers": {"w": jnp.zeros(2), "name": "layer"},
    "a parameter of type object is not": object(),
    "dtype float8_e4m3fn holds numbers up to 448 only": jnp.zeros(2, jnp.float8_e4m3fn),
}


@pytest.mark.parametrize("text", BAD_TREES)
def test_other_leaves_are_refused_in_one_line(text):
    for process in (GAUSSIAN, noise.differenced(STABLE)):
        refused(text, lambda n=process: n.init(BAD_TREES[text]))
        refused(text, lambda n=process: n.update(BAD_TREES[text], n.init(jnp.zeros(2))))


@each_kind("gaussian", "stable", "ar1", "clipped")
@pytest.mark.parametrize("new", [jnp.zeros(4), {"v": jnp.zeros(2)}, {"v": jnp.zeros(1), "w": jnp.zeros(2)}])
def test_a_shape_changed_after_init_is_refused_where_the_noise_remembers(process, new):
    """A noise without memory draws for the new parameters what it draws for such parameters."""
    before = {"v": jnp.zeros(3)}
    state = process.init(before)
    shapes = lambda state: [x.shape for x in jax.tree.leaves(state)]
    if shapes(state) == shapes(process.init(new)):
        same(process.update(new, state, new)[0], one_step(process, new))
        return
    text = "update got other shapes or dtypes than the parameters of init had"
    refused(text, lambda: process.update(new, state, new))


def test_a_factor_of_another_shape_is_refused_in_one_line():
    process = noise.state_dependent(GAUSSIAN, by=lambda p: jnp.ones(3))
    with pytest.raises(InputError) as error:
        one_step(process, {"w": jnp.zeros(2)})
    text = "noise.state_dependent: by(params) of shape (3,) does not fit a parameter of shape (2,)"
    assert str(error.value) == text


# -------------------------------------------------------------------------------------------------------- surroundings


@pytest.mark.parametrize("option", ["numpy_rank_promotion", "numpy_dtype_promotion"])
@each_kind("isotropic", "fractional", "clipped", "state dependent")
def test_strict_promotion_of_ranks_and_dtypes_changes_nothing(process, option):
    wide, ids = lanes(PARAMS, 3)
    process = process.at(2, ids)
    told = plain_loop(optax.chain(process, process), 3, wide)
    with getattr(jax, option)("raise" if "rank" in option else "strict"):
        same(plain_loop(optax.chain(process, process), 3, wide), told)


def test_strict_promotion_of_ranks_for_covariances_and_minibatches():
    wide, ids = lanes(PARAMS, 3)
    with jax.numpy_rank_promotion("raise"):
        for base in (GAUSSIAN, STABLE):
            assert one_step(noise.covariance(base, C).at(0, ids), wide)["w"].shape == (2, 3)
        for scheme in ("with", "without", "shuffled"):
            stream = noise.minibatch(12, 3, scheme)
            assert stream.next(stream.init(random.lane_key(0, random.BATCH, ids)))[0].shape == (3, 3)


# ------------------------------------------------------------------------------------------------------------- objects


def carried(how, thing: Any) -> Any:
    """`thing` copied or written to bytes and read again."""
    if how in ("copy", "deepcopy"):
        return getattr(copy, how)(thing)
    writer = pickle if how == "pickle" else pytest.importorskip("cloudpickle")
    return pickle.loads(writer.dumps(thing))


@each_kind()
@pytest.mark.parametrize("how", ["deepcopy", "pickle", "cloudpickle"])
def test_a_copy_of_a_noise_or_its_state_is_a_working_equal_one(process, how):
    copied = carried(how, process)
    assert copied == process
    assert hash(copied) == hash(process)
    assert str(copied) == str(process)
    seen, state = history(process, 2)
    same(history(copied, 2)[0], seen)
    params = jax.tree.map(jnp.ones_like, PARAMS)
    again, _ = copied.update(PARAMS, carried(how, state), params)
    same(again, process.update(PARAMS, state, params)[0])


@pytest.mark.parametrize("how", ["copy", "deepcopy", "cloudpickle"])
def test_a_chain_with_a_noise_may_be_copied(how):
    chain = optax.chain(KINDS["differenced"], optax.sgd(0.1))
    same(history(carried(how, chain), 3)[0], history(chain, 3)[0])


def test_what_pickle_cannot_write_is_refused_in_one_line():
    with pytest.raises((AttributeError, pickle.PicklingError), match=r"\A[^\n]*lambda[^\n]*\Z"):
        pickle.dumps(noise.state_dependent(GAUSSIAN, by=lambda p: 1.0))


def test_noises_are_equal_by_their_parts():
    assert noise.gaussian(1.0) == GAUSSIAN
    assert noise.covariance(GAUSSIAN, np.eye(2)) == noise.covariance(noise.gaussian(1), np.eye(2))
    assert (noise.gaussian(1.0) != GAUSSIAN) is False
    others = (noise.gaussian(2.0), noise.gaussian(1.0, seed=1), noise.gaussian(1.0, replicate=1), STABLE, None)
    assert all(other != GAUSSIAN for other in (*others, noise.differenced(GAUSSIAN), noise.none()))
