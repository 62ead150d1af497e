"""Deep linear networks: claims against independent oracles, starts, observables and labels against their equations."""

import math
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax.flatten_util import ravel_pytree
from scipy import integrate

from models.deep_linear.claims.balance.imbalance import imbalance_rate
from models.deep_linear.claims.label_noise.mean import label_noise_mean
from models.deep_linear.claims.learning.modes import learning_time, mode_strength
from models.deep_linear.claims.parameter_noise.anticorrelated import anticorrelated_product
from models.deep_linear.matrices import network
from models.deep_linear.scalars import network as factors
from models.deep_linear.scalars import survivors
from theorylab import random
from theorylab.errors import InputError

LANES = 3


def made(depth, **changes):
    """Parameters, teacher and cell of an aligned start in float64."""
    c = SimpleNamespace(depth=depth, inputs=4, hidden=5, outputs=3, s=(2.0, 0.8), u0=0.05, **changes)
    ids = jnp.arange(LANES, dtype=jnp.uint32)
    draw = lambda stream: random.Draw(random.lane_key(1, stream, ids))
    c.data = network.teacher(draw(random.DATA), c)
    return network.aligned(draw(random.INIT), c), c


def flow(params, c, t):
    """Gradient flow of all weights of all lanes, by an adaptive integrator in float64."""
    flat, back = ravel_pytree(params)
    slope = jax.jit(jax.grad(lambda x: network.loss(back(x), c).sum()))
    found = integrate.solve_ivp(lambda _, x: -slope(x), (0, t), np.array(flat), method="DOP853", rtol=1e-11, atol=1e-13)
    return back(jnp.array(found.y[:, -1]))


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_matrix_networks_follow_the_mode_strengths(depth):
    with jax.enable_x64(True):
        params, c = made(depth)
        params, c.data = jax.tree.map(lambda x: x.astype(jnp.float64), (params, c.data))
        start = network.strengths(params, c)
        end = flow(params, c, 2.5)
        predicted = mode_strength.predict(depth=depth, s=np.array(c.s)[:, None], u0=np.array(start), t=2.5)
        np.testing.assert_allclose(network.strengths(end, c), predicted, rtol=2e-5)  # frames are orthonormal to float32
        if depth > 1:
            assert np.max(network.imbalance(end, c)) < 1e-5
        leaked = np.sort(np.array(network.singular_values(end, c)), axis=0)[::-1][:2]
        np.testing.assert_allclose(leaked, np.sort(predicted, axis=0)[::-1], rtol=1e-4)


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_the_learning_time_is_the_inverse_of_the_strength(depth):
    for u in (0.03, 0.4, 1.2):
        t = learning_time.predict(depth=depth, s=1.3, u0=0.02, u=u)
        assert mode_strength.predict(depth=depth, s=1.3, u0=0.02, t=t) == pytest.approx(u, rel=1e-9)


@pytest.mark.parametrize(("depth", "u0"), [(2, 3.0), (3, 3.0), (4, 1.5), (3, 0.4)])
def test_strengths_above_the_target_fall(depth, u0):
    rate = lambda _, u: depth * u ** (2 - 2 / depth) * (1.0 - u)
    expected = integrate.solve_ivp(rate, (0, 0.7), [u0], rtol=1e-11, atol=1e-13).y[0, -1]
    assert mode_strength.predict(depth=depth, s=1.0, u0=u0, t=0.7) == pytest.approx(expected, rel=1e-8)
    assert mode_strength.predict(depth=depth, s=1.0, u0=u0, t=1e4) == pytest.approx(1.0, abs=1e-12)
    assert mode_strength.predict(depth=depth, s=1.0, u0=1.0, t=3.0) == 1.0


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_gradient_descent_is_off_by_its_known_first_order(depth):
    r"""u_GD - u = eta f(u) [(L-1)/(2L) ln(u/u0) - ln(f(u)/f(u0))/2] + O(eta^2), f = du/dt: the modified equation."""
    s, u0, t = 1.2, 0.05, 3.0
    u = mode_strength.predict(depth=depth, s=s, u0=u0, t=t)
    f = lambda x: depth * x ** (2 - 2 / depth) * (s - x)
    constant = f(u) * ((depth - 1) / (2 * depth) * math.log(u / u0) - 0.5 * math.log(f(u) / f(u0)))
    errors = []
    for steps in (2000, 4000):
        eta, w = t / steps, u0 ** (1 / depth)
        for _ in range(steps):
            w -= eta * w ** (depth - 1) * (w**depth - s)
        errors.append((w**depth - u) / eta)
    assert 2 * errors[1] - errors[0] == pytest.approx(constant, rel=1e-4)


