"""Which minima networks on a zero teacher end in: signs of the imbalance, shares, matched doses of noise."""

import math
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from scipy import integrate, stats

from models.deep_linear.claims.minima.ends import degenerate_share
from models.deep_linear.matrices import zero_teacher
from tests.models.deep_linear.test_deep_linear_degeneracy import predicted, rank_chains
from theorylab import random
from theorylab.errors import InputError


def ends(width, lanes, seed=0):
    """Normal starts, C, and the weights where gradient flow takes them, by an adaptive integrator in float64."""
    c = SimpleNamespace(width=width, dtype="float64")
    with jax.enable_x64(True):
        ids = jnp.arange(lanes, dtype=jnp.uint32)
        begin = zero_teacher.start(random.Draw(random.lane_key(seed, random.INIT, ids)), c)
        flat, back = ravel_pytree(begin)
        slope = jax.jit(jax.grad(lambda x: zero_teacher.loss(back(x), c, 0.0).sum()))
        fall = lambda _, x: -slope(x)
        found = integrate.solve_ivp(fall, (0, 400), np.array(flat), method="DOP853", rtol=1e-9, atol=1e-12)
        return begin, back(jnp.array(found.y[:, -1])), np.array(zero_teacher.degenerate(begin, c))


@pytest.mark.parametrize("width", [2, 3])
def test_the_signs_of_the_imbalance_tell_the_ranks_at_the_end_of_gradient_flow(width):
    begin, end, degenerate = ends(width, 24)
    np.testing.assert_allclose(zero_teacher.imbalance(end), zero_teacher.imbalance(begin), atol=1e-6)
    C = np.moveaxis(np.array(zero_teacher.imbalance(begin)), -1, 0)
    clear = np.abs(np.linalg.eigvalsh(C)).min(1) > 0.2  # the slowest direction decays at that rate
    assert clear.sum() > 8
    assert 0 < degenerate[clear].sum() < clear.sum()
    for lane in np.flatnonzero(clear):
        ranks = [np.linalg.matrix_rank(np.array(end[name])[..., lane], tol=1e-3) for name in ("W1", "W2")]
        assert sorted(ranks) == ([1, 1] if degenerate[lane] else [0, 2])


@pytest.mark.parametrize("width", [2, 3, 5])
def test_degenerate_ends_have_the_smallest_learning_coefficient(width):
    chains = {ranks[1]: cost / 2 for cost, ranks in rank_chains((width, 2, width))}
    assert chains == {0: width, 1: width - 0.5, 2: width}
    assert predicted((width, 2, width), 0)[0] == min(chains.values())


@pytest.mark.parametrize("width", [2, 3, 4, 7])
def test_the_degenerate_share_is_that_of_two_wishart_matrices(width):
    rng, n = np.random.default_rng(width), 200_000
    up, low = (rng.normal(size=(n, 2, width)) for _ in range(2))
    C = up @ up.transpose(0, 2, 1) - low @ low.transpose(0, 2, 1)
    share = (np.linalg.det(C) < 0).mean()
    assert abs(share - degenerate_share.predict(width=width)) < 5 * math.sqrt(0.25 / n)


def test_one_dominating_label_error_makes_all_ends_degenerate_and_one_dominating_step_of_a_weight_fewer():
    """A step leaves the second sign to chi-squares with 2 and 1 degrees of freedom: 1/sqrt(2), below pi/4."""
    rng, n, eta, size = np.random.default_rng(5), 20_000, 0.01, 1e7
    low, up = rng.normal(size=(n, 2, 2)), rng.normal(size=(n, 2, 2))
    error = np.zeros((2, 2))
    error[0, 1] = size
    det = lambda low, up: np.linalg.det(up.transpose(0, 2, 1) @ up - low @ low.transpose(0, 2, 1))
    assert (det(low + eta * up.transpose(0, 2, 1) @ error, up + eta * error @ low.transpose(0, 2, 1)) < 0).all()
    assert abs((det(low + eta * error, up) < 0).mean() - 1 / math.sqrt(2)) < 5 * 0.5 / math.sqrt(n)


@pytest.mark.parametrize(("alpha", "law"), [(1.5, "stable"), (2.0, "gaussian"), (2.0, "differenced gaussian")])
def test_matched_doses_have_one_quartile(alpha, law):
    """Of a step, and of the stationary fluctuation of theta <- (1 - eta h) theta - eta xi."""
    eta, h, n = 0.05, 2.0, 400_000
    rng = np.random.default_rng(2)
    for dose in (1.3, zero_teacher.equal_fluctuation(law, alpha, 1.3, eta, h)):
        gamma = zero_teacher.scale(law, alpha, dose)
        zeta = gamma * np.array(stats.levy_stable.rvs(alpha, 0, size=(2, n), random_state=rng))
        step = zeta[0] - (zeta[1] if "differenced" in law else 0)
        assert np.quantile(step, 0.75) == pytest.approx(dose, rel=0.02)
    theta, last = np.zeros(20_000), 0.0
    for _ in range(120):
        zeta = gamma * np.array(stats.levy_stable.rvs(alpha, 0, size=len(theta), random_state=rng))
        theta, last = (1 - eta * h) * theta - eta * (zeta - last), zeta if "differenced" in law else 0.0
    gaussian = eta * 1.3 / math.sqrt(1 - (1 - eta * h) ** 2)
    assert np.quantile(np.abs(theta), 0.5) == pytest.approx(gaussian, rel=0.05)


@pytest.mark.parametrize("width", [1, 2.5, -2])
def test_networks_without_two_eigenvalues_of_either_sign_are_refused(width):
    with pytest.raises(InputError, match="width"):
        degenerate_share.predict(width=width)
