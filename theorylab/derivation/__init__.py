"""Derivations: steps that compute, each verified numerically by another way than the one that made it."""

from theorylab.derivation.algebra import compute, identify, simplify, solve, substitute, tidy
from theorylab.derivation.calculus import differentiate, dsolve, integrate, limit, series, summation
from theorylab.derivation.expectation import expect
from theorylab.derivation.laws import Law, centred, density, discrete, four_moments, jointly_centred, uniform
from theorylab.derivation.step import Derivation, DerivationError, Step, StepCheck, run
from theorylab.derivation.waves import gaussian, stable

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