def test_refusals_name_the_condition():
    with pytest.raises(InputError, match=r"u0=0\.5, u=0\.2 is outside u0 <= u"):
        learning_time.predict(depth=2, s=1.0, u0=0.5, u=0.2)
    with pytest.raises(InputError, match=r"alpha=1\.0 is outside 1 < alpha <= 2"):
        label_noise_mean.predict(v=1.0, eta=0.01, B=1, gamma=0.1, alpha=1.0)
    with pytest.raises(InputError, match=r"eta=0\.5, gamma=4\.0 is outside"):
        imbalance_rate.predict(eta=0.5, gamma=4.0, alpha=1.5)


def mean_log(alpha, c):
    """E ln|1 + c X| by the whole integral, along a ray in the complex plane."""
    turn = np.exp(1j * np.pi / (2 * alpha + 2))
    f = lambda r: float(np.real(-np.exp(1j * r * turn) * np.expm1(-((c * r * turn) ** alpha)) / r))
    return sum(integrate.quad(f, a, b, limit=400, epsabs=1e-13)[0] for a, b in [(0, 1), (1, 10), (10, 100)])


@pytest.mark.parametrize("alpha", [0.8, 1.0, 1.2, 1.5, 1.8, 2.0])
def test_the_imbalance_rate_is_the_leading_order_of_the_exact_mean(alpha):
    for c in (0.02, 0.005):
        exact, lead = 2 * mean_log(alpha, c), imbalance_rate.predict(eta=c, gamma=1.0, alpha=alpha)
        second = -math.gamma(2 * alpha) * math.cos(math.pi * alpha) * c ** (2 * alpha)
        assert exact - lead == pytest.approx(second, abs=math.gamma(3 * alpha) * c ** (3 * alpha) / 2 + 1e-11)
    assert imbalance_rate.predict(eta=0.1, gamma=0.2, alpha=2.0) == pytest.approx(-2 * 0.02**2)
    assert 2 * mean_log(1.0, 0.3) == pytest.approx(math.log(1.09), rel=1e-9)


