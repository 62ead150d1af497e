"""Fractional noise: the Wold coefficients give the fractional Gaussian correlations, the exponentials give those."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theorylab import noise
from theorylab.noise.long_memory import HORIZON, NODES, weights, wold


def correlation(h, k):
    return (abs(k + 1.0) ** (2 * h) - 2 * abs(k + 0.0) ** (2 * h) + abs(k - 1.0) ** (2 * h)) / 2


@pytest.mark.parametrize("d", [-0.45, -0.2, 0.1])
def test_the_response_has_the_correlations_of_fractional_gaussian_noise(d):
    psi, k = wold(d, HORIZON), np.arange(8)
    products = np.array([psi[: HORIZON - j] @ psi[j:] for j in k])
    left_out = 3 * psi[-1] ** 2 * HORIZON / (1 - 2 * d)  # the tail of a sum of k^{2d-2}
    np.testing.assert_allclose(products / products[0], correlation(d + 0.5, k), atol=1e-8 + left_out)


def test_white_noise_has_no_memory():
    np.testing.assert_allclose(wold(1e-12, 6), [1, 0, 0, 0, 0, 0], atol=1e-11)
    assert abs(weights(0.0)).max() == 0
    np.testing.assert_array_equal(noise.fractional(noise.gaussian(1.0), 0.5).impulse_response(3), [1, 0, 0])


@pytest.mark.parametrize(("d", "error"), [(0.47, 3e-4), (0.2, 3e-4), (-0.2, 3e-4), (-0.4, 2e-3), (-0.485, 2e-2)])
def test_the_exponentials_keep_the_stated_error_up_to_the_horizon(d, error):
    k = np.unique(np.round(np.geomspace(1, HORIZON - 1, 1501)).astype(int))
    realised = np.exp(-(k[:, None] - 1) / NODES) @ weights(d)
    np.testing.assert_allclose(realised, wold(d, HORIZON)[k], rtol=error)
    np.testing.assert_allclose(
        noise.fractional(noise.gaussian(1.0), d + 0.5).impulse_response(60)[1:], wold(d, 60)[1:], rtol=error
    )


def test_weights_of_a_traced_exponent_are_the_same():
    for d in (-0.4, 0.3):
        traced = jax.jit(lambda d: weights(d, jnp))(jnp.float32(d))
        np.testing.assert_allclose(traced, weights(d), rtol=3e-4, atol=1e-6)
