"""Tests of laws at a stated false-alarm level: 1e-6 for all comparisons of one call together."""

import numpy as np
from scipy import stats
from scipy.special import gammaln

LEVEL = 1e-6


def follows(values, characteristic, frequencies=(0.3, 1.0, 2.0)) -> None:
    """Assert that E cos(uX) is `characteristic(u)`; var cos(uX) = (1 + f(2u))/2 - f(u)^2 for a symmetric law."""
    values = np.asarray(values, np.float64).ravel()
    limit = stats.norm.isf(LEVEL / 2 / len(frequencies))
    for u in frequencies:
        expected = characteristic(u)
        error = np.sqrt(((1 + characteristic(2 * u)) / 2 - expected**2) / len(values))
        measured = np.cos(u * values).mean()
        assert abs(measured - expected) < limit * error, (
            f"E cos({u}X) = {measured:.6f}, predicted {expected:.6f}, s.e. {error:.2e}, n {len(values)}"
        )


def occurs(count: int, trials: int, probability: float) -> None:
    """Assert that `count` of `trials` is compatible with `probability` (exact binomial)."""
    p = stats.binomtest(int(count), int(trials), probability).pvalue
    assert p > LEVEL, f"{count} of {trials}, predicted {probability * trials:.2f}, p = {p:.1e}"


def stable_tail(x: float, alpha: float, terms: int = 4) -> float:
    """P(|X| > x) of a symmetric stable law of scale 1, by its series at infinity (alpha < 2, x large)."""
    k = np.arange(1, terms + 1)
    size = np.exp(gammaln(k * alpha) - gammaln(k + 1) - k * alpha * np.log(x))
    return float(2 / np.pi * np.sum((-1.0) ** (k + 1) * np.sin(k * np.pi * alpha / 2) * size))
