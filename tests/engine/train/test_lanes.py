"""Products over lanes against einsum, in value and gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theorylab.train.lanes import matmul, transpose


@pytest.mark.parametrize(
    "shapes",
    [
        ((2, 3, 5), (3, 4, 5)),
        ((1, 1, 7), (1, 1, 7)),
        ((2, 3, 1), (3, 4, 5)),
        ((2, 3, 5), (3, 4, 1)),
        ((2, 90, 5), (90, 2, 5)),
    ],
)
def test_matmul(shapes):
    generator = np.random.default_rng(0)
    a, b = (jnp.asarray(generator.normal(size=s), jnp.float32) for s in shapes)
    wide = [jnp.broadcast_to(x, (*x.shape[:2], 5 if 7 not in shapes[0] else 7)) for x in (a, b)]
    expected = jnp.einsum("ikl,kjl->ijl", *wide)
    np.testing.assert_allclose(matmul(a, b), expected, rtol=1e-5, atol=1e-6)

    def value(a, b):
        return jnp.sin(matmul(a, b)).sum()

    def plain(a, b):
        lanes = wide[0].shape[2]
        return jnp.sin(jnp.einsum("ikl,kjl->ijl", *(jnp.broadcast_to(x, (*x.shape[:2], lanes)) for x in (a, b)))).sum()

    for ours, theirs in zip(jax.grad(value, (0, 1))(a, b), jax.grad(plain, (0, 1))(a, b), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_transpose():
    assert transpose(jnp.zeros((2, 3, 4))).shape == (3, 2, 4)
