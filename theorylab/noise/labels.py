r"""Noise of labels: the errors xi of the labels y = f(x) + xi that a batch is trained on.

    white         xi_k = zeta_k
    differenced   xi_k = zeta_k - zeta_{k-1},  zeta_{-1} = 0

zeta is drawn afresh for each label of a batch at each step. The scale is that of the innovations zeta, as for every
coloured noise: a differenced Gaussian error has twice their variance, a stable one 2^(1/alpha) times their scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import Array

from theorylab.errors import InputError
from theorylab.noise.law import Gaussian, Stable
from theorylab.random.address import Draw


@dataclass(frozen=True, eq=False)
class Labels:
    """Errors of labels whose innovations follow `law`, or none; "label differenced stable" and the like by name."""

    law: Gaussian | Stable | None
    differenced: bool = False

    def draw(self, draw: Draw, shape: tuple[int, ...] = ()) -> Array:
        """xi of one step: (*shape, lanes). Elements are those of `draw`, as for every other part of a batch."""
        law = self.law
        if law is None:
            return jnp.zeros((*shape, *draw.key[0].shape))
        unit = lambda d: d.stable(law.alpha, shape) if isinstance(law, Stable) else d.normal(shape)
        return law.scale * (draw.difference(unit) if self.differenced else unit(draw))

    def at(self, seed: Any, replicates: Any) -> Any:
        """What a process is asked for where it is added to a gradient.

        Raises:
            InputError: always.
        """
        del seed, replicates
        raise InputError(
            f"noise: {self.name!r} is a noise of labels: a batch draws it, no gradient or parameter has it"
        )

    @property
    def stability_index(self) -> Any:
        """alpha of the innovations, 2 for Gaussian ones."""
        return 2.0 if self.law is None else self.law.index

    @property
    def scale(self) -> Any:
        """sigma or gamma of the innovations."""
        return 0.0 if self.law is None else self.law.scale

    @property
    def name(self) -> str:
        """`label stable`; of the differenced Gaussian, `label differenced`."""
        if self.law is None:
            return "none"
        if self.differenced:
            return "label differenced" if isinstance(self.law, Gaussian) else "label differenced stable"
        return f"label {self.law.name}"
