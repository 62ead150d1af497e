r"""Noise of labels, by the name of its law.

.. math:: \xi = \gamma\,\zeta, \quad \mathrm E\,e^{iu\zeta} = e^{-|u|^\alpha}; \qquad
          \text{differenced: } \xi_k = \gamma\,(\zeta_k - \zeta_{k-1})
"""

from __future__ import annotations

import math
from typing import Any

from jax import Array


def noise(draw: Any, c: Any, shape: tuple[int, ...]) -> Array:
    """Label noise of scale gamma: (*shape, lanes); "label gaussian", "label stable" or "label differenced".

    A Gaussian label has the standard deviation sqrt(2) gamma, and a differenced one is a difference of such.
    """
    if c.noise == "label stable":
        return c.gamma * draw.stable(c.alpha, shape)
    numbers = lambda d: d.normal(shape)
    return math.sqrt(2) * c.gamma * (draw.difference(numbers) if c.noise == "label differenced" else numbers(draw))
