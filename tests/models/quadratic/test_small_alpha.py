"""Wide tails: burn-in comes from the law's own memory, and draws that floating point cuts off are a gate."""

from types import SimpleNamespace

import numpy as np
import pytest

from models.quadratic.model import SETTLED, relaxed, stable_scale
from theorylab.random import INIT, Draw, lane_key

LOGS = np.random.default_rng(0).normal(size=4096)


def cell(alpha, **more):
    return SimpleNamespace(**{"eta": 0.1, "lam": 1.0, "alpha": alpha, "noise": "stable"} | more)


@pytest.mark.parametrize("alpha", [2.0, 0.8, 0.3, 0.1, 0.05])
def test_burn_in_leaves_out_less_than_a_share_of_the_scale(alpha):
    for eta in (0.02, 0.1, 1.5):
        c = cell(alpha, eta=eta)
        rate = min(eta, 2 - eta)
        filled = 1 - (1 - rate) ** (alpha * relaxed(c))
        assert filled ** (1 / alpha) > 1 - SETTLED
        assert relaxed(c) >= relaxed(cell(alpha, eta=eta, noise="gaussian"))


@pytest.mark.parametrize(("alpha", "dtype", "cut"), [
    (0.8, "float32", False), (0.3, "float32", False), (0.1, "float32", True), (0.05, "float32", True),
    (0.1, "float64", False), (0.05, "float64", False), (0.01, "float64", True),
])  # fmt: skip
def test_a_law_that_floating_point_cuts_off_is_gated(alpha, dtype, cut):
    gates = stable_scale(LOGS, cell(alpha, dtype=dtype)).gates
    assert bool(gates) == cut
    if cut:
        assert "where floating point stops" in gates[0]


def test_the_share_that_is_cut_off_is_that_of_the_draws():
    alpha, count = 0.1, 200_000
    key = lane_key((np.uint32(0), np.uint32(0)), INIT, np.arange(count, dtype=np.uint32))
    drawn = np.abs(np.asarray(Draw(key, 0).stable(alpha, ())))
    share = float((drawn > 0.999 * 2.0**126 * np.sin(np.pi * alpha / 2)).mean())
    said = stable_scale(LOGS, cell(alpha)).gates[0]
    predicted = 1 / float(said.split(" in ")[1].split(" is ")[0])
    assert abs(share - predicted) < 4 * np.sqrt(predicted / count)  # false alarm: 1e-4