def test_one_step_multiplies_the_imbalance():
    with jax.enable_x64(True):
        rng = np.random.default_rng(0)
        params = {k: jnp.array(rng.normal(size=LANES)) for k in "uw"}
        y, eta = jnp.array(rng.normal(size=(2, LANES))), 0.3
        slope = jax.grad(lambda p: factors.loss(p, None, y).sum())(params)
        after = {k: params[k] - eta * slope[k] for k in params}
        g = params["u"] * params["w"] - y.mean(0)
        before, log = (factors.log_imbalance(p, None) for p in (params, after))
        np.testing.assert_allclose(log - before, np.log(np.abs(1 - eta**2 * g**2)), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("x0", [0.2, 1.0, 7.0, -3.0])
def test_the_flow_average_is_the_average_along_the_flow(x0):
    v, eta = 1.3, 0.4
    path = integrate.solve_ivp(
        lambda _, z: [2 * abs(z[0]) * (v - z[0]), z[0]], (0, eta), [x0, 0], rtol=1e-11, atol=1e-13
    )
    params = {"u": jnp.array([1.0]), "w": jnp.array([x0])}
    average = factors.flow_average(params, SimpleNamespace(v=v, eta=eta))
    assert float(average[0]) == pytest.approx(path.y[1, -1] / eta, rel=1e-6)


def test_labels_have_the_scale_that_they_say():
    n, level = 200_000, 5.0  # standard errors
    key = random.lane_key(3, random.BATCH, jnp.arange(n, dtype=jnp.uint32))
    c = SimpleNamespace(v=0.7, B=1, gamma=0.4, alpha=1.5, dtype="float32", noise="label gaussian")
    now, before = (np.array(factors.labels(random.Draw(key, step), c))[0] - c.v for step in (1, 0))
    assert now.var() == pytest.approx(2 * c.gamma**2, abs=level * 2 * c.gamma**2 * math.sqrt(2 / n))
    c.noise = "label differenced"
    np.testing.assert_allclose(np.array(factors.labels(random.Draw(key, 1), c))[0] - c.v, now - before, atol=1e-5)
    np.testing.assert_allclose(np.array(factors.labels(random.Draw(key, 0), c))[0] - c.v, before, atol=1e-5)
    c.noise = "label stable"
    wave = np.cos((np.array(factors.labels(random.Draw(key, 1), c))[0] - c.v) / c.gamma)
    assert wave.mean() == pytest.approx(math.exp(-1), abs=level * float(wave.std()) / math.sqrt(n))


def test_a_batch_divides_the_noise_rate():
    one = {"v": 1.0, "eta": 0.01, "gamma": 0.8, "alpha": 1.5}
    shift = lambda **changes: label_noise_mean.predict(**{**one, "B": 1, **changes}) - 1.0
    assert shift(B=4) == pytest.approx(shift() / 2)
    assert shift(eta=0.04) == pytest.approx(2 * shift())
    assert shift(alpha=2.0) == pytest.approx(-0.01 * 0.8**2)


@pytest.mark.parametrize("alpha", [1.3, 1.5, 1.8])
def test_survivors_miss_the_far_part_of_the_mean_logarithm(alpha):
    """The near part step by step, from which the closed form leaves out a share of order (eta v)^(1 - alpha/2)."""
    eta, v = 0.003, 1.0
    y = math.sqrt(2 / (eta * v))
    density = alpha / math.pi * math.gamma(alpha) * math.sin(math.pi * alpha / 2)  # of one side, per scale^alpha
    far = integrate.quad(lambda x: 2 * math.log(x) * density * x ** (-1 - alpha), y, math.inf)[0]
    kicks = np.geomspace(1.0, y, 3001)
    lacking = [np.log(k) - excess(v * k**2, eta, v) for k in np.sqrt(kicks[1:] * kicks[:-1])]
    early = 2 * density / alpha * (np.array(lacking) * -np.diff(kicks**-alpha)).sum()
    assert survivors.survivors_miss(alpha, eta, v) == pytest.approx(
        (far + early) / abs(math.gamma(alpha) * math.cos(math.pi * alpha / 2)), rel=0.15
    )


def excess(x, eta, v):
    """Sum of eta (flow average - v) over the steps that take a product from x back to v, without noise."""
    total = 0.0
    for _ in range(6000):
        total += 0.5 * math.log1p(x / v * math.expm1(2 * v * eta)) - eta * v
        x *= (1 - eta * (x - v)) ** 2
    return total


def test_the_soft_threshold():
    assert [anticorrelated_product.predict(v=1.0, s=s) for s in (0.0, 0.5, 1.0, 1.7)] == [1.0, 0.75, 0.0, 0.0]


def starts(c):
    make = lambda ids: network.generic(random.Draw(random.lane_key(0, random.INIT, ids)), c)
    return jax.jit(make)(jnp.arange(LANES, dtype=jnp.uint32))


def test_generic_starts_are_flax_networks():
    c = SimpleNamespace(depth=3, inputs=4, hidden=5, outputs=2, spread=0.5)
    params = starts(c)
    assert [params[f"W{i}"].shape for i in (1, 2, 3)] == [(5, 4, LANES), (5, 5, LANES), (2, 5, LANES)]
    net = network.DeepLinear(network.widths(c), 0.5, nnx.Rngs(0))
    for i, weight in enumerate(net.weights):
        weight[...] = params[f"W{i + 1}"][..., 1]
    x = jnp.eye(4)
    np.testing.assert_allclose(net(x).T, network.product(params)[..., 1], rtol=1e-5, atol=1e-6)


def test_the_digits_are_white_and_their_losses_agree():
    pytest.importorskip("sklearn")
    from models.deep_linear.matrices import digits

    x, y = digits.images(12)
    np.testing.assert_allclose(x.T @ x / len(x), np.eye(12), atol=1e-10)
    left, s, right = digits.modes(12, 9)
    np.testing.assert_allclose(left.T @ (y.T @ x / len(x)) @ right, np.diag(s), atol=1e-10)
    c = SimpleNamespace(depth=2, inputs=12, hidden=6, outputs=10, modes=9, spread=0.3)
    c.data, params = digits.teacher(None, c), starts(c)
    index = jnp.array([[5, 0, 1700], [900, 3, 11]])
    full, part = jax.jit(lambda p: (digits.full_loss(p, c), digits.batch_loss(p, c, index)))(params)
    for lane in range(LANES):
        weight = np.array(params["W2"][..., lane] @ params["W1"][..., lane], float)
        each = 0.5 * ((x @ weight.T - y) ** 2).sum(1)
        assert full[lane] + 0.5 * (y**2).sum() / len(y) == pytest.approx(each.mean(), rel=1e-4)
        assert part[lane] == pytest.approx(each[np.array(index[:, lane])].mean(), rel=1e-4)
