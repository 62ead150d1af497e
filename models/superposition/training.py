r"""Training on the exact population loss under a noise of the gradient, then the noise-free quench.

.. math:: \theta_{k+1} = \theta_k - \eta\,\mathrm{clip}(\nabla L(\theta_k)) + \eta\,\xi_k

The gradient is clipped per coordinate, the noise is not: L grows with the fourth power, so that plain descent would
diverge after a large jump, while a clipped one walks back. Near the attractors no coordinate reaches the clip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import optax

from models.superposition.model import population
from models.superposition.quench import CLIP, quenched
from theorylab import Ensemble, noise
from theorylab.train import observe


def jumps(c: Any) -> Any:
    """The noise that the cell names, in units of the gradient, times the learning rate; None without noise."""
    named = noise.named(c)
    return None if named is None else named.times(c.eta)


def on_population(init: Callable[[Any, Any], Any], dtype: Literal["float32", "float64"] = "float32") -> Ensemble:
    """Networks that start at `init`, train for `steps` steps and are then quenched; "network" holds their tables."""
    return Ensemble(
        population,
        init=init,
        noise=jumps,
        units="parameter",
        rule=lambda c: optax.chain(optax.clip(CLIP), optax.sgd(c.eta)),
        burn=lambda c: c.steps,
        snapshots=0,
        observe={"network": observe.final(quenched)},
        dtype=dtype,
        block=32,
    )
