"""The upper quartile of a symmetric stable law: the size by which laws of any tail can be matched."""

from __future__ import annotations

import math


def quartile(alpha: float) -> float:
    """x with P(X > x) = 1/4, E exp(iuX) = exp(-abs(u)**alpha), 0 < alpha <= 2; at alpha = 2 the variance is 2."""
    from scipy import stats

    return float(stats.levy_stable.ppf(0.75, alpha, 0)) if alpha < 2 else math.sqrt(2) * float(stats.norm.ppf(0.75))
