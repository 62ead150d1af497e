"""Dynamics of deep linear networks: claims against the flow of the weights in float64, refusals, wrong twins."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import integrate

from models.deep_linear.claims.balance.equilibrium import noise_equilibrium
from models.deep_linear.claims.balance.step import balance_product, balance_step
from models.deep_linear.claims.escape.seeded_stable import seeded_time_stable
from models.deep_linear.claims.learning.end_to_end import end_to_end
from models.deep_linear.claims.learning.riccati import riccati, riccati_generic
from models.deep_linear.claims.learning.staged import seeded_time, staged_time
from models.deep_linear.claims.learning.unbalanced import unbalanced_mode
from models.deep_linear.matrices import starts
from theorylab.errors import InputError


def flow(weights, slope, t):
    """Weights after time t of gradient flow, d W/dt = -slope(W), by an adaptive integrator."""
    shapes, sizes = [w.shape for w in weights], np.cumsum([w.size for w in weights])[:-1]
    back = lambda x: [part.reshape(s) for part, s in zip(np.split(x, sizes), shapes, strict=True)]
    rate = lambda _, x: -np.concatenate([g.ravel() for g in slope(back(x))])
    flat = np.concatenate([w.ravel() for w in weights])
    found = integrate.solve_ivp(rate, (0, t), flat, method="DOP853", rtol=1e-12, atol=1e-14)
    return back(found.y[:, -1])


def two_layers(target):
    """Gradient of 1/2 |W2 W1 - S|^2 by both layers."""
    return lambda w: [w[1].T @ (w[1] @ w[0] - target), (w[1] @ w[0] - target) @ w[0].T]


def cell(inputs, hidden, outputs, balance, s=(2.0, 1.2), size=0.15):
    return SimpleNamespace(inputs=inputs, hidden=hidden, outputs=outputs, balance=balance, s=s, size=size)


SHAPES = [
    (4, 3, 5, 0.0),
    (4, 3, 5, 0.7),
    (4, 3, 5, 3.0),
    (3, 2, 6, 0.2),
    (6, 5, 5, 0.0),
    (3, 5, 2, 0.0),
    (5, 3, 2, -1.0),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_riccati_solution_is_the_flow_of_the_weights(shape):
    c = cell(*shape)  # the target has rank two: fewer than most of these layers
    pair, target = starts.pair(c), starts.target(c)
    for t in (0.3, 1.5, 4.0):
        first, second = flow(pair, two_layers(target), t)
        np.testing.assert_allclose(riccati.predict(W1=pair[0], W2=pair[1], S=target, t=t), second @ first, atol=1e-9)
    if c.balance:
        other = riccati.predict_control("other sign", W1=pair[0], W2=pair[1], S=target, t=1.5)
        assert np.abs(other - riccati.predict(W1=pair[0], W2=pair[1], S=target, t=1.5)).max() > 0.05


def test_the_riccati_solution_reaches_the_best_product_of_its_rank():
    c = cell(4, 3, 5, 0.4, s=(3.0, 1.0, 0.5), size=0.01)
    pair, target = starts.pair(c), starts.target(c)
    np.testing.assert_allclose(riccati.predict(W1=pair[0], W2=pair[1], S=target, t=300.0), target, atol=1e-10)
    start = riccati.predict(W1=pair[0], W2=pair[1], S=target, t=0.0)
    np.testing.assert_allclose(start, pair[1] @ pair[0], atol=1e-15)
    narrow = cell(4, 1, 5, 0.0, s=(3.0, 1.0), size=0.01)
    (first, second), target = starts.pair(narrow), starts.target(narrow)
    values = np.linalg.svd(riccati.predict(W1=first, W2=second, S=target, t=300.0), compute_uv=False)
    np.testing.assert_allclose(values[:2], (3.0, 0.0), atol=1e-10)


def test_off_balance_the_riccati_solution_fails():
    c = cell(4, 3, 5, 0.5, s=(2.0, 1.2, 0.6), size=0.6)
    pair, target = starts.generic(c), starts.target(c)
    first, second = flow(pair, two_layers(target), 4.0)
    wrong = riccati_generic.predict(W1=pair[0], W2=pair[1], S=target, t=4.0)
    assert np.abs(wrong - second @ first).max() > 0.05
    with pytest.raises(InputError, match=r"W1=.* W2=.* breaks: W2' W2 - W1 W1' = lambda I"):
        riccati.predict(W1=pair[0], W2=pair[1], S=target, t=4.0)


def test_shapes_that_do_not_chain_are_refused():
    c = cell(4, 3, 5, 0.5)
    (first, second), target = starts.pair(c), starts.target(c)
    with pytest.raises(InputError, match="breaks: the columns of W2 are as many as the rows of W1"):
        riccati.predict(W1=first, W2=second[:, :2], S=target, t=1.0)
    with pytest.raises(InputError, match="breaks: S has the rows of W2 and the columns of W1"):
        riccati.predict(W1=first, W2=second, S=target.T, t=1.0)
    with pytest.raises(InputError, match="t=-1"):
        riccati.predict(W1=first, W2=second, S=target, t=-1.0)
    with pytest.raises(InputError, match="hidden=3 is above outputs=2"):
        starts.possible(4, 3, 2, 0.5)


def half_time(weights, target, u, v, s):
    """When u' W2 W1 v passes s/2 under gradient flow."""
    shapes, cut = [w.shape for w in weights], weights[0].size
    back = lambda x: [x[:cut].reshape(shapes[0]), x[cut:].reshape(shapes[1])]
    rate = lambda _, x: -np.concatenate([g.ravel() for g in two_layers(target)(back(x))])

    def passed(_, x):
        first, second = back(x)
        return u @ second @ first @ v - s / 2

    passed.terminal = True  # pyright: ignore[reportFunctionMemberAccess]  # as scipy has it
    flat = np.concatenate([w.ravel() for w in weights])
    return integrate.solve_ivp(rate, (0, 60), flat, method="DOP853", rtol=1e-9, atol=1e-14, events=passed).t_events[0][
        0
    ]


