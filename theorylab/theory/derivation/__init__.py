"""Derivations: steps that compute, each verified numerically by another way than the one that made it."""

from theorylab.theory.derivation.algebra import compute, identify, simplify, solve, substitute, tidy
from theorylab.theory.derivation.calculus import differentiate, dsolve, integrate, limit, series, summation
from theorylab.theory.derivation.expectation import expect
from theorylab.theory.derivation.gaussian_stable import gaussian, stable
from theorylab.theory.derivation.random_variable import (
    Law,
    centred,
    density,
    discrete,
    four_moments,
    jointly_centred,
    uniform,
)
from theorylab.theory.derivation.step import Derivation, DerivationError, Step, StepCheck, run

__all__ = [
    "Derivation",
    "DerivationError",
    "Law",
    "Step",
    "StepCheck",
    "centred",
    "compute",
    "density",
    "differentiate",
    "discrete",
    "dsolve",
    "expect",
    "four_moments",
    "gaussian",
    "identify",
    "integrate",
    "jointly_centred",
    "limit",
    "run",
    "series",
    "simplify",
    "solve",
    "stable",
    "substitute",
    "summation",
    "tidy",
    "uniform",
]
