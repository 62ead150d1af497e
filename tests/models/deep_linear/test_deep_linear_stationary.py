"""Stationary laws of the product under label noise: claims against independent oracles, refusals, simulated parts."""

import math
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from models.deep_linear.claims.label_noise.collapse import collapse_exponent, collapse_rate, collapse_window
from models.deep_linear.claims.label_noise.depth_law import product_density, product_law, product_quantile
from models.deep_linear.claims.label_noise.mean import label_noise_mean
from models.deep_linear.scalars import network, random_inputs, rate_ladder
from theorylab import random
from theorylab.errors import InputError

WARM = {"v": 1.0, "eta": 0.01, "B": 1, "sigma": 3.0}


def test_the_product_law_is_a_gamma_law():
    law = stats.gamma(1 / 0.09 - 0.5, scale=0.09)
    found = product_law.predict(**WARM)
    assert found["mean"] == pytest.approx(law.mean(), rel=1e-12)
    assert found["variance"] == pytest.approx(law.var(), rel=1e-12)
    shares = [0.05, 0.5, 0.99]
    np.testing.assert_allclose(product_quantile.predict(level=shares, **WARM), law.ppf(shares), rtol=1e-9)
    assert found["mean"] == label_noise_mean.predict(v=1.0, eta=0.01, B=1, gamma=3 / math.sqrt(2), alpha=2.0)


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize("spread", [0.0, 2.0])
def test_the_law_at_any_depth_is_that_of_the_generator(depth, spread):
    """E A f = 0 for the generator A f = drift f' + diffusion f''/2 and f = 1/(1 + x)."""
    from models.deep_linear.claims.label_noise.depth_equation import density

    inputs = {"depth": depth, "spread": spread, **WARM}
    place, weight = density(product_density.numeric, **inputs)
    x, T, power = np.exp(place), 0.01, 2 - 2 / depth
    noise = spread * (x - 1) ** 2 + 9.0
    drift = -depth * x**power * (x - 1) + T * depth * (depth - 1) / 2 * x ** (2 * power - 1) * noise
    diffusion = T * depth**2 * x ** (2 * power) * noise
    terms = -drift / (1 + x) ** 2, diffusion / (1 + x) ** 3
    total, size = (integrate.simpson(weight * f, x=place) for f in (sum(terms), np.abs(terms[0])))
    assert abs(total) < 1e-7 * size
    found = product_density.predict(**inputs)
    assert found["mean"] == pytest.approx(integrate.simpson(weight * x, x=place))
    assert found["10%"] < found["50%"] < found["mean"] < found["90%"]
    if depth == 2 and spread == 0:
        assert found["90%"] == pytest.approx(product_quantile.predict(level=0.9, **WARM), rel=1e-5)


def test_laws_that_do_not_exist_are_refused_by_name():
    hot = {"v": 1.0, "eta": 0.3, "B": 1, "sigma": 3.0}
    with pytest.raises(InputError, match=r"v=1.0, eta=0.3, B=1, sigma=3.0 is outside eta\*sigma"):
        product_law.predict(**hot)
    with pytest.raises(InputError, match="no stationary law exists"):
        product_density.predict(depth=2, spread=2.0, **hot)
    assert product_density.predict(depth=3, spread=2.0, **hot)["mean"] > 0
    with pytest.raises(InputError, match="depth=1 is outside depth >= 2"):
        product_density.predict(depth=1, spread=2.0, **WARM)
    with pytest.raises(InputError, match=r"alpha=0.8 breaks: alpha > 1: at alpha <= 1 the origin never attracts"):
        collapse_rate.predict(v=1.0, gamma=1.0, alpha=0.8, B=1)
    with pytest.raises(InputError, match=r"alpha=2.5 is outside"):
        collapse_window.predict(v=1.0, gamma=1.0, alpha=2.5)
    with pytest.raises(InputError, match=r"alpha=2.5 is outside"):
        collapse_rate.predict(v=1.0, gamma=1.0, alpha=2.5, B=1)


@pytest.mark.parametrize(
    ("ratio", "window"), [(10, (0.01937, 0.1402)), (3.2, (0.179, 0.269)), (3.05, (0.2252, 0.2387))]
)
def test_the_gaussian_window(ratio, window):
    found = collapse_window.predict(v=1.0, gamma=ratio / math.sqrt(2), alpha=2.0)
    np.testing.assert_allclose(found, window, rtol=3e-3)
    sigma = np.asarray(found) * ratio
    for eta, kick in zip(found, sigma, strict=True):  # E ln|1 + eta v + eta xi| by plain quadrature
        zero = -(1 + eta) / kick
        f = lambda z, eta=eta, kick=kick: stats.norm.pdf(z) * math.log(abs(1 + eta + kick * z) + 1e-300)
        parts = [(-12, zero), (zero, 12)] if zero > -12 else [(-12, 12)]
        assert sum(integrate.quad(f, *p, limit=200)[0] for p in parts) == pytest.approx(0, abs=1e-7)
    np.testing.assert_allclose(collapse_window.predict(v=2.0, gamma=2 * ratio / math.sqrt(2), alpha=2.0), found / 2)


