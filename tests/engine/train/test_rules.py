"""Euler-Maruyama of the matching equation, and the parts of a chain."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import optax
import pytest

from theorylab import Ensemble, measure, noise
from theorylab.train import observe, rules


@pytest.mark.parametrize(("alpha", "expected"), [(2.0, 0.3 * (1 / 2) ** 0.5), (1.5, 0.3 * (1 / 1.5) ** (1 / 1.5))])
def test_euler_maruyama_of_an_ornstein_uhlenbeck_process(alpha, expected):
    """dx = -x dt + dZ of scale s has the stationary scale s / alpha^(1/alpha), within five errors and O(dt)."""
    ensemble = Ensemble[Any](
        loss=lambda p, c: 0.5 * p["x"] ** 2,
        init=lambda draw, c: {"x": 0 * draw.normal(())},
        rule=lambda c: rules.drift(c.dt),
        noise=lambda c: rules.increment(noise.stable(c.alpha, c.scale), c.dt),
        units="parameter",
        observe={"x": observe.final(lambda p, c: p["x"])},
        every=400,
    )
    out = ensemble(SimpleNamespace(alpha=alpha, scale=0.3, dt=0.02), 0, 0, 65536)
    found = measure.log_scale(out["x"], alpha)
    assert abs(float(found.value) - expected) < 5 * float(found.standard_error) + 0.02 * expected


def test_the_transformation_is_the_same_step_in_a_plain_loop():
    dt, process = 0.1, noise.gaussian(0.5, seed=3)
    chain: Any = rules.euler_maruyama(dt, process)
    params = {"x": np.float32(1.0)}
    updates, _ = chain.update({"x": np.float32(2.0)}, chain.init(params), params)
    plain: Any = optax.chain(process)
    kick, _ = plain.update({"x": np.float32(0.0)}, plain.init(params), params)
    np.testing.assert_allclose(updates["x"], -dt * 2.0 + dt**0.5 * kick["x"], rtol=1e-6)


def test_parts_of_nested_chains():
    rule = optax.chain(optax.chain(optax.clip(1.0), optax.scale(2.0)), optax.sgd(0.1, momentum=0.9))
    assert len(rules.parts(rule)) >= 4
