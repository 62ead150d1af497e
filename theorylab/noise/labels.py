r"""Noise of labels: the errors xi of the labels y = f(x) + xi that a batch is trained on.

    white         xi_k = zeta_k
    differenced   xi_k = zeta_k - zeta_{k-1},  zeta_{-1} = 0

zeta is drawn afresh for each label of a batch at each step. The scale is that of the innovations zeta, as for every
coloured noise: a differenced Gaussian error has twice their variance, a stable one 2^(1/alpha) times their scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jax import Array

from theorylab.noise.law import Gaussian, Stable
from theorylab.random.address import Draw


@dataclass(frozen=True, eq=False)
class Labels:
    """Errors of labels whose innovations follow `law`; "label differenced stable" and the like by name."""

    law: Gaussian | Stable
    differenced: bool = False

    def draw(self, draw: Draw, shape: tuple[int, ...] = ()) -> Array:
        """xi of one step: (*shape, lanes). Elements are those of `draw`, as for every other part of a batch."""
        unit = lambda d: d.stable(self.law.alpha, shape) if isinstance(self.law, Stable) else d.normal(shape)
        return self.law.scale * (draw.difference(unit) if self.differenced else unit(draw))

    @property
    def stability_index(self) -> Any:
        """alpha of the innovations, 2 for Gaussian ones."""
        return self.law.index

    @property
    def scale(self) -> Any:
        """sigma or gamma of the innovations."""
        return self.law.scale

    @property
    def name(self) -> str:
        """`label stable`; of the differenced Gaussian, `label differenced`."""
        if self.differenced:
            return "label differenced" if isinstance(self.law, Gaussian) else "label differenced stable"
        return f"label {self.law.name}"
