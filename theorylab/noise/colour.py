r"""Colours: linear filters of the innovations, xi_k = sum_j psi_j zeta_{k-j}, from rest (zeta_{-1} = 0).

    Differenced   xi_k = zeta_k - zeta_{k-1}          psi = 1, -1
    AR1           xi_k = rho xi_{k-1} + zeta_k        psi_j = rho^j
    Fractional    see `theorylab.noise.long_memory`

Filters compose: their impulse responses convolve. A colour's memory is one array per leaf (and per node), whatever the
number of steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from theorylab.noise.law import number, text


class Stage:
    """One part of a noise after its law: reads a list of leaves, returns another and its new memory."""

    reads_params = False
    name = ""

    def rest(self, leaves: list[Array], lanes: tuple[int, ...]) -> Any:
        """The memory before the first step; `leaves` are zeros of the innovation's shape."""
        del leaves, lanes
        return ()

    def __call__(self, xi: list[Array], memory: Any, step: Array, params: Any) -> tuple[list[Array], Any]:
        """(the leaves of this step, the memory after it)."""
        raise NotImplementedError

    def respond(self, psi: np.ndarray) -> np.ndarray:
        """The impulse response after this stage, from the one before it."""
        return psi

    def times(self, factor: Any) -> Stage:
        """The stage of a noise that is `factor` times as large."""
        del factor
        return self


@dataclass(frozen=True, eq=False)
class Differenced(Stage):
    """xi_k = zeta_k - zeta_{k-1}: anti-correlated, its sums stay bounded."""

    name = "differenced"

    def rest(self, leaves: list[Array], lanes: tuple[int, ...]) -> Any:
        """zeta_{-1} = 0."""
        del lanes
        return leaves

    def __call__(self, xi: list[Array], memory: Any, step: Array, params: Any) -> tuple[list[Array], Any]:
        """The difference; the memory is the innovation."""
        return [new - old for new, old in zip(xi, memory, strict=True)], xi

    def respond(self, psi: np.ndarray) -> np.ndarray:
        """psi_j - psi_{j-1}."""
        return psi - np.concatenate([[0.0], psi[:-1]])

    def __str__(self) -> str:
        return "differenced({})"


@dataclass(frozen=True, eq=False)
class AR1(Stage):
    """xi_k = rho xi_{k-1} + zeta_k, |rho| < 1; the scale is the innovation's."""

    rho: Any
    name = "ar1"

    def __post_init__(self) -> None:
        number("noise.ar1", "rho", self.rho, "abs(rho) < 1", lambda v: abs(v) < 1)

    def rest(self, leaves: list[Array], lanes: tuple[int, ...]) -> Any:
        """xi_{-1} = 0."""
        del lanes
        return leaves

    def __call__(self, xi: list[Array], memory: Any, step: Array, params: Any) -> tuple[list[Array], Any]:
        """The recursion; the memory is the noise."""
        new = [jnp.asarray(self.rho, zeta.dtype) * old + zeta for zeta, old in zip(xi, memory, strict=True)]
        return new, new

    def respond(self, psi: np.ndarray) -> np.ndarray:
        """The recursion on the response."""
        out = np.zeros_like(psi)
        for j, value in enumerate(psi):
            out[j] = value + (float(self.rho) * out[j - 1] if j else 0.0)
        return out

    def __str__(self) -> str:
        return f"ar1({{}}, rho={text(self.rho)})"
