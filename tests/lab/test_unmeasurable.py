"""A measurement that cannot be made is a gate or an undecided row, never an error of input."""

import numpy as np
import pytest
import xarray

from theorylab.lab.folder import find
from theorylab.lab.judging import cell_tests
from theorylab.lab.protocol import cells_of
from theorylab.lab.settings import PILOT, settings_of

LAB = find()


def cell_tests_of(name):
    protocol = LAB.protocol(name)
    return list(cell_tests(LAB, protocol, cells_of(protocol, settings_of(name, protocol, "smoke"))[0]))


def dataset(**arrays):
    return xarray.Dataset({k: (("replicate",), v) for k, v in arrays.items()})


def steps(count, rising):
    """Three columns whose differences have one sign, or two."""
    x = np.random.default_rng(0).normal(0, 1e-4, (3, count))
    return dataset(coarse=0.15 + x[0], middle=0.138 + x[1], fine=(0.132 if rising else 0.2) + x[2])


def test_a_pilot_that_says_nothing_leaves_one_look_at_the_whole_budget():
    (cell,) = cell_tests_of("quadratic_limit")
    data = xarray.concat([steps(PILOT, False), steps(4096 - PILOT, True)], "replicate")
    assert cell.looks(data, 1024, 4096) == (4096,)
    assert cell.judge(data, 1024, 4096).outcome in ("agrees", "undecided", "disagrees")


def test_what_cannot_be_measured_is_invalid_and_the_gate_says_why():
    (cell,) = cell_tests_of("quadratic_limit")
    found = cell.judge(steps(4096, False), 1024, 4096)
    assert found.outcome == "invalid"
    assert "do not have one sign" in found.gate


@pytest.mark.parametrize("left", [0, 1])
def test_all_replicates_diverged_is_a_gate(left):
    (cell,) = cell_tests_of("superposition_linear")
    gone = np.full(256, 7)
    gone[:left] = -1
    data = dataset(loss=np.full(256, 0.1), diverged=gone)
    found = cell.judge(data, 64, 256)
    assert cell.looks(data, 64, 256) == (256,)
    assert found.outcome == "invalid"
    assert f"{256 - left} of 256 replicates diverged, first at step 7" in found.gate
