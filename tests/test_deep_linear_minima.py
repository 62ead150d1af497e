"""Minima, saddles and the edge of stability of deep linear networks: claims against independent oracles."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from models.deep_linear import minimum, model
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
