"""Every noise: its law, its impulse response, its bits in a plain loop, under jit, vmap and scan, its refusals."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import lax

from tests.laws import follows
from theorylab import noise, random
from theorylab.errors import InputError

C = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]])
PARAMS = {"b": jnp.zeros(()), "w": jnp.zeros(2)}
GAUSSIAN, STABLE = lambda: noise.gaussian(0.5), lambda: noise.stable(1.5, 0.3)
# name told, the noise, its innovations
TABLE = {
    "gaussian": (GAUSSIAN, GAUSSIAN),
    "stable": (STABLE, STABLE),
    "isotropic": (lambda: noise.stable(1.5, 0.3, shape="isotropic"),) * 2,
    "covariance": (lambda: noise.covariance(STABLE(), C),) * 2,
    "differenced": (lambda: noise.differenced(STABLE()), STABLE),
    "ar1": (lambda: noise.ar1(GAUSSIAN(), -0.7), GAUSSIAN),
    "fractional": (lambda: noise.fractional(STABLE(), 0.8), STABLE),
    "twice differenced": (lambda: noise.differenced(noise.ar1(noise.differenced(GAUSSIAN()), 0.9)), GAUSSIAN),
}


def one_step(process: Any, params) -> Any:
    return process.update(jax.tree.map(jnp.zeros_like, params), process.init(params), params)[0]


def scan(process: Any, steps, params=PARAMS) -> Any:
    """(noise of steps 0, 1, ... (steps, ...) per leaf, the state after them)."""
    zeros = jax.tree.map(jnp.zeros_like, params)

    def step(state, _):
        xi, state = process.update(zeros, state, params)
        return state, xi

    return lax.scan(step, process.init(params), length=steps)[::-1]


def history(process: Any, steps, params=PARAMS) -> Any:
    """`scan` under jit."""
    seen, state = jax.jit(lambda: scan(process, steps, params))()
    return jax.tree.map(np.asarray, seen), state


def plain_loop(process: Any, steps, params=PARAMS) -> Any:
    """The same without jit."""
    zeros, state, seen = jax.tree.map(jnp.zeros_like, params), process.init(params), []
    for _ in range(steps):
        xi, state = process.update(zeros, state, params)
        seen.append(xi)
    return jax.tree.map(lambda *x: np.stack(x), *seen)


def lanes(params, count):
    return jax.tree.map(lambda x: jnp.zeros((*x.shape, count)), params), jnp.arange(count, dtype=jnp.uint32)


def same(a, b):
    jax.tree.map(np.testing.assert_array_equal, a, b)


@pytest.mark.parametrize("name", TABLE)
def test_the_noise_is_its_impulse_response_on_its_innovations(name):
    process, base = (make() for make in TABLE[name])
    xi, zeta = history(process, 40)[0], history(base, 40)[0]
    psi = process.impulse_response(40)
    assert psi.dtype == np.float64
    for leaf in PARAMS:
        flat = zeta[leaf].reshape(40, -1).astype(float)
        expected = np.stack([np.convolve(column, psi)[:40] for column in flat.T], axis=1)
        np.testing.assert_allclose(xi[leaf].reshape(40, -1), expected, atol=2e-5 * abs(flat).max())


@pytest.mark.parametrize("name", TABLE)
def test_replicate_r_of_a_plain_loop_is_lane_r_of_a_scan(name):
    process, (wide, ids) = TABLE[name][0](), lanes(PARAMS, 5)
    together = history(process.at(7, ids), 3, wide)[0]
    same(plain_loop(process.at(7, 3), 3), jax.tree.map(lambda x: x[..., 3], together))


@pytest.mark.parametrize("name", ["isotropic", "ar1"])
def test_scan_and_vmap_of_single_noises_are_the_lanes(name):
    process, (wide, ids) = TABLE[name][0](), lanes(PARAMS, 5)
    together = history(process.at(7, ids), 2, wide)[0]
    same(history(process.at(7, 3), 2)[0], jax.tree.map(lambda x: x[..., 3], together))
    mapped = jax.jit(jax.vmap(lambda r: scan(process.at(7, r), 2)[0]))(ids)
    same(mapped, jax.tree.map(lambda x: np.moveaxis(x, -1, 0), together))


@pytest.mark.parametrize("name", TABLE)
def test_law_at_a_step_has_the_scale_that_the_response_tells(name):
    process = TABLE[name][0]()
    wide, ids = lanes({"w": jnp.zeros(3)}, 100_000)
    steps, alpha = 4, process.stability_index
    values = history(process.at(1, ids), steps, wide)[0]["w"][-1]
    size = process.scale if alpha < 2 else process.scale / np.sqrt(2)  # exp(-|size u|^alpha)
    size = size * (abs(process.impulse_response(steps)) ** alpha).sum() ** (1 / alpha)
    assert np.unique(values).size > 290_000
    for direction in ([1, 0, 0], [0, 0, 1], [1, -1, 2]):
        v = np.array(direction, float)
        if name == "covariance":
            length = np.sqrt(v @ C @ v)
        else:
            length = np.linalg.norm(v) if name == "isotropic" else (abs(v) ** alpha).sum() ** (1 / alpha)
        follows(v @ values / (length * size), lambda u: np.exp(-(abs(u) ** alpha)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_belong_to_their_address(dtype):
    """The state goes from step to step; the numbers are those of threefry at (element, step) all the same."""
    with jax.enable_x64(dtype == "float64"):
        params, seed, replicate, steps = {"w": jnp.zeros(3, dtype)}, 7, 5, 6
        key = random.lane_key(seed, random.NOISE, replicate)
        for law, words_per_number in ((noise.gaussian(0.5), 1 if dtype == "float32" else 2), (STABLE(), 2)):
            seen = history(law.at(seed, replicate), steps, params)[0]["w"]
            for k in range(steps):
                block = random.words(key, jnp.arange(3, dtype=jnp.uint32), jnp.uint32(k * words_per_number // 2))
                if law.stability_index == 2:
                    wanted = 0.5 * random.normal(block[k % 2] if words_per_number == 1 else block[0], block[1], dtype)
                else:
                    wanted = 0.3 * random.stable(*block, 1.5, dtype)
                np.testing.assert_allclose(seen[k], wanted, rtol=3e-7 if dtype == "float32" else 1e-14)


def test_isotropic_and_independent_differ_as_they_should():
    wide, ids = lanes({"w": jnp.zeros(3)}, 100_000)
    values = one_step(noise.stable(1.2, 1.0).at(1, ids), wide)["w"]
    with pytest.raises(AssertionError):  # not the isotropic length along (1, 1, 1)
        follows(np.asarray(values).sum(0) / np.sqrt(3), lambda u: np.exp(-(abs(u) ** 1.2)))


def test_gaussian_covariance_is_the_given_one():
    wide, ids = lanes({"b": jnp.zeros(()), "w": jnp.zeros(2)}, 100_000)
    out = one_step(noise.covariance(noise.gaussian(2.0), C).at(3, ids), wide)
    z = np.concatenate([np.asarray(out["b"])[None], np.asarray(out["w"])])
    for v in np.eye(3)[[0, 1, 1, 2]] + np.eye(3)[[0, 2, 0, 1]]:
        follows(v @ z / np.sqrt(4 * v @ C @ v), lambda u: np.exp(-(u**2) / 2))
    singular = noise.covariance(noise.gaussian(1.0), np.ones((3, 3)))
    np.testing.assert_allclose(*(np.broadcast_arrays(*one_step(singular, PARAMS).values())), rtol=1e-5)


def test_in_an_optax_chain_it_trains_in_gradient_or_parameter_units():
    eta, lam = 0.1, 2.0
    grad = jax.grad(lambda p: 0.5 * lam * (p["w"] ** 2).sum() + 0 * p["b"])
    for units in ("gradient", "parameter"):
        parts = (noise.ar1(noise.gaussian(0.5, seed=4), 0.5), optax.sgd(eta))
        assert isinstance(parts[0], optax.GradientTransformation)
        optimizer = optax.chain(*(parts if units == "gradient" else parts[::-1]))
        params: Any = {"b": jnp.ones(()), "w": jnp.ones(2)}
        state = optimizer.init(PARAMS)
        for _ in range(20):
            updates, state = optimizer.update(grad(params), state, params)
            params = optax.apply_updates(params, updates)
        xi, factor = history(parts[0], 20)[0]["w"].astype(float), -eta if units == "gradient" else 1.0
        theta = np.ones(2)
        for k in range(20):
            theta = (1 - eta * lam) * theta + factor * xi[k]
        np.testing.assert_allclose(params["w"], theta, rtol=1e-4, atol=1e-5)


def test_state_dependent_reads_the_parameters_before_the_step():
    base = noise.gaussian(1.0, seed=2)
    process = noise.state_dependent(base, by=lambda p: jax.tree.map(lambda x: 1 + x**2, p))
    params = {"b": jnp.float32(2.0), "w": jnp.array([0.0, 3.0])}
    plain, scaled = one_step(base, params), one_step(process, params)
    same(scaled, jax.tree.map(lambda z, p: z * (1 + p**2), plain, params))
    common = noise.state_dependent(base, by=lambda p: p["b"])
    np.testing.assert_allclose(one_step(common, params)["w"], 2 * plain["w"])
    with pytest.raises(InputError, match="params"):
        process.update(PARAMS, process.init(PARAMS))


def test_annealed_follows_an_optax_schedule():
    schedule = optax.linear_schedule(1.0, 0.0, 4)
    outer, _ = history(noise.annealed(noise.differenced(GAUSSIAN()), schedule), 6)
    inner, _ = history(noise.differenced(GAUSSIAN()), 6)
    factors = np.array([schedule(k) for k in range(6)], np.float32)
    np.testing.assert_allclose(outer["w"], inner["w"] * factors[:, None], rtol=1e-6)


@pytest.mark.parametrize("kind", ["clipped", "truncated"])
def test_bounds_act_where_told_and_count_per_lane(kind):
    wide, ids = lanes(PARAMS, 200)
    base = noise.stable(0.8, 1.0).at(1, ids)
    optimizer = optax.chain(getattr(noise, kind)(base, 3.0), optax.identity())
    seen, state = history(optimizer, 5, wide)
    free, _ = history(base, 5, wide)
    beyond = jax.tree.map(lambda x: abs(x) > 3, free)
    for leaf in free:
        expected = np.clip(free[leaf], -3, 3) if kind == "clipped" else np.where(beyond[leaf], 0, free[leaf])
        np.testing.assert_array_equal(seen[leaf], expected)
    np.testing.assert_array_equal(noise.fired(state), beyond["b"].sum(0) + beyond["w"].sum((0, 1)))
    alone = getattr(noise, kind)(noise.stable(0.8, 1.0, seed=1, replicate=9), 3.0)
    assert noise.fired(history(alone, 5)[1]) == noise.fired(state)[9]
    with pytest.raises(InputError, match="no clipped"):
        noise.fired(base.init(wide))


def test_numbers_may_be_traced_and_change_no_bit():
    def draw(sigma, alpha, gamma, rho, H, seed):
        parts = (
            noise.ar1(noise.gaussian(sigma, seed=seed), rho),
            noise.clipped(noise.differenced(noise.stable(alpha, gamma, seed=seed)), gamma),
            noise.stable(alpha, gamma, seed=seed, shape="isotropic"),
        )
        smooth = noise.fractional(noise.stable(alpha, gamma, seed=seed), H)
        return [scan(p, 3)[0] for p in parts], scan(smooth, 3)[0]

    numbers = (0.4, 1.7, 0.2, 0.8, 0.75, 12)
    traced, told = jax.jit(draw)(*numbers), jax.jit(lambda: draw(*numbers))()
    same(traced[0], told[0])
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), traced[1], told[1])


def test_the_generator_runs_once_per_step():
    """XLA's CPU back end repeats a producer for each reader; a noise draws once (control: a bare draw)."""
    key = random.lane_key(0, random.NOISE, jnp.arange(64, dtype=jnp.uint32))
    params = {"v": jnp.zeros((3, 3, 64)), "w": jnp.zeros((8, 64))}

    def blocks(process: Any):
        optimizer = optax.chain(process, optax.adam(0.1))

        def step(_, carry):
            updates, state = optimizer.update(jax.tree.map(lambda x: 4 * x**3, carry[0]), carry[1], carry[0])
            return optax.apply_updates(carry[0], updates), state

        run = jax.jit(lambda *carry: lax.fori_loop(0, 100, step, carry))
        return str(run.lower(params, optimizer.init(params)).compile().as_text()).count(" xor(")

    def fresh(updates: Any, state: Any, params: Any = None) -> Any:
        z = random.Draw(key, state).normal((17,))
        return {"v": updates["v"] + z[:9].reshape(3, 3, 64), "w": updates["w"] + z[9:]}, state + 1

    once = str(jax.jit(lambda k: random.Draw(k, 1).normal((17,))).lower(key).compile().as_text()).count(" xor(")
    made = noise.differenced(noise.gaussian(0.5)).at(0, jnp.arange(64, dtype=jnp.uint32))
    assert blocks(made) < 1.5 * once < blocks(optax.GradientTransformation(lambda params: jnp.uint32(0), fresh))


