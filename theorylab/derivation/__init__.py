"""Derivations: steps that compute, each verified numerically by another way than the one that made it."""

from theorylab.derivation.algebra import compute, identify, simplify, solve, substitute, tidy
from theorylab.derivation.calculus import differentiate, dsolve, integrate, limit, series, summation
from theorylab.derivation.laws import (
    Law,
    centred,
    density,
    discrete,
    expect,
    four_moments,
    gaussian,
    jointly_centred,
    stable,
    uniform,
)
from theorylab.derivation.step import Derivation, DerivationError, Step, StepCheck, run

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
