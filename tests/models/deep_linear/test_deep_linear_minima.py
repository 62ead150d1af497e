"""Minima, saddles and the edge of stability of deep linear networks: claims against independent oracles."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from models.deep_linear.claims.escape.escape import escape_exponent, escape_exponent_anticorrelated, escape_time
from models.deep_linear.claims.learning.edge import edge_cycle, edge_multiplier, edge_rate, edge_reach
from models.deep_linear.claims.minima.equipartition import fluctuation
from models.deep_linear.claims.minima.equipartition import slope as equipartition_slope
from models.deep_linear.claims.minima.hessian import hessian_spectrum
from models.deep_linear.matrices import minima, network
from theorylab import random
from theorylab.errors import InputError

LANES = 3


def at_minimum(depth, s, inputs=4, hidden=4, outputs=3):
    c = SimpleNamespace(depth=depth, inputs=inputs, hidden=hidden, outputs=outputs, s=s)
    draw = lambda stream: random.Draw(random.lane_key(1, stream, jnp.arange(LANES, dtype=jnp.uint32)))
    c.data = network.teacher(draw(random.DATA), c)
    return minima.balanced(draw(random.INIT), c), c


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("s", [(2.0, 0.9), (1.3, 1.3), (0.7,), (3.0, 1.0, 0.2)])
def test_the_hessian_spectrum_is_that_of_the_network(depth, s):
    with jax.enable_x64(True):
        params, c = at_minimum(depth, s)
        found = np.array(jax.jit(lambda p: minima.curvatures(p, c))(params))
        assert np.max(minima.misfit(params, c)) < 1e-5
    predicted = hessian_spectrum.predict(depth=depth, singular_values=s, d_out=3, d_in=4)
    assert len(predicted) == (12 if depth == 1 else len(s) * (7 - len(s)))
    np.testing.assert_allclose(found[: len(predicted)], np.tile(predicted[:, None], LANES), rtol=3e-5)
    np.testing.assert_allclose(found[len(predicted) :], 0, atol=3e-5)
    assert predicted[0] == pytest.approx(depth * max(s) ** (2 - 2 / depth))


def test_the_spectrum_refuses_what_no_network_has():
    given = {"depth": 2, "singular_values": [2.0, 1.0], "d_out": 3, "d_in": 4}
    for changes, said in (
        ({"singular_values": [2.0, 0.0]}, "singular_values are positive"),
        ({"d_out": 1}, r"d_out=1, d_in=4 breaks: at most min\(d_out, d_in\) singular_values"),
        ({"depth": 0}, "depth=0"),
    ):
        with pytest.raises(InputError, match=said):
            hessian_spectrum.predict(**{**given, **changes})


def descent(a, x0, steps, tilt=0.0, v=1.0):
    """Products along gradient descent on two factors, with eta = a/v."""
    eta, seen = a / v, []
    u, w = np.sqrt(x0) * np.exp(tilt), np.sqrt(x0) * np.exp(-tilt)
    for _ in range(steps):
        g = u * w - v
        u, w = u - eta * w * g, w - eta * u * g
        seen.append(u * w)
    return np.array(seen)


@pytest.mark.parametrize(("a", "v"), [(1.05, 1.0), (1.15, 2.0), (1.23, 0.5)])
def test_beyond_the_edge_two_products_alternate(a, v):
    low, high = edge_cycle.predict(eta=a / v, v=v)
    for tilt in (0.0, 0.2):  # an imbalance dies out on the cycle
        end = descent(a, 0.8 * v, 4000, tilt, v)[-2:]
        np.testing.assert_allclose(np.sort(end), [low, high], rtol=1e-9)
    assert (low + high) / 2 == pytest.approx((1 + a) / (2 * a) * v)
    start = low * (1 + 1e-6)
    after = descent(a, start, 2, v=v)[1]
    assert (after - low) / (start - low) == pytest.approx(edge_multiplier.predict(eta=a / v, v=v), abs=1e-4)


def test_the_cycle_doubles_and_the_orbit_stays_below_its_reach():
    assert edge_cycle.predict(eta=1.05, v=1.0) == pytest.approx([0.8 / 1.05, 1.25 / 1.05])
    for a, period in ((1.2, 2), (1.25, 4)):
        end = descent(a, 0.7, 6000)[-8:]
        assert len(np.unique(end.round(8))) == period
    for a in (1.3, 1.6, 2.0):
        top = descent(a, 0.7, 5000).max()
        assert top <= edge_reach.predict(eta=a, v=1.0) * (1 + 1e-12)
        assert top == pytest.approx(edge_reach.predict(eta=a, v=1.0), rel=5e-3)


@pytest.mark.parametrize("a", [0.99, 1.0, 1.24, 2.0])
def test_the_cycle_is_refused_where_it_is_not_stable(a):
    with pytest.raises(InputError, match=rf"eta={a}, v=1.0 is outside .*eta\*v"):
        edge_cycle.predict(eta=a, v=1.0)


def noisy_factors(noise, eta, v=1.0):
    """Step at which two factors that start at zero pass v/2, under given gradient noise (steps, 2, runs)."""
    w, passed = np.zeros(noise.shape[1:]), np.full(noise.shape[-1], -1)
    for step, xi in enumerate(noise):
        new = (passed < 0) & (w.prod(0) >= v / 2)
        passed[new] = step
        w = w - eta * (w[::-1] * (w.prod(0) - v) + xi)
        w = np.where(passed >= 0, 1.0, w)
    return passed


@pytest.mark.parametrize("colour", ["white", "differenced"])
def test_two_factors_leave_the_saddle_when_predicted(colour):
    eta, gamma, runs = 0.05, 1e-5, 4000
    rng = np.random.default_rng(0)
    noise = 2**0.5 * gamma * rng.normal(size=(700, 2, runs))
    if colour == "differenced":
        noise = np.diff(noise, axis=0, prepend=0)
    steps = noisy_factors(noise, eta)
    found = escape_time.predict(v=1.0, eta=eta, gamma=gamma, alpha=2.0, colour=colour)
    assert np.all(steps > 0)
    error = steps.std() * eta / runs**0.5
    assert (steps.mean() - 0.5) * eta == pytest.approx(found["mean"] - eta * np.log(2) / 2, abs=4 * error)
    assert steps.std() * eta == pytest.approx(found["sd"], rel=0.06)


def test_the_escape_time_of_small_steps():
    """E t = (1/v) [ln(2 v)/2 - ln(scale) + ln(alpha v)/alpha - Euler (1/alpha - 1)], scale for a unit of time."""
    for alpha in (2.0, 1.5, 1.0):
        eta, gamma, v = 1e-5, 1e-3, 1.7
        scale = gamma * eta ** (1 - 1 / alpha) * 2 ** (1 / alpha - 0.5)
        mean = np.log(2 * v) / 2 - np.log(scale) + np.log(alpha * v) / alpha - np.euler_gamma * (1 / alpha - 1)
        found = escape_time.predict(v=v, eta=eta, gamma=gamma, alpha=alpha, colour="white")
        assert found["mean"] == pytest.approx(mean / v, rel=1e-4)
        assert found["sd"] == pytest.approx(np.pi / v * np.sqrt((1 / alpha**2 + 0.5) / 6), rel=1e-4)
        slow = escape_time.predict(v=v, eta=eta, gamma=gamma, alpha=alpha, colour="differenced")
        assert slow["mean"] - found["mean"] == pytest.approx(-np.log(eta * v) / v, rel=1e-4)


def test_the_exponents_of_escape():
    for depth, alpha, exponent in ((2, 1.3, 0), (3, 2.0, 2 / 3), (3, 1.0, 0.5), (4, 1.5, 6 / 7), (5, 1.0, 0.75)):
        assert escape_exponent.predict(depth=depth, alpha=alpha) == pytest.approx(exponent)
    with pytest.raises(InputError, match=r"alpha=2\.1 is outside"):
        escape_exponent.predict(depth=3, alpha=2.1)


@pytest.mark.parametrize("colour", ["white", "differenced"])
def test_fluctuations_are_those_of_the_linear_filter(colour):
    """The variance of the product's modes, from the response of all weights to one innovation."""
    eta, gamma, s = 0.1, 0.01, (2.0, 0.9)
    with jax.enable_x64(True):
        params, c = at_minimum(2, s, 2, 2, 2)
        flat, back = ravel_pytree(jax.tree.map(lambda w: w[..., 0], params))
        c.data = {k: v[..., :1] for k, v in c.data.items()}
        lift = lambda x: jax.tree.map(lambda w: w[..., None], back(x))
        hessian = np.array(jax.hessian(lambda x: network.distance(lift(x), c.data["target"])[0])(flat))
        jacobian = np.array(jax.jacobian(lambda x: minima.fluctuation(lift(x), c)[..., 0].ravel())(flat))
    state, responses = eta * np.eye(8), []
    for _ in range(2000):
        responses.append(jacobian @ state)
        state = state - eta * hessian @ state
    taken_back = [0 * jacobian, *responses[:-1]] if colour == "differenced" else [0 * jacobian] * 2000
    variance = 2 * gamma**2 * sum(((r - b) ** 2).sum(1) for r, b in zip(responses, taken_back, strict=True))
    predicted = fluctuation.predict(eta=eta, gamma=gamma, alpha=2.0, singular_values=s, colour=colour)
    np.testing.assert_allclose(2 * predicted.ravel() ** 2, variance, rtol=2e-3)