def test_float64_leaves_draw_in_float64_and_narrow_ones_in_their_own():
    with jax.enable_x64(True):
        out = one_step(noise.stable(1.5, 1.0), {"a": jnp.zeros(3, "float64"), "b": jnp.zeros(3, "float32")})
        assert [x.dtype for x in out.values()] == ["float64", "float32"]
        assert not np.array_equal(np.float32(out["a"]), out["a"])
    half = one_step(noise.gaussian(1.0), {"a": jnp.zeros(3, "bfloat16"), "b": jnp.zeros(3)})
    assert half["a"].dtype == "bfloat16"
    np.testing.assert_array_equal(half["b"], one_step(noise.gaussian(1.0), jnp.zeros(6))[3:])


def test_what_a_noise_tells_the_theory():
    process = noise.differenced(noise.ar1(noise.stable(1.5, 0.1), 0.5))
    np.testing.assert_allclose(process.impulse_response(4), [1, -0.5, -0.25, -0.125])
    assert (process.stability_index, process.scale, process.name) == (1.5, 0.1, "differenced ar1 stable")
    assert str(process) == "differenced(ar1(stable(alpha=1.5, gamma=0.1), rho=0.5))"
    assert str(noise.clipped(noise.gaussian(2.0), 3.0).times(0.5)) == "clipped(gaussian(sigma=1), at=1.5)"
    assert str(noise.stable(1.0, 2.0, shape="isotropic")) == "stable(alpha=1, gamma=2, shape='isotropic')"
    silent = noise.differenced(noise.none())
    assert (silent.name, silent.scale, str(silent)) == ("none", 0.0, "none()")
    same(one_step(silent.at(0, jnp.arange(3, dtype=jnp.uint32)), PARAMS), PARAMS)
    with pytest.raises(AttributeError):
        process.law = None


