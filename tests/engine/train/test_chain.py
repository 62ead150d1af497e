"""Chains of Langevin steps against the densities that they sample, in closed form."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theorylab import measure, random
from theorylab.train import chain

H = np.array([1.0, 3.0])  # curvatures of U = sum_i h_i w_i^2/2
EPSILON = 0.5


def energy(params):
    return 0.5 * (jnp.asarray(H)[:, None] * params["w"] ** 2).sum(0)


def squares(kind, steps=400, burn=100, count=512):
    """Time averages of w_i^2 (count, 2) and the share of steps that moved."""

    def chains(numbers, seeds, ids, _):
        take = kind(energy, numbers["epsilon"])

        def step(k, place, chance):
            after = take(place, chance)
            return after, {"square": after.params["w"] ** 2, "moved": after.energy != place.energy}

        shapes = {"w": (2,)}
        start = chain.at(energy, chain.normals(random.Draw(random.lane_key(seeds, random.INIT, ids)), shapes))
        chance = chain.chances(random.lane_key(seeds, random.NOISE, ids), shapes)
        return chain.walk(step, start, chance, burn, steps, 1 / steps)[1]

    found = chain.in_blocks(chains)({"epsilon": EPSILON}, 3, 0, count)
    return SimpleNamespace(**chain.joined(found, count))


def holds(values, expected, miss=1e-6):
    """Whether the interval that misses with the chance `miss` on each side holds the expected values."""
    low, high = measure.mean(values).interval(miss)
    return (low < expected).all() and (expected < high).all()


def test_metropolis_samples_the_density_itself():
    found = squares(chain.metropolis)
    assert holds(found.square, 1 / H)
    assert not holds(found.square, 1 / (H * (1 - EPSILON * H / 4)))
    assert 0.5 < found.moved.mean() < 1


def test_steps_that_are_always_taken_sample_a_wider_one():
    r"""The variance of w' = (1 - eps h/2) w + sqrt(eps) z is 1/(h (1 - eps h/4))."""
    found = squares(chain.langevin)
    assert holds(found.square, 1 / (H * (1 - EPSILON * H / 4)))
    assert not holds(found.square, 1 / H)
    np.testing.assert_allclose(found.moved, 1, rtol=1e-12)


def test_a_chain_does_not_depend_on_how_many_there_are():
    few, many = squares(chain.metropolis, 20, 5, 3), squares(chain.metropolis, 20, 5, 700)
    np.testing.assert_array_equal(few.square, many.square[:3])


@pytest.mark.parametrize("kind", [chain.langevin, chain.metropolis])
def test_a_step_is_as_written(kind):
    place = chain.at(energy, {"w": jnp.ones((2, 1))})
    chance = chain.Chance({"w": jnp.full((2, 1), 0.1)}, jnp.full((1,), 1e-30))
    with jax.enable_x64(True):
        after = kind(energy, 0.02)(place, chance)
    np.testing.assert_allclose(after.params["w"][:, 0], 1 - 0.01 * H + 0.02**0.5 * 0.1, rtol=1e-6)
    np.testing.assert_allclose(after.energy, energy(after.params), rtol=1e-6)
