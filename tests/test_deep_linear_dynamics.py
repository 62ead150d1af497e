"""Dynamics of deep linear networks: claims against the flow of the weights in float64, refusals, wrong twins."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import integrate

from models.deep_linear import balanced
from models.deep_linear.claims.riccati import riccati, riccati_generic
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
    pair, target = balanced.pair(c), balanced.target(c)
    for t in (0.3, 1.5, 4.0):
        first, second = flow(pair, two_layers(target), t)
        np.testing.assert_allclose(riccati.predict(W1=pair[0], W2=pair[1], S=target, t=t), second @ first, atol=1e-9)
    if c.balance:
        other = riccati.predict_control("other sign", W1=pair[0], W2=pair[1], S=target, t=1.5)
        assert np.abs(other - riccati.predict(W1=pair[0], W2=pair[1], S=target, t=1.5)).max() > 0.05


def test_the_riccati_solution_reaches_the_best_product_of_its_rank():
    c = cell(4, 3, 5, 0.4, s=(3.0, 1.0, 0.5), size=0.01)
    pair, target = balanced.pair(c), balanced.target(c)
    np.testing.assert_allclose(riccati.predict(W1=pair[0], W2=pair[1], S=target, t=300.0), target, atol=1e-10)
    start = riccati.predict(W1=pair[0], W2=pair[1], S=target, t=0.0)
    np.testing.assert_allclose(start, pair[1] @ pair[0], atol=1e-15)
    narrow = cell(4, 1, 5, 0.0, s=(3.0, 1.0), size=0.01)
    (first, second), target = balanced.pair(narrow), balanced.target(narrow)
    values = np.linalg.svd(riccati.predict(W1=first, W2=second, S=target, t=300.0), compute_uv=False)
    np.testing.assert_allclose(values[:2], (3.0, 0.0), atol=1e-10)


def test_off_balance_the_riccati_solution_fails():
    c = cell(4, 3, 5, 0.5, s=(2.0, 1.2, 0.6), size=0.6)
    pair, target = balanced.generic(c), balanced.target(c)
    first, second = flow(pair, two_layers(target), 4.0)
    wrong = riccati_generic.predict(W1=pair[0], W2=pair[1], S=target, t=4.0)
    assert np.abs(wrong - second @ first).max() > 0.05
    with pytest.raises(InputError, match=r"W1=.* W2=.* breaks: W2' W2 - W1 W1' = lambda I"):
        riccati.predict(W1=pair[0], W2=pair[1], S=target, t=4.0)


def test_shapes_that_do_not_chain_are_refused():
    c = cell(4, 3, 5, 0.5)
    (first, second), target = balanced.pair(c), balanced.target(c)
    with pytest.raises(InputError, match="breaks: the columns of W2 are as many as the rows of W1"):
        riccati.predict(W1=first, W2=second[:, :2], S=target, t=1.0)
    with pytest.raises(InputError, match="breaks: S has the rows of W2 and the columns of W1"):
        riccati.predict(W1=first, W2=second, S=target.T, t=1.0)
    with pytest.raises(InputError, match="t=-1"):
        riccati.predict(W1=first, W2=second, S=target, t=-1.0)
    with pytest.raises(InputError, match="hidden=3 is above outputs=2"):
        balanced.possible(4, 3, 2, 0.5)
