"""Noise on labels and weights of deep linear networks: claims against independent oracles, and what they refuse."""

import math
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, special

from models.deep_linear.claims.label_noise.differenced import anticorrelated_variance
from models.deep_linear.claims.label_noise.diffusion import mode_diffusion
from models.deep_linear.claims.label_noise.pool import crossover, pool_shift
from models.deep_linear.claims.label_noise.shrinkage import shrinkage
from models.deep_linear.claims.label_noise.shuffled import shuffled_label_variance
from models.deep_linear.claims.learning.decay import decay_transition
from models.deep_linear.claims.parameter_noise.anticorrelated_balance import anticorrelated_balance
from models.deep_linear.claims.parameter_noise.cauchy import tied_cauchy
from models.deep_linear.claims.parameter_noise.langevin import langevin_product
from models.deep_linear.matrices import network, noisy_labels
from models.deep_linear.scalars import residual_pool
from theorylab import measure, random
from theorylab.errors import InputError

LANES = 3


def sampled_shift(eta, sigma, s):
    """Mean of u w - s over many runs of one scalar mode with labels s +- sigma, less that of its linear twin."""
    rng = np.random.default_rng(0)
    u, w, twin, gaps = *(np.full(20_000, math.sqrt(s)) for _ in "uw"), np.full(20_000, s), []
    for step in range(1200):
        xi = sigma * rng.choice([-1.0, 1.0], len(u))
        g = u * w - s - xi
        u, w, twin = u - eta * w * g, w - eta * u * g, twin - eta * (twin - s - xi)
        if step >= 300:
            gaps.append((u * w - twin).mean())
    return np.mean(gaps)


def test_the_shift_of_one_mode():
    measured = sampled_shift(0.02, 1.0, 1.0)
    assert measured == pytest.approx(shrinkage.predict(eta=0.02, sigma=1.0, d_in=1, d_out=1), rel=0.05)


def test_the_shift_knows_the_shape():
    inputs = {"eta": 0.0025, "sigma": 2.0}
    assert shrinkage.predict(**inputs, d_in=8, d_out=2) == pytest.approx(-0.02)
    assert shrinkage.predict(**inputs, d_in=2, d_out=8) == pytest.approx(-0.02)
    assert shrinkage.predict_control("balanced", **inputs, d_in=8, d_out=2) == pytest.approx(-0.025)
    assert shrinkage.predict_control("balanced", **inputs, d_in=4, d_out=4) == pytest.approx(-0.02)
    with pytest.raises(InputError, match="d_in"):
        shrinkage.predict(**inputs, d_in=0, d_out=2)
    with pytest.raises(InputError, match="sigma"):
        shrinkage.predict(eta=0.1, sigma=-1.0, d_in=2, d_out=2)


def matrices(noise, **changes):
    """The start of noisy-label networks, its cell and the address of their samples."""
    c = SimpleNamespace(depth=2, inputs=6, outputs=3, hidden=4, s=(1.4, 0.6), sigma=0.7, noise=noise, **changes)
    ids = jnp.arange(LANES, dtype=jnp.uint32)
    c.data = network.teacher(random.Draw(random.lane_key(0, random.DATA, ids)), c)
    start = noisy_labels.equilibrium(random.Draw(random.lane_key(0, random.INIT, ids)), c)
    return start, c, random.lane_key(0, random.BATCH, ids)


def test_networks_start_at_the_noise_equilibrium():
    start, c, _ = matrices("label gaussian")
    np.testing.assert_allclose(network.product(noisy_labels.layers(start)), c.data["target"], atol=1e-5)
    np.testing.assert_allclose(noisy_labels.shifts(start, c), 0, atol=1e-5)
    for lane in range(LANES):
        first, second = (np.array(start[name][..., lane], float) for name in ("W1", "W2"))
        np.testing.assert_allclose(c.outputs * first @ first.T, c.inputs * second.T @ second, atol=1e-4)


def test_label_noise_has_the_variance_that_it_says():
    n, level = 200_000, 5.0  # standard errors
    key = random.lane_key(5, random.BATCH, jnp.arange(n, dtype=jnp.uint32))
    c = SimpleNamespace(inputs=1, outputs=1, sigma=0.7, noise="label gaussian")
    for kind, variance in (("label gaussian", c.sigma**2), ("label differenced", 2 * c.sigma**2)):
        c.noise = kind
        xi = np.array(noisy_labels.samples(random.Draw(key, 4), c)[1])
        assert xi.var() == pytest.approx(variance, abs=level * variance * math.sqrt(2 / n))
    after = np.array(noisy_labels.samples(random.Draw(key, 5), c)[1])
    assert (xi * after).mean() == pytest.approx(-(c.sigma**2), abs=level * 2 * c.sigma**2 / math.sqrt(n))


