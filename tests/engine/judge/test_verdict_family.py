"""What several cells say together: Holm, powerless controls, controls too close for a plan."""

import numpy as np
import pytest

from theorylab.judge.verdict import Verdict, family, family_of, holm, idle_controls, too_close


def test_holm_by_hand():
    assert holm([0.004, 0.02, 0.003, 0.2], 0.01).tolist() == [False, False, False, False]
    assert holm([0.003, 0.02, 0.002, 0.2], 0.01).tolist() == [True, False, True, False]
    assert holm([[0.003, 0.9], [0.02, 0.005]], 0.01).tolist() == [[True, False], [False, True]]


def row(outcome, controls, p=1.0):
    nan = np.asarray(np.nan)
    return Verdict(outcome, nan, nan, nan, 99, nan, None, "", controls, p_disagree=p)


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ([("agrees", "disagrees", 1), ("agrees", "indistinct", 1)], "agrees"),
        ([("agrees", "disagrees", 1), ("undecided", "undecided", 1)], "undecided"),
        ([("undecided", "undecided", 1), ("undecided", "indistinct", 1)], "powerless"),
        ([("agrees", "indistinct", 1), ("agrees", "indistinct", 1)], "agrees"),
        ([("agrees", "disagrees", 1), ("disagrees", "agrees", 1e-4)], "disagrees"),
        ([("agrees", "disagrees", 1), ("disagrees", "agrees", 0.008)], "undecided"),
        ([("agrees", "disagrees", 1), ("invalid", "invalid", 1)], "invalid"),
        ([("invalid", "invalid", 1e-9), ("agrees", "disagrees", 1)], "invalid"),
    ],
)
def test_family(cells, word):
    assert family_of([row(outcome, {"c": control}, p) for outcome, control, p in cells]) == word


def test_family_of_plain_rows():
    assert family(["agrees", "powerless"], [1.0, None]) == "powerless"
    assert family([], []) == "undecided"
    assert idle_controls([{"a": "indistinct", "b": "undecided"}, {"a": "indistinct", "b": "agrees"}]) == ("b",)
    assert idle_controls([{"b": "undecided"}, {"b": "disagrees"}]) == ()


def test_controls_too_close_in_every_cell():
    values = {"SDE": [1.05, 2.1], "far in one cell": [1.05, 9.0], "silent": [None, np.nan]}
    assert too_close(values, [1.0, 2.0], [0.1, 0.1]) == ("SDE", "silent")
