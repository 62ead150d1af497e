"""Index streams: exact marginal and pair frequencies, epochs that are permutations, lanes equal to singles."""

from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from scipy import stats

from tests.laws import LEVEL
from theorylab import noise, random
from theorylab.errors import InputError


def batches(stream, key, steps):
    """(steps, B[, lanes]) indices."""
    run = jax.jit(lambda s: lax.scan(lambda s, _: stream.next(s)[::-1], s, length=steps)[1])
    return np.asarray(run(stream.init(key)))


@pytest.fixture(scope="module")
def keys():
    return random.lane_key(3, random.BATCH, jnp.arange(20_000, dtype=jnp.uint32))


def uniform_counts(counts):
    assert stats.chisquare(counts).pvalue > LEVEL / 4, counts


@pytest.mark.parametrize("scheme", ["with", "without", "shuffled"])
def test_every_index_and_every_pair_is_equally_frequent(scheme, keys):
    n, B = 6, 3
    last = batches(noise.minibatch(n, B, scheme), keys, 3)[-1]
    assert last.dtype == np.int32
    uniform_counts(np.bincount(last.ravel(), minlength=n))
    if scheme == "with":  # independent: all ordered pairs
        uniform_counts(np.bincount(last[0] * n + last[2], minlength=n * n))
        return
    ordered = np.sort(last, axis=0)
    assert (np.diff(ordered, axis=0) > 0).all()
    code = ordered[0] * n * n + ordered[1] * n + ordered[2]  # every subset
    uniform_counts([(code == a * n * n + b * n + c).sum() for a, b, c in combinations(range(n), 3)])


def test_each_shuffled_epoch_is_a_fresh_permutation(keys):
    few = random.Key(keys.k0[:50], keys.k1[:50])
    seen = batches(noise.minibatch(8, 2, "shuffled"), few, 12)
    epochs = seen.reshape(3, 8, 50)
    np.testing.assert_array_equal(np.sort(epochs, axis=1), np.broadcast_to(np.arange(8)[:, None], (3, 8, 50)))
    assert len(np.unique(epochs.transpose(0, 2, 1).reshape(150, 8), axis=0)) > 140


@pytest.mark.parametrize("scheme", ["with", "without", "shuffled"])
def test_a_lane_is_the_single_stream(scheme, keys):
    stream = noise.minibatch(12, 4, scheme)
    few = random.Key(keys.k0[:5], keys.k1[:5])
    together = batches(stream, few, 7)
    alone = batches(stream, random.lane_key(3, random.BATCH, 4), 7)
    np.testing.assert_array_equal(alone, together[..., 4])
    np.testing.assert_array_equal(batches(stream, random.Draw(random.lane_key(3, random.BATCH, 4)), 7), alone)
    mapped = jax.vmap(lambda k: stream.next(stream.next(stream.init(k))[1])[0])(few)
    np.testing.assert_array_equal(mapped, together[1].T)


def test_whole_batches_without_replacement_are_everything(keys):
    few = random.Key(keys.k0[:9], keys.k1[:9])
    seen = batches(noise.minibatch(5, 5, "without"), few, 2)
    np.testing.assert_array_equal(np.sort(seen, axis=1), np.broadcast_to(np.arange(5)[:, None], (2, 5, 9)))


def test_bad_sizes_and_schemes_are_refused():
    for call, text in (
        (lambda: noise.minibatch(10, 3, "shuffled"), "B=3 does not divide n=10"),
        (lambda: noise.minibatch(10, 11, "without"), "B=11 is outside B <= n=10"),
        (lambda: noise.minibatch(10, 0, "with"), "B=0 is not a whole number"),
        (lambda: noise.minibatch(-2, 1, "with"), "n=-2 is not a whole number"),
        (lambda: noise.minibatch(10, 2, "shufled"), "did you mean 'shuffled'"),
    ):
        with pytest.raises(InputError) as error:
            call()
        assert text in str(error.value)
        assert "\n" not in str(error.value)
