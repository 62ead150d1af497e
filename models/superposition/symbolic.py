r"""The toy model of superposition in symbols: exact population loss for inputs with one active feature.

.. math:: \hat x = \mathrm{ReLU}(W^\top W x + b), \quad x = \mu e_i,\ \mu \sim U(0, 1), \qquad
          L = \frac1n \sum_{ij} \int_0^1 \bigl(\mu\,\delta_{ij} - \mathrm{ReLU}(a_{ij}\mu + b_j)\bigr)^2 d\mu,
          \quad a_{ij} = W_i \cdot W_j

The loss is summed over the outputs and not halved. Output j answers feature i on the part of (0, 1) where
a_ij mu + b_j > 0, so L is rational in the parameters within each chamber of sign(b_j), sign(a_ij + b_j)
[chen2023dynamical, lemma 3.1]. The value mu of the active feature is called x below: mu is the momentum elsewhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

x = sp.Symbol("x", positive=True)  # value of the active feature
a = sp.Symbol("a", real=True)  # overlap of two features' directions
b = sp.Symbol("b", real=True)  # bias of an output
answer: Any = a * x + b  # what an output says where it is lit


def lit() -> list[tuple[Any, tuple[Any, Any] | None]]:
    """(chamber, interval of x on which the output is lit, None where it is dark). At a = 0 the sign of b decides."""
    return [
        (sp.And(b < 0, a > -b), (-b / a, sp.S.One)),
        (sp.And(b > 0, a < -b), (sp.S.Zero, -b / a)),
        (sp.And(b >= 0, a >= -b), (sp.S.Zero, sp.S.One)),
        (sp.true, None),
    ]


def _integral(f: Any, interval: tuple[Any, Any] | None) -> Any:
    return sp.S.Zero if interval is None else sp.integrate(sp.expand(f), (x, *interval))


@lru_cache
def interference() -> Any:
    r"""Loss of an output for the value of another feature, :math:`\int_0^1 \mathrm{ReLU}(ax + b)^2 dx`."""
    return sp.Piecewise(*((_integral(answer**2, where), chamber) for chamber, where in lit()))


@lru_cache
def error() -> Any:
    r"""Loss of an output for its own feature, :math:`\int_0^1 (x - \mathrm{ReLU}(ax + b))^2 dx`: 1/3 where dark."""
    whole = _integral(x**2, (sp.S.Zero, sp.S.One))
    return sp.Piecewise(*((whole + _integral((x - answer) ** 2 - x**2, where), chamber) for chamber, where in lit()))


def population_loss(weights: Any, biases: Any) -> Any:
    """L of the weights (m, n) and biases (n, 1), a sum of Piecewise functions."""
    overlap, count = weights.T * weights, weights.shape[1]
    terms = (
        (error() if i == j else interference()).subs({a: overlap[i, j], b: biases[j]}, simultaneous=True)
        for i in range(count)
        for j in range(count)
    )
    return sp.Add(*terms) / count


def small() -> tuple[Any, dict[str, Any]]:
    """The loss of three features in two dimensions, and its symbols."""
    weights = sp.Matrix(2, 3, sp.symbols("W:2:3", real=True))
    biases: Any = sp.Matrix(sp.symbols("b:3", real=True))
    return population_loss(weights, biases), {"W": weights.tolist(), "b": list(biases)}


def sampled(rectify: bool = True) -> tuple[Any, dict[str, Any]]:
    """The squared error of three features in two dimensions on a batch of two inputs; without `rectify` no ReLU."""
    weights: Any = sp.Matrix(2, 3, sp.symbols("W:2:3", real=True))
    inputs: Any = sp.Matrix(3, 2, sp.symbols("x:3:2", real=True))
    biases = sp.symbols("b:3", real=True)
    answers = weights.T * weights * inputs + sp.Matrix([[bias] * 2 for bias in biases])
    told = answers.applyfunc(lambda e: sp.Piecewise((e, e > 0), (0, True))) if rectify else answers
    symbols = {"W": weights.tolist(), "b": list(biases), "batch": inputs.tolist()}
    return sp.Add(*(e**2 for e in told - inputs)) / 2, symbols