@pytest.mark.parametrize(("alpha", "ratio"), [(2.0, 2.155), (1.8, 2.454), (1.5, 3.375), (1.2, 6.382)])
def test_no_window_below_the_critical_ratio(alpha, ratio):
    assert len(collapse_window.predict(v=1.0, gamma=0.999 * ratio, alpha=alpha)) == 0
    assert len(collapse_window.predict(v=1.0, gamma=1.001 * ratio, alpha=alpha)) == 2
    assert collapse_rate.predict(v=1.0, gamma=0.999 * ratio, alpha=alpha, B=1) > 0


def test_at_alpha_one_the_exponent_is_cauchys_and_nothing_collapses():
    exponent = collapse_exponent.predict(v=1.0, eta=0.3, gamma=1.0, alpha=1.0)
    assert exponent == pytest.approx(2 * math.log(1.3) + math.log(1 + (0.3 / 1.3) ** 2), rel=1e-10)
    assert all(len(collapse_window.predict(v=1.0, gamma=50.0, alpha=a)) == 0 for a in (0.5, 0.8, 1.0))


def test_the_sde_rate_is_the_lower_edge_of_strong_noise():
    for alpha, near in ((2.0, 4e-4), (1.5, 2e-4)):
        low = collapse_window.predict(v=1.0, gamma=100.0, alpha=alpha)[0]
        assert collapse_rate.predict(v=1.0, gamma=100.0, alpha=alpha, B=1) == pytest.approx(low, rel=near)
    assert collapse_rate.predict(v=1.0, gamma=10.0, alpha=2.0, B=1) == pytest.approx(0.01)
    assert collapse_rate.predict(v=1.0, gamma=10.0, alpha=1.5, B=7) == pytest.approx(
        7 * collapse_rate.predict(v=1.0, gamma=10.0, alpha=1.5, B=1)
    )
    rate = collapse_rate.predict(v=1.0, gamma=4.0, alpha=1.5, B=2)  # there the mean product vanishes
    assert label_noise_mean.predict(v=1.0, eta=rate * (1 - 1e-9), B=2, gamma=4.0, alpha=1.5) == pytest.approx(
        0, abs=1e-8
    )


def draws(stream, lanes=3):
    return random.Draw(random.lane_key(0, stream, jnp.arange(lanes, dtype=jnp.uint32)), 4)


def test_one_step_near_the_origin_multiplies_the_product():
    with jax.enable_x64(True):
        c = SimpleNamespace(ladder=(0.01, 0.2), v=0.7, gamma=2.0, alpha=1.5, B=2, dtype="float64", noise="label stable")
        params, y = rate_ladder.tiny(draws(random.INIT), c), rate_ladder.labels(draws(random.BATCH), c)
        np.testing.assert_allclose(y.sum(0), 2 * c.v)
        slope = jax.grad(lambda p: rate_ladder.loss(p, c, y).sum())(params)
        rule: Any = rate_ladder.each_rate(c)
        updates, _ = rule.update(slope, rule.init(params))
        after = {k: params[k] + updates[k] for k in params}
        change = rate_ladder.log_product(after, c) - rate_ladder.log_product(params, c)
        kicks = 2 * np.log(np.abs(1 + np.array(c.ladder)[:, None] * np.array(y)[:, None]))
        np.testing.assert_allclose(change, kicks.mean(0), atol=1e-12)
        c.noise = "label differenced stable"
        now, before = (rate_ladder.labels(random.Draw(draws(random.BATCH).key, k), c)[0] - c.v for k in (1, 0))
        c.noise = "label stable"
        np.testing.assert_allclose(
            now + before, rate_ladder.labels(random.Draw(draws(random.BATCH).key, 1), c)[0] - c.v
        )


def test_edges_of_a_known_slope():
    c = SimpleNamespace(ladder=tuple(np.geomspace(0.1, 10, 14)), every=5)
    place = np.log(c.ladder)
    slope = (place - 0.5) * (place + 1.0) * np.ones((64, 1)) + np.linspace(-1, 1, 64)[:, None] * 0.1
    looks = np.cumsum(np.repeat(slope[:, None] * c.every, 4, axis=1), axis=1)
    data = {"log": SimpleNamespace(values=looks)}
    np.testing.assert_allclose(rate_ladder.slopes(data, c), slope)
    found = rate_ladder.edges(data, c)
    assert found is not None
    np.testing.assert_allclose(found.mean(0), np.exp([-1.0, 0.5]), rtol=1e-6)
    assert rate_ladder.edges({"log": SimpleNamespace(values=looks * 0 + np.arange(4)[None, :, None])}, c) is None


def test_a_chain_is_a_deep_linear_network_of_width_one():
    c = SimpleNamespace(depth=3, v=0.8, gamma=0.35, B=4, inputs="gaussian", noise="label gaussian")
    params, (r, y) = random_inputs.balanced(draws(random.INIT), c), random_inputs.examples(draws(random.BATCH), c)
    np.testing.assert_allclose(network.product(params, c), c.v, rtol=1e-6)
    residual = r * c.v - y
    np.testing.assert_allclose(random_inputs.loss(params, c, (r, y)), 0.5 * (residual**2).mean(0), rtol=1e-4)
    c.inputs = "ones"
    assert (random_inputs.examples(draws(random.BATCH), c)[0] == 1).all()
