"""Noises over any tree of parameters, under strict settings, copied and kept."""

import copy
import pickle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from tests.engine.noise.kinds import GAUSSIAN, KINDS, STABLE, each_kind, refused
from tests.engine.noise.test_noise import PARAMS, C, history, lanes, one_step, plain_loop, same
from theorylab import noise, random
from theorylab.errors import InputError

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