def test_gram_schmidt_gives_the_half_times_of_one_network():
    rng, h, s = np.random.default_rng(1), 4, (3.0, 1.5, 0.6)
    weights = [1e-5 * rng.normal(size=(h, 3)), 1e-5 * rng.normal(size=(3, h))]
    used = np.zeros((h, 0))
    for i, level in enumerate(s):
        q = (weights[0][:, i] + weights[1][i]) / 2
        rest = q - used @ (used.T @ q)
        used = np.hstack([used, rest[:, None] / np.linalg.norm(rest)])
        unit = np.eye(3)[i]
        predicted = np.log(level / (rest @ rest)) / (2 * level)
        assert half_time(weights, np.diag(s), unit, unit, level) == pytest.approx(predicted, abs=2e-4)
        if i == 2:
            assert abs(np.log(level / (q @ q)) / (2 * level) - predicted) > 0.05


def test_staged_times_are_those_of_the_residuals():
    rng, s, sigma, h, index = np.random.default_rng(2), 0.6, 1e-3, 5, 3
    q = sigma / np.sqrt(2) * rng.normal(size=(200_000, h - index + 1))
    times = np.log(s / (q**2).sum(1)) / (2 * s)
    law = staged_time.predict(s=s, sigma=sigma, h=h, index=index)
    assert law["mean"] == pytest.approx(times.mean(), abs=5 * times.std() / len(times) ** 0.5)
    assert law["sd"] == pytest.approx(times.std(), rel=0.01)


@pytest.mark.parametrize("colour", ["white", "differenced"])
def test_the_seed_is_the_discounted_sum_of_the_noise(colour):
    s, eta, sigma, steps = 1.3, 0.05, 1e-4, 2000
    kick = np.zeros((steps, steps))  # the response of q to each innovation, by the recursion itself
    np.fill_diagonal(kick, eta / np.sqrt(2))
    if colour == "differenced":
        kick[np.arange(1, steps), np.arange(steps - 1)] = -eta / np.sqrt(2)
    response = (kick / (1 + eta * s) ** np.arange(1, steps + 1)[:, None]).sum(0)
    variance = sigma**2 * (response[:-1] ** 2).sum()
    given = {"s": s, "eta": eta, "sigma": sigma, "h": 6, "index": 2, "colour": colour}
    start = staged_time.predict(s=s, sigma=np.sqrt(2 * variance), h=6, index=2)
    found = seeded_time.predict(**given)
    slower = eta * s / np.log1p(eta * s)
    assert found["mean"] == pytest.approx(slower * start["mean"], rel=1e-9)
    assert found["sd"] == pytest.approx(slower * start["sd"], rel=1e-12)


@pytest.mark.parametrize("colour", ["white", "differenced"])
def test_stable_seeds_at_alpha_two_are_gaussian_ones(colour):
    own = {"s": 1.3, "eta": 0.05, "h": 6, "index": 2, "colour": colour}
    found = seeded_time_stable.predict(gamma=1e-4, alpha=2.0, **own)
    expected = seeded_time.predict(sigma=2**0.5 * 1e-4, **own)
    assert found == {key: pytest.approx(value, rel=1e-12) for key, value in expected.items()}


