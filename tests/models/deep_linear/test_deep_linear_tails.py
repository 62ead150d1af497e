"""Tails of weights and products under stable noise on weights with decay."""

import math
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate

from models.deep_linear.claims.parameter_noise.langevin_tails import langevin_product_tail, langevin_weight_tail
from models.deep_linear.scalars import tails
from theorylab.errors import InputError


def rated(alpha, S, eta=0.001):
    """Inputs of the tails at which the noise has the rate S, and the strength C S of its jumps."""
    inputs = {"v": 0.5, "g": 0.3, "eta": eta, "gamma": (S / eta ** (alpha - 1)) ** (1 / alpha), "alpha": alpha}
    return inputs, 2 / math.pi * math.gamma(alpha) * math.sin(math.pi * alpha / 2) * S


@pytest.mark.parametrize("alpha", [1.1, 1.5, 1.9])
def test_the_tail_of_a_weight_is_that_of_its_jumps_over_all_ages(alpha):
    """A weight beyond x jumped beyond x e^(g t) at a time t ago, and not beyond the edge."""
    inputs, strength = rated(alpha, 0.7)
    edge = math.sqrt(2000)
    for x in (2.0, 10.0, 40.0):
        age = lambda t, x=x: (x * math.exp(0.3 * t)) ** -alpha - edge**-alpha
        found = strength * integrate.quad(age, 0, math.log(edge / x) / 0.3)[0]
        assert langevin_weight_tail.predict(x=x, **inputs) == pytest.approx(found, rel=1e-8)
    slow, _ = rated(alpha, 0.7, eta=1e-14)
    power = langevin_weight_tail.predict(x=2.0, **slow)
    assert power == pytest.approx(strength * 2.0**-alpha / (alpha * 0.3), rel=1e-4)
    assert langevin_weight_tail.predict_control("no edge", x=2.0, **inputs) == pytest.approx(power, rel=1e-4)
    with pytest.raises(InputError, match=r"eta\*x\*\*2 < 2"):
        langevin_weight_tail.predict(x=45.0, **inputs)
    with pytest.raises(InputError, match=r"1 < alpha < 2"):
        langevin_weight_tail.predict(x=2.0, **(inputs | {"alpha": 2.0}))


def stay(u, w, z):
    """Time that the product spends above z from u w > z, at a constant u^2 - w^2."""
    gap = abs(u**2 - w**2) + 1e-12
    return (math.asinh(gap / (2 * z)) - math.asinh(gap / (2 * u * w))) / gap


def test_the_product_relaxes_between_two_large_weights():
    u, w, z = 7.0, 2.5, 3.0
    back = lambda _, s: [-s[1] * s[0] * s[1], -s[0] * s[0] * s[1]]
    passes: Any = lambda _, s: s[0] * s[1] - z
    passes.terminal = True
    found = integrate.solve_ivp(back, (0, 1), [u, w], events=passes, rtol=1e-11, atol=1e-13)
    assert found.t_events[0][0] == pytest.approx(stay(u, w, z), rel=1e-8)


@pytest.mark.parametrize("alpha", [1.2, 1.7])
def test_the_tail_of_the_product_counts_all_pairs_of_jumps(alpha):
    """u waits with the density C S u^(-alpha-1)/g, w jumps at the rate alpha C S w^(-alpha-1), or the other way."""
    inputs, strength = rated(alpha, 0.3)
    z = 5.0

    def pairs(log_ratio, log_product):
        u, w = (math.exp((log_product + sign * log_ratio) / 2) for sign in (1, -1))
        return (u * w) ** -alpha * stay(u, w, z)

    found = integrate.dblquad(pairs, math.log(z), math.log(z) + 14, -30, 30, epsabs=0, epsrel=1e-7)[0] / 2
    total = 2 * alpha * strength**2 / 0.3 * found
    assert langevin_product_tail.predict(z=z, **inputs) == pytest.approx(total, rel=1e-4)


def test_one_jump_from_the_minimum_has_the_index_alpha_plus_two():
    inputs, strength = rated(1.4, 0.3)
    z, place = 5.0, math.sqrt(0.5)
    excursion = lambda y: 1.4 * strength * y**-2.4 * math.log(y * place / z) / y**2
    found = 2 * integrate.quad(excursion, z / place, np.inf)[0]
    assert langevin_product_tail.predict_control("one jump", z=z, **inputs) == pytest.approx(found, rel=1e-6)


def test_the_tails_are_counted_at_both_ends_of_the_flow():
    c = SimpleNamespace(v=0.5, g=0.3, eta=0.01, x=(2.0, 2.95, 3.5), z=(2.0, 8.0, 20.0))
    params = {"u": jnp.array([[3.0, -3.0]]), "w": jnp.array([[3.0, 3.0]])}  # a step takes 3 to 2.74, and to 2.71
    np.testing.assert_allclose(tails.weights_beyond(params, c), [[1, 1], [0.5, 0.5], [0, 0]])
    np.testing.assert_allclose(tails.product_beyond(params, c), [[1, 1], [0.5, 0.5], [0, 0]])
    c.eta, params["w"] = 0.001, jnp.array([[0.1, 0.1]])
    np.testing.assert_allclose(tails.weights_beyond(params, c), [[0.5, 0.5], [0.5, 0.5], [0, 0]])
    np.testing.assert_allclose(tails.product_beyond(params, c), 0)
    params = {"u": jnp.array([[-44.8, 44.7]]), "w": jnp.array([[0.1, 0.1]])}  # the edge is at 44.72
    np.testing.assert_array_equal(tails.overshot(params, c), [True, False])
