r"""Which state a quenched network is in, from the geometry of its weights alone.

A feature is alive if its output answers it, |W_i|^2 + b_i > 0, with a weight of its own. A dead one is "dead-positive"
if its bias is positive. Alive features within 0.1 radians share a direction (neighbours of a 9-gon are 0.7 apart). A
state is (distinct directions, features that share one, dead-positive features), written 5+, 4++, 6*: no loss enters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.superposition.model import population_terms
from theorylab import measure
from theorylab.measure import Estimate

ANSWERS, WEIGHT, POSITIVE, SHARED = 0.05, 0.25, 0.02, 0.1  # thresholds; attractors are far from each
STATIONARY = 1e-5  # largest gradient (Euclidean) of a network that counts as having arrived
SOFTEST = 1e-3  # curvature of the softest direction that is not flat, over all attractors (that of the 9-gon, 1.14e-3)
LATE = 0.01  # largest share of networks that may still be on their way


@dataclass(frozen=True)
class State:
    """`k` distinct directions alive, `shared` features on the direction of another, `plus` dead-positive ones."""

    k: int
    shared: int
    plus: int

    def __str__(self) -> str:
        return f"{self.k}{'*' * self.shared}{'+' * self.plus}"


@dataclass(frozen=True)
class Geometry:
    """What `classify` reads off: arrays with one entry per network, alive (networks, n)."""

    alive: np.ndarray
    k: np.ndarray
    shared: np.ndarray
    plus: np.ndarray
    slope: np.ndarray

    @property
    def arrived(self) -> np.ndarray:
        """Networks whose gradient is below STATIONARY; the others are still on their way, and counted as such."""
        return self.slope < STATIONARY

    def among(self, state: State) -> np.ndarray:
        """Which networks have arrived in `state`."""
        same = (self.k == state.k) & (self.shared == state.shared) & (self.plus == state.plus)
        return same & self.arrived

    def states(self) -> list[State]:
        """The states that occur: most directions first, then fewest shared ones and most dead-positive features."""
        rows = np.stack([-self.k, self.shared, -self.plus], 1)[self.arrived]
        return [State(-int(k), int(shared), -int(plus)) for k, shared, plus in np.unique(rows, axis=0)]


def classify(networks: Any) -> Geometry:
    """Geometry of quenched networks, tables (networks, 4, n) of W_1, W_2, b and slope."""
    tables = np.asarray(networks, float)
    weights, bias = tables[:, :2], tables[:, 2]
    square = (weights**2).sum(1)
    alive = (square + bias > ANSWERS) & (square > WEIGHT)
    plus = ~alive & (bias > POSITIVE)
    k = (_gaps(weights, alive) > SHARED).sum(1)
    slope = np.sqrt((tables[:, 3] ** 2).sum(1))
    return Geometry(alive, k, alive.sum(1) - k, plus.sum(1), np.where(np.isfinite(slope), slope, np.inf))


def _gaps(weights: np.ndarray, alive: np.ndarray) -> np.ndarray:
    """Angles from each alive feature to the next, counterclockwise; 0 in the places of dead ones: (networks, n)."""
    angle = np.sort(np.where(alive, np.arctan2(weights[:, 1], weights[:, 0]), np.inf), axis=1)
    following = np.concatenate([angle[:, 1:], np.full_like(angle[:, :1], np.inf)], axis=1)
    around = np.where(np.isfinite(following), following, angle[:, :1] + 2 * np.pi)
    lit = np.isfinite(angle)
    return np.where(lit, np.where(lit, around, 0) - np.where(lit, angle, 0), 0)


def irregularity(networks: Any) -> np.ndarray:
    """Largest relative deviation of an alive feature's length, or of a gap, from those of the regular polygon."""
    tables, found = np.asarray(networks, float), classify(networks)
    count = np.maximum(found.alive.sum(1), 1)
    length = np.sqrt((tables[:, :2] ** 2).sum(1))
    mean = np.where(found.alive, length, 0).sum(1) / count
    uneven = np.where(found.alive, np.abs(length / np.maximum(mean, 1e-12)[:, None] - 1), 0).max(1)
    gaps = _gaps(tables[:, :2], found.alive)
    real = np.arange(gaps.shape[1]) < count[:, None]
    skew = np.where(real, np.abs(gaps * count[:, None] / (2 * np.pi) - 1), 0).max(1)
    return np.maximum(uneven, skew)


def population_loss(networks: Any) -> np.ndarray:
    """Exact population loss in float64 of tables (networks, 4, n)."""
    tables = np.moveaxis(np.asarray(networks, float), 0, -1)
    return population_terms(tables[:2], tables[2], np).sum((0, 1)) / tables.shape[1]


def level_of(data: Any, state: State) -> Estimate | None:
    """Lowest and highest loss of the networks that have arrived in `state`; None where there is none."""
    found = classify(data["network"])
    here = found.among(state)
    return _every(found, here, [population_loss(data["network"].values[here])], [STATIONARY**2 / (2 * SOFTEST)])


def typical_level_of(data: Any, state: State, fewest: int = 128) -> Estimate | None:
    """Median loss, as training left them, of networks that the quench finds in `state`; None below `fewest` of them.

    A mean would be that of the few that stochastic gradient descent has not yet brought there.
    """
    here = classify(data["network"]).among(state)
    return measure.quantile(population_loss(data["trained"].values[here]), 0.5) if here.sum() >= fewest else None


def polygon_of(data: Any, k: int) -> Estimate | None:
    """Lowest and highest l, b, h and loss over the networks that are k-gons of n = k features, and their features."""
    found = classify(data["network"])
    here = found.among(State(k, 0, 0))
    tables = np.asarray(data["network"].values[here], float)
    length, loss = np.sqrt((tables[:, :2] ** 2).sum(1)), population_loss(tables)
    slope = float(np.max(found.slope[here], initial=0.0))
    reach, excess = slope / SOFTEST, slope**2 / (2 * SOFTEST)
    return _every(found, here, [length, tables[:, 2], 3 * k * loss, loss], [reach, reach, 3 * k * excess, excess])


def _every(found: Geometry, here: np.ndarray, columns: Sequence[np.ndarray], reach: Sequence[float]) -> Estimate | None:
    """The extremes of each column as one estimate, [low, high, low, high, ...]: the law must hold for every network.

    There is no sampling error. The error is how far from its attractor a network of gradient g can still be: g/SOFTEST
    in the parameters and g^2/(2 SOFTEST) in the loss. n counts all networks trained, those of the state among them.
    """
    if not here.any():
        return None
    value = np.array([end for column in columns for end in (column.min(), column.max())])
    error = np.repeat(np.maximum(reach, 1e-12), 2)
    late = int((~found.arrived).sum())
    gates = (f"{late} of {len(here)} networks have not arrived",) if late > LATE * len(here) else ()
    return Estimate(value, error, len(here), lambda a: (value - error, value + error), gates)