@pytest.mark.parametrize(("alpha", "colour"), [(1.5, "white"), (0.8, "white"), (1.2, "differenced")])
def test_stable_seeds_are_what_the_recursion_leaves_to_gram_schmidt(alpha, colour):
    """Four numbers at 5 standard errors: false alarm 2e-6 each."""
    rng, eta, gamma, h, modes, n = np.random.default_rng(11), 0.1, 1e-4, 3, (3.0, 1.2), 8000
    rate, q, before = alpha / 2, np.zeros((2, h, n)), np.zeros((2, h, n))
    growth = 1 + eta * np.array(modes)[:, None, None]
    steps = int(18 / min(1, alpha) / np.log1p(eta * min(modes)))
    for _ in range(steps):  # one radius sqrt(2A) for all weights of a step, by Kanter's representation of A
        angle, wait = rng.uniform(0, np.pi, n), rng.exponential(size=n)
        shape = np.sin((1 - rate) * angle) * np.sin(rate * angle) ** (rate / (1 - rate))
        radius = np.sqrt(2 * (shape / np.sin(angle) ** (1 / (1 - rate)) / wait) ** ((1 - rate) / rate))
        kick = gamma * radius * (rng.normal(size=(2, h, n)) + rng.normal(size=(2, h, n))) / 2  # (W1 v + W2' u)/2
        q = growth * q - eta * (kick - (before if colour == "differenced" else 0))
        before = kick
    unit = q[0] / np.linalg.norm(q[0], axis=0)
    rest = (q[0], q[1] - (q[1] * unit).sum(0) * unit)
    for index, (s, left) in enumerate(zip(modes, rest, strict=True), start=1):
        times = eta * (steps + np.log(s / (left**2).sum(0)) / (2 * np.log1p(eta * s)))
        found = seeded_time_stable.predict(s=s, eta=eta, gamma=gamma, alpha=alpha, h=h, index=index, colour=colour)
        square = (times - times.mean()) ** 2
        assert abs(times.mean() - found["mean"]) < 5 * times.std() / n**0.5
        assert abs(square.mean() - found["sd"] ** 2) < 5 * square.std() / n**0.5


def test_staged_times_refuse_by_name():
    with pytest.raises(InputError, match="h=3, index=4 is outside index <= h"):
        staged_time.predict(s=1.0, sigma=1e-3, h=3, index=4)
    with pytest.raises(InputError, match=r"s=1\.0, sigma=0\.5 is outside"):
        staged_time.predict(s=1.0, sigma=0.5, h=3, index=1)
    with pytest.raises(InputError, match="colour='pink' is not one of white, differenced"):
        seeded_time.predict(s=1.0, eta=0.01, sigma=1e-3, h=3, index=1, colour="pink")
    with pytest.raises(InputError, match=r"seeded_time_stable: s=1\.0, eta=0\.01, gamma=0\.1, alpha=1\.0 is outside"):
        seeded_time_stable.predict(s=1.0, eta=0.01, gamma=0.1, alpha=1.0, h=3, index=1, colour="white")
    with pytest.raises(InputError, match=r"s=0\.0 is outside"):
        staged_time.predict(s=0.0, sigma=1e-3, h=3, index=1)


@pytest.mark.parametrize("law", ["gaussian", "stable", "differenced"])
def test_one_step_of_a_three_layer_network_changes_the_balance_by_its_squares(law):
    rng, eta = np.random.default_rng(3), 0.3
    weights = [rng.normal(size=shape) for shape in ((4, 3), (5, 4), (2, 5))]
    x, target = rng.normal(size=(3, 6)), rng.normal(size=(2, 3))
    xi = rng.standard_cauchy((2, 6)) if law == "stable" else rng.normal(size=(2, 6))
    error = (weights[2] @ weights[1] @ weights[0] @ x - target @ x - xi) @ x.T / 6
    slopes = [
        (weights[2] @ weights[1]).T @ error,
        weights[2].T @ error @ weights[0].T,
        error @ (weights[1] @ weights[0]).T,
    ]
    after = [w - eta * g for w, g in zip(weights, slopes, strict=True)]
    gap = lambda w, i: w[i + 1].T @ w[i + 1] - w[i] @ w[i].T
    found = balance_step.predict(eta=eta)
    for i in range(2):
        cross = weights[i + 1].T @ slopes[i + 1]
        expected = found["above"] * slopes[i + 1].T @ slopes[i + 1] + found["below"] * slopes[i] @ slopes[i].T
        expected = expected + found["linear"] * (cross + cross.T)
        np.testing.assert_allclose(gap(after, i) - gap(weights, i), expected, rtol=1e-10, atol=1e-10)
    assert found == {"linear": 0.0, "above": pytest.approx(0.09), "below": pytest.approx(-0.09)}


