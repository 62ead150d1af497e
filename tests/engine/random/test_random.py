"""The generator is threefry2x32-20 bit for bit; its laws are right to the last word and in the tails."""

import itertools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from jax.extend.random import threefry_2x32
from scipy import stats
from scipy.special import erf, ndtr, ndtri

from tests.laws import LEVEL, follows, occurs, stable_tail
from theorylab import random
from theorylab.errors import InputError
from theorylab.random import distributions

ALPHAS = (0.5, 1.0, 1.5, 1.9, 2.0)
ENDS = np.array(
    [0, 1, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF], np.uint32
)
CORNERS = tuple(np.array(list(itertools.product(ENDS, ENDS)), np.uint32).T)


@pytest.fixture(scope="module")
def some_words():
    """Random words, a part of them shifted towards every end."""
    generator = np.random.default_rng(1)
    w = generator.integers(0, 2**32, (2, 200_000), dtype=np.uint32)
    shift = generator.integers(0, 32, (2, 100_000)).astype(np.uint32)
    w[:, :100_000] >>= shift
    w[:, :50_000] ^= np.uint32(0xFFFFFFFF)
    w[0, ::3] ^= np.uint32(0x80000000)
    return w[0], w[1]


def million(law, size=2_000_000, **options):
    """Draws of replicates 0 .. 999, 2,000 elements each."""
    key = random.lane_key(11, random.DATA, jnp.arange(1000, dtype=jnp.uint32))
    return np.asarray(jax.jit(lambda k: law(random.Draw(k, 5), (size // 1000,), **options))(key))


def test_threefry_is_the_block_of_jax():
    generator = np.random.default_rng(0)
    for _ in range(4):
        key, counter = (
            generator.integers(0, 2**32, 2, dtype=np.uint32),
            generator.integers(0, 2**32, 1000, dtype=np.uint32),
        )
        ours = np.concatenate(random.threefry((key[0], key[1]), (counter[:500], counter[500:])))
        np.testing.assert_array_equal(ours, threefry_2x32(key, counter))


def test_the_address_is_seed_stream_replicate_then_element_step():
    seed, replicate, element, step = 2**40 + 17, 123_456, 77, 2**31 + 5
    key = threefry_2x32(
        np.array([seed & 0xFFFFFFFF, seed >> 32], np.uint32), np.array([random.NOISE, replicate], np.uint32)
    )
    expected = threefry_2x32(key, np.array([element, step], np.uint32))
    ours = random.lane_key(seed, random.NOISE, replicate)
    np.testing.assert_array_equal(np.array(ours), key)
    draw = random.Draw(ours, np.uint32(step), element)
    np.testing.assert_array_equal(np.array(draw.words(())), expected)
    np.testing.assert_array_equal(jax.jit(lambda s: random.lane_key(s, 3, 9))(jnp.uint32(5)), random.lane_key(5, 3, 9))


def test_bad_addresses_are_refused():
    key = random.lane_key(0, 0, 0)
    calls = (
        lambda: random.lane_key(-1, 0, 0),
        lambda: random.lane_key(2**64, 0, 0),
        lambda: random.lane_key(0, 0, -1),
        lambda: random.lane_key(1.5, 0, 0),
        lambda: random.Draw(key).normal((), jnp.int32),
        lambda: random.Draw(key).normal((), jnp.float64),
    )
    for call in calls:
        with pytest.raises(InputError) as error:
            call()
        assert "\n" not in str(error.value)


def test_a_cursor_never_uses_an_element_twice():
    key = random.lane_key(0, 0, jnp.arange(3, dtype=jnp.uint32))
    one, whole = random.Draw(key, 4), random.Draw(key, 4)
    parts = [one.words((2, 2))[0].reshape(4, 3), one.words(())[0][None], one.words((5,))[0]]
    np.testing.assert_array_equal(np.concatenate(parts), whole.words((10,))[0])
    later = random.Draw(key, 7)
    later.words((4,))
    np.testing.assert_array_equal(later.before(3).words((6,))[0], np.concatenate(parts)[4:])


@pytest.mark.parametrize("law", ["uniform", "normal", "exponential", "stable"])
def test_a_lane_is_the_single_form_bit_for_bit(law):
    draw = lambda key, shape: getattr(random.Draw(key, 9), law)(*((1.3, shape) if law == "stable" else (shape,)))
    lanes = draw(random.lane_key(1, 3, jnp.arange(37, dtype=jnp.uint32)), (3, 5))
    for replicate in (0, 17, 36):
        alone = random.lane_key(1, 3, replicate)
        np.testing.assert_array_equal(draw(alone, (3, 5)), lanes[..., replicate])
        np.testing.assert_array_equal(jax.jit(lambda k: draw(k, (15,)))(alone), lanes[..., replicate].ravel())
        np.testing.assert_array_equal(jax.jit(lambda k: draw(k, ()))(alone), lanes[0, 0, replicate])


def test_normal_is_the_inverse_of_the_distribution_function(some_words):
    w0, w1 = some_words
    magnitude = np.where(w0 >> 31, w0 ^ np.uint32(0xFFFFFFFF), w0).astype(np.float64)
    x, sign = (magnitude + 0.5) * 2.0**-31, np.where(w0 >> 31, -1, 1)
    exact = sign * np.where(
        x < 1e-4, np.sqrt(np.pi / 2) * x * (1 + np.pi / 12 * x**2), -ndtri((2**31 - magnitude - 0.5) * 2.0**-32)
    )
    np.testing.assert_allclose(np.asarray(random.normal(w0)), exact, rtol=1e-6)
    with jax.enable_x64(True):
        double = np.asarray(random.normal(w0, w1, dtype=jnp.float64))
        low = np.where(w0 >> 31, w1 ^ np.uint32(0xFFFFFFFF), w1).astype(np.float64)
        x = (magnitude + (low + 0.5) * 2.0**-32) * 2.0**-31
        rest = (2.0**31 - 1 - magnitude + (2.0**32 - 0.5 - low) * 2.0**-32) * 2.0**-31  # 1 - x
        np.testing.assert_allclose(erf(double / np.sqrt(2))[x < 0.9], (sign * x)[x < 0.9], rtol=1e-12)
        np.testing.assert_allclose(2 * ndtr(-abs(double))[x > 0.9], rest[x > 0.9], rtol=1e-11)
        far = np.asarray(distributions.normal(*CORNERS, dtype=jnp.float64))
        assert np.isfinite(far).all()
        assert (far != 0).all()
        assert abs(far).max() > 9


def exact_stable(w0, w1, alpha):
    with mpmath.workdps(40):
        angle = mpmath.pi / 2 * (int(w0 & np.uint32(0x7FFFFFFF)) + mpmath.mpf(1) / 2) / 2**31
        wait = -mpmath.log((int(w1) + mpmath.mpf(1) / 2) / 2**32)
        a = mpmath.mpf(alpha)
        size = (
            mpmath.sin(a * angle) / mpmath.cos(angle) ** (1 / a) * (mpmath.cos((1 - a) * angle) / wait) ** ((1 - a) / a)
        )
        return float(-size if w0 >> 31 else size)


@pytest.mark.parametrize("alpha", [0.5, 0.9375, 1.0, 1.0078125, 1.5, 1.875, 2.0])
def test_stable_is_chambers_mallows_stuck_to_rounding(some_words, alpha):
    w0, w1 = (np.concatenate([c, w[:100], w[-100:]]) for c, w in zip(CORNERS, some_words, strict=True))
    exact = np.array([exact_stable(a, b, alpha) for a, b in zip(w0, w1, strict=True)])
    np.testing.assert_allclose(np.asarray(random.stable(w0, w1, alpha)), exact, rtol=6e-6)
    with jax.enable_x64(True):
        np.testing.assert_allclose(np.asarray(random.stable(w0, w1, alpha, dtype=jnp.float64)), exact, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_end_points_are_finite_and_not_zero_for_every_alpha(dtype):
    alphas = np.concatenate([[1e-3, 0.01, 0.05], np.linspace(0.1, 2, 96), [1 - 1e-7, 1 + 1e-7, 2 - 1e-7, 2 - 1e-3]])
    with jax.enable_x64(dtype == "float64"):
        alphas = jnp.asarray(alphas, dtype)[:, None]
        symmetric = random.stable(*CORNERS, alphas, dtype=jnp.dtype(dtype))
        positive = random.positive_stable(*CORNERS, alphas / 2, dtype=jnp.dtype(dtype))
        others = [f(*CORNERS, dtype=jnp.dtype(dtype)) for f in (random.uniform, random.normal, random.exponential)]
    for values in (symmetric, positive, *others):
        values = np.asarray(values)
        assert np.isfinite(values).all()
        assert (values != 0).all()
        assert (abs(values) >= np.finfo(dtype).tiny).all()
    assert (np.asarray(positive) > 0).all()
    assert (np.asarray(others[0]) > 0).all()
    assert (np.asarray(others[0]) < 1).all()


@pytest.mark.parametrize("alpha", ALPHAS)
def test_stable_law_and_tails(alpha):
    values = million(lambda d, shape: d.stable(alpha, shape))
    assert np.isfinite(values).all()
    assert (values != 0).all()
    follows(values, lambda u: np.exp(-(abs(u) ** alpha)))
    for probability in (1e-3, 1e-4, 1e-5):
        if alpha < 2:
            x = (stable_tail(1.0, alpha, terms=1) / probability) ** (1 / alpha)
            occurs((abs(values) > x).sum(), values.size, stable_tail(x, alpha))
        else:
            x = np.sqrt(2) * stats.norm.isf(probability / 2)
            occurs((abs(values) > x).sum(), values.size, probability)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", ALPHAS)
def test_a_hundred_million_stable_draws(alpha):
    key = random.lane_key(2026, random.NOISE, jnp.arange(10_000, dtype=jnp.uint32))
    x = [
        (stable_tail(1.0, min(alpha, 1.99), 1) / p) ** (1 / alpha) if alpha < 2 else np.sqrt(2) * stats.norm.isf(p / 2)
        for p in (1e-4, 1e-6)
    ]

    @jax.jit
    def look(step):
        v = random.Draw(key, step).stable(jnp.float32(alpha), (100,))
        size = abs(v)
        return (~jnp.isfinite(v)).sum(), (v == 0).sum(), (size > x[0]).sum(), (size > x[1]).sum(), jnp.cos(v).mean()

    bad, zero, near, far, cosine = (
        np.array(c, float) for c in zip(*(look(jnp.uint32(k)) for k in range(100)), strict=True)
    )
    assert bad.sum() == 0
    assert zero.sum() == 0
    for count, at, p in ((near, x[0], 1e-4), (far, x[1], 1e-6)):
        occurs(count.sum(), 10**8, stable_tail(at, alpha) if alpha < 2 else p)
    error = np.sqrt(((1 + np.exp(-(2.0**alpha))) / 2 - np.exp(-2)) / 1e8)
    assert abs(cosine.mean() - np.exp(-1)) < stats.norm.isf(LEVEL / 2) * error + 1e-7  # float32 means


def test_normal_uniform_exponential_and_positive_stable_laws():
    normal = million(lambda d, shape: d.normal(shape))
    follows(normal, lambda u: np.exp(-(u**2) / 2))
    for p in (1e-3, 1e-5):
        occurs((abs(normal) > stats.norm.isf(p / 2)).sum(), normal.size, p)
    uniform = million(lambda d, shape: d.uniform(shape))
    assert uniform.min() > 0
    assert uniform.max() < 1
    assert stats.chisquare(np.bincount((uniform * 64).astype(int).ravel(), minlength=64)).pvalue > LEVEL
    wait = million(lambda d, shape: d.exponential(shape))
    for x in (1e-5, 0.5, 10.0):
        occurs((wait < x).sum(), wait.size, -np.expm1(-x))
    for index in (0.25, 0.75, 1.0):
        a = million(lambda d, shape, i=index: random.positive_stable(*d.words(shape), i)).astype(float)
        for s in (0.5, 2.0):  # Laplace transform, var e^{-sA} = L(2s) - L(s)^2
            value, law = np.exp(-s * a).mean(), np.exp(-(s**index))
            error = np.sqrt(max(np.exp(-((2 * s) ** index)) - law**2, 0) / a.size)
            assert abs(value - law) < stats.norm.isf(LEVEL / 12) * error + 1e-6


def test_alpha_may_be_traced_and_vary_by_lane():
    key = random.lane_key(0, 0, jnp.arange(4, dtype=jnp.uint32))
    alphas = jnp.array([0.6, 1.0, 1.7, 2.0])
    together = jax.jit(lambda a: random.Draw(key, 0).stable(a, (6,)))(alphas)
    for lane, alpha in enumerate(alphas):
        np.testing.assert_array_equal(together[:, lane], random.Draw(key, 0).stable(float(alpha), (6,))[:, lane])


def test_integers_are_the_top_of_an_exact_product():
    key = random.lane_key(5, 2, jnp.arange(50, dtype=jnp.uint32))
    w0, w1 = (np.asarray(w, object) for w in random.Draw(key, 1).words((20,)))
    for n in (1, 2, 7, 1797, 2**31 - 1):
        expected = ((w0 * 2**32 + w1) * n) // 2**64
        np.testing.assert_array_equal(random.Draw(key, 1).integers((20,), n), expected.astype(int))


def test_permutations_are_permutations_and_uniform():
    key = random.lane_key(5, 2, jnp.arange(12_000, dtype=jnp.uint32))
    orders = np.asarray(random.Draw(key, 1).permutation(3))
    np.testing.assert_array_equal(np.sort(orders, axis=0), np.tile(np.arange(3)[:, None], 12_000))
    assert stats.chisquare(np.bincount(orders[0] * 3 + orders[1], minlength=9)[[1, 2, 3, 5, 6, 7]]).pvalue > LEVEL
    alone = random.Draw(random.lane_key(5, 2, 77), 1).permutation(3)
    np.testing.assert_array_equal(alone, orders[:, 77])


def test_a_jax_key_per_lane():
    keys = random.Draw(random.lane_key(0, 0, jnp.arange(3, dtype=jnp.uint32)), 0).jax_key()
    values = jax.vmap(lambda k: jax.random.normal(k, (2,)))(keys)
    assert values.shape == (3, 2)
    assert len(np.unique(values)) == 6