BAD = {
    "alpha=2.5 is outside 0 < alpha <= 2": lambda: noise.stable(2.5, 1.0),
    "alpha=0": lambda: noise.stable(0, 1.0),
    "gamma=-1": lambda: noise.stable(1.5, -1),
    "gamma=nan": lambda: noise.stable(1.5, np.nan),
    "sigma='much' is not a number": lambda: noise.gaussian("much"),
    "sigma=inf": lambda: noise.gaussian(np.inf),
    "rho=1.0 is outside abs": lambda: noise.ar1(GAUSSIAN(), 1.0),
    "did you mean 'isotropic'": lambda: noise.gaussian(1.0, shape="isotropc"),
    "at=0": lambda: noise.clipped(STABLE(), 0),
    "H=1.1 with alpha=1.5 gives d=H-1/alpha=0.433": lambda: noise.fractional(STABLE(), 1.1),
    "H=1 with": lambda: noise.fractional(GAUSSIAN(), 1.0),
    "not a square matrix": lambda: noise.covariance(GAUSSIAN(), np.ones((2, 3))),
    "not symmetric": lambda: noise.covariance(GAUSSIAN(), [[1, 2], [0, 1]]),
    "eigenvalue -1": lambda: noise.covariance(GAUSSIAN(), [[1, 0], [0, -1]]),
    "3 x 3, the parameters have 2": lambda: noise.covariance(GAUSSIAN(), C).init(jnp.zeros(2)),
    "does not end in the lane axis": lambda: noise.gaussian(1.0).at(0, jnp.arange(3)).init(jnp.zeros(2)),
    "dtype int32": lambda: noise.gaussian(1.0).init(jnp.zeros(2, int)),
    "seed=-1": lambda: noise.gaussian(1.0, seed=-1).init(jnp.zeros(2)),
}


@pytest.mark.parametrize("text", BAD)
def test_bad_numbers_are_refused_in_one_line(text):
    with pytest.raises(InputError) as error:
        BAD[text]()
    assert "\n" not in str(error.value)
    assert text in str(error.value)