def test_the_imbalance_of_two_factors_is_a_product_over_the_steps():
    rng, eta, (u, w) = np.random.default_rng(4), 0.05, (1.3, 0.7)
    power = balance_product.predict(eta=eta)
    expected = u**2 - w**2
    for _ in range(4000):
        g = u * w - 1.0 - rng.normal()
        expected *= power["constant"] + power["linear"] * g + power["quadratic"] * g**2
        u, w = u - eta * w * g, w - eta * u * g
    assert abs(expected) < 1e-3
    assert u**2 - w**2 == pytest.approx(expected, rel=1e-8, abs=1e-13)


@pytest.mark.parametrize(("a", "b", "s"), [(1.3, 0.05, 2.0), (2.5, 0.01, 0.7), (0.3, 0.3, 1.5)])
def test_unequal_parts_follow_their_closed_form(a, b, s):
    first, second = np.array([[a]]), np.array([[b]])
    given = {"s": s, "c": max(a**2 - b**2, 0.0), "u0": a * b}
    for t in (0.0, 0.4, 2.0):
        low, high = flow([first, second], two_layers(np.array([[s]])), t) if t else (first, second)
        assert unbalanced_mode.predict(t=t, **given) == pytest.approx(float((high @ low)[0, 0]), rel=1e-8)
    assert unbalanced_mode.predict(t=500.0, **given) == pytest.approx(s, rel=1e-12)
    far = {"s": 1.0, "c": 1e4, "u0": 0.1, "t": 2e-4}
    assert unbalanced_mode.predict(**far) == pytest.approx(unbalanced_mode.predict_control("lazy", **far), rel=1e-5)


def test_parts_beyond_their_target_are_refused():
    with pytest.raises(InputError, match=r"s=1\.0, u0=1\.5 is outside u0 < s"):
        unbalanced_mode.predict(s=1.0, c=0.5, u0=1.5, t=1.0)


@pytest.mark.parametrize(("d_in", "d_out"), [(8, 2), (2, 3)])
def test_label_noise_at_equilibrium_pushes_neither_layer(d_in, d_out):
    rng, n = np.random.default_rng(5), 400_000
    core = rng.normal(size=(2, 2))
    lower = core @ np.linalg.qr(rng.normal(size=(d_in, 2)))[0].T
    ratio = noise_equilibrium.predict(d_in=d_in, d_out=d_out)
    upper = np.linalg.qr(rng.normal(size=(d_out, 2)))[0] @ np.linalg.cholesky(core @ core.T / ratio).T
    np.testing.assert_allclose(lower @ lower.T, ratio * upper.T @ upper, atol=1e-12)
    x, xi = rng.normal(size=(n, d_in)), rng.normal(size=(n, d_out))
    hidden, back = x @ lower.T, xi @ upper
    push = (hidden.T * (xi**2).sum(1)) @ hidden / n - (back.T * (x**2).sum(1)) @ back / n
    assert np.abs(push).max() < 0.03 * np.abs(d_out * lower @ lower.T).max()


@pytest.mark.parametrize(("inputs", "hidden", "outputs", "depth"), [(4, 4, 4, 3), (4, 5, 3, 3), (2, 3, 4, 2)])
def test_the_product_of_balanced_layers_flows_without_them(inputs, hidden, outputs, depth):
    rank = min(inputs, outputs)
    c = cell(inputs, hidden, outputs, 0.0, s=(2.0, 1.2, 0.6)[:rank])
    c.depth, c.p = depth, (0.5, 0.3, 0.1)[:rank]
    weights, target = starts.layers(c), starts.target(c)

    def product(some, size):
        return np.linalg.multi_dot([np.eye(size), *some[::-1], np.eye(some[0].shape[1])]) if some else np.eye(size)

    def slope(w):
        error = product(w, outputs) - target
        up = [product(w[i + 1 :], outputs) for i in range(depth)]
        down = [product(w[:i], w[i - 1].shape[0] if i else inputs) for i in range(depth)]
        return [up[i].T @ error @ down[i].T for i in range(depth)]

    end = product(flow(weights, slope, 1.5), outputs)
    given = {"depth": depth, "W": product(weights, outputs), "S": target, "t": 1.5}
    np.testing.assert_allclose(end_to_end.predict(**given), end, atol=1e-7)
    assert np.abs(end_to_end.predict_control("one side", **given) - end).max() > 0.05
    with pytest.raises(InputError, match="breaks: W and S have one shape"):
        end_to_end.predict(**(given | {"S": target[:, :1]}))
