r"""The sum over a linear filter's impulse response, with a bound on what is left out.

.. math:: S = \sum_{j\ge0} |\psi_j|^\alpha, \qquad \sum_j \psi_j z^j = \frac{b_0 + b_1 z + \dots}{1 + a_1 z + \dots}

The response obeys a recurrence, so its last values are a state x with x_{j+1} = M x_j. Blocks of N values are summed
until one of two bounds of the rest, both exact, is below the tolerance:

    c = |M^N| < 1 (maximum norm)    rest <= c^alpha/(1 - c^alpha) * sum over the last block of |x_j|^alpha
    one slowest root r, real        rest = |A r^N|^alpha/(1 - |r|^alpha) times a factor within (1 -+ e)^alpha,

where A is the part of the state along the slowest root and e bounds the other parts relative to it. Values are
float64: a psi_j that is zero exactly counts as rounding does, at most (1e-16)^alpha.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from theorylab.errors import InputError

MOST_BLOCKS = 24


def power_sum(
    numerator: Sequence[float], denominator: Sequence[float], alpha: float, tolerance: float = 1e-12
) -> float:
    """S to the relative `tolerance`. The denominator's first coefficient is 1; InputError where S does not converge."""
    a, b = np.trim_zeros(np.asarray(denominator, float), "b"), np.asarray(numerator, float)
    order = len(a) - 1
    start = _first(a, b, max(len(b), order))
    total = float(np.sum(np.abs(start) ** alpha))
    if order == 0:
        return total
    state = start[::-1][:order]
    step = np.zeros((order, order))
    step[0], step[1:, :-1] = -a[1:], np.eye(order - 1)
    total -= abs(state[0]) ** alpha
    jump, block = step, state[:, None]  # block: the states of this block, from `state` on
    for _ in range(MOST_BLOCKS):
        values = total + float(np.sum(np.abs(block[0]) ** alpha))
        for rest, width in (_contracting(jump, block, alpha), _one_root(step, jump, block, alpha)):
            if width <= tolerance * (values + rest):
                return values + rest
        block, jump = np.concatenate([block, jump @ block], axis=1), jump @ jump
    raise InputError(f"the impulse response decays too slowly to be summed ({block.shape[1]} terms)")


def _first(a: np.ndarray, b: np.ndarray, count: int) -> np.ndarray:
    """The first values of the response, one by one."""
    psi = np.zeros(count)
    for j in range(count):
        back = min(j, len(a) - 1)
        psi[j] = (b[j] if j < len(b) else 0.0) - sum(a[i] * psi[j - i] for i in range(1, back + 1))
    return psi


def _contracting(jump: np.ndarray, block: np.ndarray, alpha: float) -> tuple[float, float]:
    """Half the bound of the rest, and its half width."""
    c = np.abs(jump).sum(axis=1).max()
    if not c < 1:
        return 0.0, np.inf
    bound = c**alpha / (1 - c**alpha) * float(np.sum(np.abs(block).max(axis=0) ** alpha))
    return bound / 2, bound / 2


def _one_root(step: np.ndarray, jump: np.ndarray, block: np.ndarray, alpha: float) -> tuple[float, float]:
    """The rest as the geometric series of the slowest root, and its half width by the other roots."""
    roots, right = np.linalg.eig(step)
    slowest = int(np.argmax(np.abs(roots)))
    r = roots[slowest]
    apart = np.delete(np.abs(roots), slowest)
    if abs(np.imag(r)) > 0 or not abs(r) < 1 or (len(apart) and apart.max() > abs(r) * (1 - 1e-6)):
        return 0.0, np.inf
    r, v = float(np.real(r)), np.real(right[:, slowest])
    left_roots, left = np.linalg.eig(step.T)
    w = np.real(left[:, int(np.argmin(np.abs(left_roots - r)))])
    w = w / (w @ v)
    along = w @ block * v[0]  # this root's part of each value
    others = block - np.outer(v, w @ block)
    decay = np.abs(jump - r ** block.shape[1] * np.outer(v, w)).sum(axis=1).max() / abs(r) ** block.shape[1]
    if not decay <= 1 or along[0] == 0:
        return 0.0, np.inf
    e = decay * float(np.max(np.abs(others).max(axis=0) / np.maximum(np.abs(along), 1e-300)))
    if not e < 0.5:
        return 0.0, np.inf
    series = abs(along[0] * r ** block.shape[1]) ** alpha / -np.expm1(alpha * np.log(abs(r)))
    low, high = sorted(((1 - e) ** alpha * series, (1 + e) ** alpha * series))
    return (low + high) / 2, (high - low) / 2
