"""What surrounds a claim's formula: the wrong formulas that the data must reject, and the margin of agreement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from inspect import isgeneratorfunction
from typing import Any

import numpy as np
import sympy as sp

from theorylab.theory.derivation.step import run
from theorylab.theory.formula import canonical, to_text


@dataclass(frozen=True)
class Control:
    """A wrong formula and the reason why somebody would believe it.

    `formula` is an expression in the claim's symbols, a function of the inputs by name, a derivation (a generator
    function), or another claim.

    >>> from theorylab.theory.symbols import eta, lam, sigma
    >>> Control("sde", eta * sigma**2 / (2 * lam), "the value of the stochastic differential equation").formula_text
    'eta*sigma**2/(2*lam)'
    """

    name: str
    formula: Any
    reason: str
    source: str | None = None

    @property
    def formula_text(self) -> str | None:
        """Its text; None for a function."""
        if hasattr(self.formula, "formula_text"):
            return self.formula.formula_text
        return None if is_function(self.formula) else to_text(expression(self.formula))


@dataclass(frozen=True)
class Margin:
    """Scientific margin: `relative` times a scale.

    The scale is the prediction itself, or an expression or function of the inputs (the shift that is predicted, not the
    background it sits on; the size against which a predicted zero is to be judged).

    >>> from theorylab.theory import Margin
    >>> Margin(0.02)  # two per cent of the prediction
    Margin(relative=0.02, scale=None)
    """

    relative: float = 0.02
    scale: Any = None


def is_function(formula: Any) -> bool:
    """Whether it is a function of the inputs, not an expression or a derivation."""
    return callable(formula) and not isinstance(formula, sp.Basic) and not isgeneratorfunction(formula)


@lru_cache(maxsize=256)
def expression(formula: Any) -> Any:
    """The expression, or the result of the derivation."""
    return canonical(run(formula, "control").result if isgeneratorfunction(formula) else formula)


def scaled(value: Any, factor: float) -> Any:
    """`factor` times the size of a number, an array or each value of a dict."""
    if isinstance(value, Mapping):
        return {key: scaled(part, factor) for key, part in value.items()}
    return factor * np.abs(value) if isinstance(value, np.ndarray) else factor * abs(value)