def test_differenced_labels_leave_the_variance_that_is_claimed():
    eta, sigma, v, many = 0.01, 6.0, 1.0, 4000
    rng, seen = np.random.default_rng(1), []
    x, last = np.full(many, v - eta * sigma**2), np.zeros(many)
    for step in range(2500):
        zeta = sigma * rng.normal(size=many)
        x = x * (1 - eta * (x - v) + eta * (zeta - last)) ** 2
        last = zeta
        if step > 500:
            seen.append(((x - v + eta * sigma**2) ** 2).mean())
    predicted = anticorrelated_variance.predict(v=v, eta=eta, sigma=sigma)
    assert np.mean(seen) == pytest.approx(predicted, rel=0.03)
    for name in ("white", "last kick", "no shift"):
        wrong = anticorrelated_variance.predict_control(name, v=v, eta=eta, sigma=sigma)
        assert abs(wrong / predicted - 1) > 0.2
    with pytest.raises(InputError, match=r"v - eta\*sigma\*\*2"):
        anticorrelated_variance.predict(v=1.0, eta=0.1, sigma=4.0)


def test_the_pool_decides_which_equation_holds():
    heavy = 3.7 * residual_pool.pool("stable:1.5", 4096)
    shift = lambda eta: pool_shift.predict(v=1.0, eta=eta, residuals=heavy) - 1
    wrong = lambda name, eta: pool_shift.predict_control(name, v=1.0, eta=eta, residuals=heavy) - 1
    few = 0.02 / heavy.max()
    assert shift(few) == pytest.approx(wrong("gaussian sde", few), rel=1e-3)
    assert abs(shift(few) / wrong("levy sde", few) - 1) > 0.5
    assert shift(0.001) == pytest.approx(np.log(np.abs(1 + 0.001 * heavy)).mean() / 0.001, rel=1e-12)
    cross = crossover(heavy)
    assert wrong("gaussian sde", cross) == pytest.approx(wrong("levy sde", cross), rel=1e-9)
    assert math.isnan(crossover(residual_pool.pool("gaussian", 4096)))


def test_pools_are_symmetric_and_fitted():
    for name, alpha in (("stable:1.5", 1.5), ("stable:1.8", 1.8), ("gaussian", 2.0)):
        values = 2.5 * residual_pool.pool(name, 8192)
        assert values.sum() == pytest.approx(0, abs=1e-6)
        assert measure.stable_fit(values) == pytest.approx((alpha, 2.5), rel=0.03)
    assert residual_pool.pool("truncated:1.5:30", 1024).max() < 30
    with pytest.raises(InputError, match="stabel"):
        residual_pool.pool("stabel:1.5", 1024)


def test_pools_that_no_network_survives_are_refused():
    with pytest.raises(InputError, match=r"eta\*v\*\(1 \+ eta\*max"):
        pool_shift.predict(v=1.0, eta=0.1, residuals=[-40.0, 40.0])
    with pytest.raises(InputError, match=r"v \+ mean\(log"):
        pool_shift.predict(v=1.0, eta=0.1, residuals=[-10.0, 10.0])
    assert pool_shift.predict(v=1.0, eta=0.1, residuals=[-1.0, 1.0]) == pytest.approx(1 + 5 * math.log(1 - 0.01))


@pytest.mark.parametrize("h", [1, 3, 4])
def test_the_langevin_law_of_the_product(h):
    v, g, temperature = 1.0, 0.2, 0.1
    found = langevin_product.predict(v=v, T=temperature, g=g, h=h)
    order = (h - 1) / 2

    def weight(z, power):
        size = abs(z) ** order * special.kv(order, g * abs(z) / temperature)
        return z**power * math.exp(-((z - v) ** 2) / (2 * temperature)) * size

    parts = [
        [integrate.quad(weight, low, high, (p,), limit=200)[0] for low, high in ((-6, 0), (0, 7))] for p in range(3)
    ]
    whole = sum(parts[0])
    mean = sum(parts[1]) / whole
    exact = {"mean": mean, "variance": sum(parts[2]) / whole - mean**2, "below": parts[0][0] / whole}
    assert found == pytest.approx(exact, rel=2e-4)


