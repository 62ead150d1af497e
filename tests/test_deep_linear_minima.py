"""Minima, saddles and the edge of stability of deep linear networks: claims against independent oracles."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from models.deep_linear import minimum, model
from models.deep_linear.claims.edge import edge_cycle, edge_multiplier, edge_reach
from models.deep_linear.claims.hessian import hessian_spectrum
from theorylab import random
from theorylab.errors import InputError

LANES = 3


def at_minimum(depth, s, inputs=4, hidden=4, outputs=3):
    c = SimpleNamespace(depth=depth, inputs=inputs, hidden=hidden, outputs=outputs, s=s)
    draw = lambda stream: random.Draw(random.lane_key(1, stream, jnp.arange(LANES, dtype=jnp.uint32)))
    c.data = model.teacher(draw(random.DATA), c)
    return minimum.balanced(draw(random.INIT), c), c


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("s", [(2.0, 0.9), (1.3, 1.3), (0.7,), (3.0, 1.0, 0.2)])
def test_the_hessian_spectrum_is_that_of_the_network(depth, s):
    with jax.enable_x64(True):
        params, c = at_minimum(depth, s)
        found = np.array(jax.jit(lambda p: minimum.curvatures(p, c))(params))
        assert np.max(minimum.misfit(params, c)) < 1e-5
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
