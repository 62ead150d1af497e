"""One noise of each kind, for the tests that hold for all of them."""

from typing import Any

import jax.numpy as jnp
import optax
import pytest

from theorylab import noise
from theorylab.errors import InputError


def half(step: Any) -> Any:
    """A schedule."""
    return jnp.cos(step)


GAUSSIAN, STABLE = noise.gaussian(1.0), noise.stable(1.5, 0.3)
KINDS = {
    "gaussian": GAUSSIAN,
    "stable": STABLE,
    "isotropic": noise.stable(1.5, 0.3, shape="isotropic"),
    "differenced": noise.differenced(GAUSSIAN),
    "ar1": noise.ar1(STABLE, 0.5),
    "fractional": noise.fractional(GAUSSIAN, 0.7),
    "clipped": noise.clipped(noise.differenced(STABLE), 1.0),
    "annealed": noise.annealed(GAUSSIAN, half),
    "state dependent": noise.state_dependent(GAUSSIAN, by=optax.tree.norm),
}
WIDE = {"w": jnp.zeros(20_000)}


def each_kind(*names):
    """The noises called so, or all of them."""
    return pytest.mark.parametrize("process", [KINDS[name] for name in names or KINDS], ids=names or KINDS)


# ------------------------------------------------------------------------------------------------------- seeds, keys


def refused(text, call):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value).startswith("noise: ")
    assert text in str(error.value)
    assert "\n" not in str(error.value)


# ---------------------------------------------------------------------------------------------- two noises in a chain