def test_without_decay_there_is_no_law():
    with pytest.raises(InputError, match=r"g=0"):
        langevin_product.predict(v=1.0, T=0.1, g=0.0, h=1)


def test_the_cauchy_law_solves_its_equation():
    v, gamma = 1.3, 0.7
    root = max(x.real for x in np.roots([1, 0, v, -gamma / 2]) if abs(x.imag) < 1e-9)
    b, o = root / 2, math.sqrt(v + 3 * root**2 / 4)
    density = lambda w: 2 * b * (b**2 + o**2) / math.pi / ((b**2 + (w - o) ** 2) * (b**2 + (w + o) ** 2))
    assert integrate.quad(density, -np.inf, np.inf)[0] == pytest.approx(1)
    for q in (0.3, 1.0, 2.2):
        wave = 2 * integrate.quad(density, 0, np.inf, weight="cos", wvar=q)[0]
        assert tied_cauchy.predict(v=v, gamma=gamma, q=q) == pytest.approx(wave, abs=1e-6)


@pytest.mark.parametrize("depth", [3, 4, 6])
def test_the_decay_transition_is_that_of_the_loss(depth):
    s, found = 1.7, decay_transition.predict(depth=depth, s=1.7)
    loss = lambda x, g: (x - s) ** 2 / 2 + g * depth / 2 * x ** (2 / depth)

    def learned(g):
        near: Any = optimize.minimize_scalar(lambda x: loss(x, g), bounds=(found["jump"] * 0.55, s), method="bounded")
        return near.x, near.fun

    level = optimize.brentq(lambda g: learned(g)[1] - s**2 / 2, 0.1 * s, 0.98 * found["spinodal"], xtol=1e-9)
    assert found["binodal"] == pytest.approx(level, rel=1e-6)
    assert found["jump"] == pytest.approx(learned(level)[0], rel=1e-4)
    x = np.linspace(1e-3, s, 200_001)
    assert found["spinodal"] == pytest.approx((x ** (1 - 2 / depth) * (s - x)).max(), rel=1e-6)
    with pytest.raises(InputError, match="depth=2"):
        decay_transition.predict(depth=2, s=1.0)


def test_anticorrelated_noise_balances_at_the_rate_of_the_averaged_loss():
    s, v, t = 0.7, 0.3, 1.5

    def flow(_, z):
        u, w = z
        return [-w * (u * w - v) - s**2 * u, -u * (u * w - v) - s**2 * w]

    u, w = integrate.solve_ivp(flow, (0, t), [1.6, 0.4], rtol=1e-10, atol=1e-12).y[:, -1]
    ratio = (u**2 - w**2) / (1.6**2 - 0.4**2)
    assert anticorrelated_balance.predict(s=s, t=t) == pytest.approx(ratio, rel=1e-8)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_diffusion_peaks_before_the_mode_is_learned(depth):
    x = np.linspace(0.01, 1.0, 100)
    spread = mode_diffusion.predict(depth=depth, eta=1.0, s=1.0, x=x, sigma=1e-6)
    assert x[np.argmax(spread)] == pytest.approx((2 * depth - 2) / (3 * depth - 2), abs=0.01)
    assert mode_diffusion.predict(depth=depth, eta=0.1, s=1.0, x=1.0, sigma=0.3) == pytest.approx((0.03 * depth) ** 2)


def test_shuffled_labels_leave_the_variance_that_is_claimed():
    labels, eta, sigma, many = 16, 0.005, 6.0, 4000
    rng = np.random.default_rng(2)
    xi = rng.normal(size=(many, labels))
    xi -= xi.mean(1, keepdims=True)
    xi *= sigma / np.sqrt((xi**2).mean(1, keepdims=True))
    x, seen = np.full(many, 1 - eta * sigma**2 / 2), []
    for epoch in range(60):
        for e in rng.permuted(xi, axis=1).T:
            x = x * (1 - eta * (x - 1) + eta * e) ** 2
        if epoch >= 30:
            seen.append(x)
    predicted = shuffled_label_variance.predict(v=1.0, eta=eta, sigma=sigma, M=labels)
    assert np.var(seen) == pytest.approx(predicted, rel=0.03)
    with pytest.raises(InputError, match="M=1"):
        shuffled_label_variance.predict(v=1.0, eta=eta, sigma=sigma, M=1)
