r"""Pools of label residuals, heavy-tailed as far as a finite pool can be.

.. math:: y = v + \xi_i, \quad i \text{ uniform on } 1 \dots n, \qquad \{\xi_i\} = \{-\xi_i\}

Every pool is symmetric and finite: it has a variance and a largest residual, whatever the law that it was drawn from.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from theorylab.errors import unknown

LAWS = ("gaussian", "student", "stable", "truncated", "tempered")
BLOCK = 9  # draws behind one residual of a pool


@lru_cache
def pool(name: str, n: int) -> np.ndarray:
    """n residuals of scale one: "gaussian", "student:3", "stable:1.5", "truncated:1.5:30", "tempered:1.5:30".

    They stand evenly in the law's probability: medians of blocks of a large sorted sample. A truncated stable law has
    no residual beyond its last number; a tempered one is thinned out by exp(-|x|/number).
    """
    from scipy import stats

    law, *numbers = name.split(":")
    parameters, rng, many = [float(x) for x in numbers], np.random.default_rng(0), BLOCK * n // 2
    if law == "gaussian":
        draws = math.sqrt(2) * rng.standard_normal(many)
    elif law == "student":
        draws = rng.standard_t(parameters[0], many)
    elif law in LAWS:
        draws = np.asarray(stats.levy_stable.rvs(parameters[0], 0, size=2 * many, random_state=rng))
        kept = np.ones(len(draws), bool)
        if law == "truncated":
            kept = np.abs(draws) < parameters[1]
        elif law == "tempered":
            kept = rng.random(len(draws)) < np.exp(-np.abs(draws) / parameters[1])
        draws = draws[kept][:many]
    else:
        raise unknown("pool of residuals", law, LAWS)
    half = np.sort(np.abs(draws)).reshape(n // 2, BLOCK)[:, BLOCK // 2]
    return np.concatenate([half, -half])
