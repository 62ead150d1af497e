"""Diagonal linear networks: interpolators, memory of the start and jumps against integrators of the weights."""

import numpy as np
import pytest
from flax import nnx
from scipy import integrate, optimize

from models.diagonal_linear.claims.jumps import jump_times, saddles
from models.diagonal_linear.claims.limit import interpolator, interpolator_limit
from models.diagonal_linear.claims.memory import memory_rate
from models.diagonal_linear.claims.noisy import noisy_limit
from models.diagonal_linear.model import DiagonalLinear
from protocols.diagonal_linear import jumps, limit
from theorylab.errors import InputError

X, y = np.array(limit.DATA), np.array(limit.Settings().y[0])


def flow(alpha, horizon):
    """Gradient flow of the weights in float64."""
    d = X.shape[1]

    def rate(_, theta):
        u, w = theta[:d], theta[d:]
        force = -X.T @ (X @ (u**2 - w**2) - y)
        return np.concatenate([2 * u * force, -2 * w * force])

    start = np.tile(np.broadcast_to(alpha, d), 2)
    end = integrate.solve_ivp(rate, (0, horizon), start, method="LSODA", rtol=1e-11, atol=1e-14).y[:, -1]
    return end[:d] ** 2 - end[d:] ** 2


@pytest.mark.parametrize("alpha", [0.03, 0.1, 1.0])
def test_gradient_flow_reaches_the_predicted_interpolator(alpha):
    predicted = interpolator_limit.predict(X=X, y=y, alpha=alpha)
    np.testing.assert_allclose(predicted, flow(alpha, 60 / min(1, alpha)), atol=1e-7)
    np.testing.assert_allclose(X @ predicted, y, atol=1e-12)


def test_each_coordinate_remembers_its_own_start():
    starts = np.array([0.1, 0.3, 0.2, 0.5, 0.15, 0.4])
    found = interpolator(interpolator_limit.numeric, X, y, starts)
    np.testing.assert_allclose(found, flow(starts, 400), atol=1e-7)


def test_long_noise_leaves_the_least_weighted_sum():
    weights = (X**2).mean(0)
    cost = optimize.linprog(np.tile(weights, 2), A_eq=np.hstack([X, -X]), b_eq=y)
    given = {"X": X, "y": y, "start": 0.3, "eta": 0.002, "gamma": 2.0}
    found = noisy_limit.predict(**given, k=500_000)
    np.testing.assert_allclose(found, cost.x[:6] - cost.x[6:], atol=0.03)
    np.testing.assert_allclose(noisy_limit.predict(**given, k=0), noisy_limit.predict_control("start", **given, k=0))


def test_the_interpolator_has_the_least_potential():
    potential = interpolator_limit.numeric.parts["potential"]
    alpha, null = 0.1, np.linalg.svd(X)[2][3:].T
    predicted = interpolator_limit.predict(X=X, y=y, alpha=alpha)
    height = lambda free: sum(potential(alpha=alpha, beta=b) for b in np.linalg.pinv(X) @ y + null @ free)
    found = optimize.minimize(height, np.zeros(3), tol=1e-12)
    np.testing.assert_allclose(np.linalg.pinv(X) @ y + null @ found.x, predicted, atol=1e-5)


def test_the_ends_are_least_norm_and_least_sum():
    for alpha, name, near in ((30.0, "least norm", 1e-6), (1e-60, "least sum", 1e-3)):
        wrong = interpolator_limit.predict_control(name, X=X, y=y, alpha=alpha)
        np.testing.assert_allclose(interpolator_limit.predict(X=X, y=y, alpha=alpha), wrong, atol=near)


def test_refusals_name_the_condition():
    for given, said in (
        ({"X": X, "y": y[:2], "alpha": 1.0}, "X and y have one size"),
        ({"X": X.T, "y": np.arange(6.0), "alpha": 1.0}, "y is in the range of X"),
        ({"X": X, "y": y, "alpha": 0.0}, "alpha=0"),
        ({"X": X[0], "y": y, "alpha": 1.0}, "X="),
    ):
        with pytest.raises(InputError, match=said):
            interpolator_limit.predict(**given)
    with pytest.raises(InputError, match=r"alpha=2\.5 is outside"):
        memory_rate.predict(eta=0.01, gamma=1.0, alpha=2.5, X=X)


def test_a_step_multiplies_the_memory():
    """u_j w_j is multiplied by 1 - 4 eta^2 g_j^2, and steps' factors are all there is between two times."""
    rng, eta = np.random.default_rng(0), 0.01
    u, w = rng.uniform(0.2, 0.5, size=(2, 6))
    start, factors = u * w, np.ones(6)
    for _ in range(2000):
        i = rng.integers(3)
        g = X[i] * (X[i] @ (u**2 - w**2) - y[i] - rng.normal())
        u, w = u - 2 * eta * u * g, w + 2 * eta * w * g
        factors *= 1 - 4 * eta**2 * g**2
    np.testing.assert_allclose(u * w, start * factors, rtol=1e-10)


def test_heavier_noise_remembers_more():
    rates = [memory_rate.predict(eta=0.01, gamma=1.0, alpha=a, X=X) for a in (2.0, 1.5, 1.0, 0.7)]
    assert np.all(rates[0] < 0)
    assert np.all(rates[1] < 0)
    np.testing.assert_allclose(rates[2], 0, atol=1e-12)
    assert np.all(rates[3] > 0)
    np.testing.assert_allclose(rates[0], -4 * 0.01**2 * (X**2).mean(0))


def test_the_jumps_are_those_of_the_flow_in_logarithms():
    data, labels = np.array(jumps.DATA), np.array(jumps.Settings().y[0])
    times, fits = saddles(data, labels, 0.5)
    assert jump_times.predict(X=data, y=labels) == pytest.approx(times)
    late, eta = 400.0, 0.02
    up, down, beta = np.full(5, -late), np.full(5, -late), np.zeros(5)
    seen = np.full(5, np.nan)
    for step in range(round(3.3 * late / eta)):
        beta = np.exp(2 * up) - np.exp(2 * down)
        force = data.T @ (labels - data @ beta) / len(labels)
        up, down = up + 2 * eta * force, down - 2 * eta * force
        new = np.isnan(seen) & (np.abs(beta) > 0.2)
        seen[new] = step * eta / late
    np.testing.assert_allclose(np.sort(seen[np.isfinite(seen)]), times, rtol=0.03)
    np.testing.assert_allclose(beta, fits[-1], atol=0.02)
    first = np.abs(data.T @ labels / len(labels)).max()
    assert times[0] == pytest.approx(0.5 / first)


def test_the_network_is_a_flax_module():
    net = DiagonalLinear(6, 0.3, nnx.Rngs(0))
    net.u[...] = np.arange(6.0)
    np.testing.assert_allclose(net(X), X @ (np.arange(6.0) ** 2 - 0.09), rtol=1e-5, atol=1e-5)