def test_equipartition_holds_for_white_gaussian_noise_alone():
    s = np.array([3.0, 0.2])
    for alpha, colour, expected in (
        (2.0, "white", 0),
        (1.5, "white", -1 / 6),
        (1.0, "white", -0.5),
        (1.5, "differenced", 0.5),
    ):
        scale = fluctuation.predict(eta=1e-7, gamma=1.0, alpha=alpha, singular_values=s, colour=colour)
        slope = np.log(scale[0, 0] / scale[1, 1]) / np.log(15)
        assert slope == pytest.approx(expected, abs=2e-2 if colour == "differenced" else 1e-5)
        assert equipartition_slope.predict(alpha=alpha, colour=colour) == pytest.approx(expected)
    with pytest.raises(InputError, match="colour is differenced"):
        equipartition_slope.predict(alpha=0.9, colour="differenced")
    with pytest.raises(InputError, match="singular_values"):
        fluctuation.predict(eta=0.5, gamma=1.0, alpha=1.5, singular_values=s, colour="white")


def test_anticorrelated_noise_multiplies_the_exponent():
    for depth in (3, 4, 5):
        white = escape_exponent.predict(depth=depth, alpha=2.0)
        assert escape_exponent_anticorrelated.predict(depth=depth) == pytest.approx((depth - 1) * white)
    with pytest.raises(InputError, match="depth=2 is outside"):
        escape_exponent_anticorrelated.predict(depth=2)


@pytest.mark.parametrize("gap", [0.0, 1.3, 3.0])
def test_an_imbalance_lowers_the_largest_stable_learning_rate(gap):
    sharpness = np.sqrt(gap**2 + 4)
    assert edge_rate.predict(eta=2 / sharpness, v=1.0, gap=gap) == pytest.approx(-1)
    tilt = np.arcsinh(gap / 2) / 2
    for eta in (0.5 / sharpness, 2.2 / sharpness):
        x = descent(eta, 1 + 1e-7, 2, tilt)
        assert (x[1] - 1) / (x[0] - 1) == pytest.approx(edge_rate.predict(eta=eta, v=1.0, gap=gap), abs=1e-5)
    with pytest.raises(InputError, match="gap=-1"):
        edge_rate.predict(eta=0.1, v=1.0, gap=-1.0)
