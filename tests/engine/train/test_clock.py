from types import SimpleNamespace
from typing import Any

import optax
import pytest

from theorylab.errors import InputError
from theorylab.train import Clock, Ensemble, observe

C = SimpleNamespace(eta=0.02, burn=1.0, horizon=3.0, looks=10)


def test_the_spacing_follows_from_the_number_of_snapshots_and_the_number_from_the_spacing():
    span = {"burn": lambda c: c.burn, "end": lambda c: c.horizon}
    assert Clock(**span, snapshots=lambda c: c.looks).lengths(C) == (50, 10, 10)
    assert Clock(**span, every=4).lengths(C) == (50, 4, 25)
    assert Clock(end=lambda c: c.horizon, snapshots=1).lengths(C) == (0, 150, 1)
    assert Clock(**span, every=1, step=lambda c: c.eta / 2).lengths(C) == (100, 1, 200)


def test_an_ensemble_follows_its_clock():
    up: Any = lambda g, p: {"x": g["x"] + 1.0}
    ensemble = Ensemble(
        loss=lambda p, c: 0.0 * p["x"],
        init=lambda draw, c: {"x": 0.0 * draw.normal(())},
        rule=lambda c: optax.chain(optax.add_decayed_weights(0.0), optax.stateless(up)),
        observe={"x": observe.trace(lambda p, c: p["x"])},
        clock=Clock(burn=lambda c: c.burn, end=lambda c: c.horizon, snapshots=4),
    )
    assert ensemble.steps(C) == 150
    assert ensemble(C, 0, 0, 32)["x"][0].tolist() == [75, 100, 125, 150]


@pytest.mark.parametrize("wrong", [{}, {"snapshots": 2, "every": 2}])
def test_one_of_number_and_spacing_is_given(wrong):
    with pytest.raises(InputError, match="snapshots and every"):
        Clock(end=lambda c: 1.0, **wrong)


@pytest.mark.parametrize(("burn", "count"), [(4.0, 1), (-1.0, 1), (1.0, 0)])
def test_a_run_that_ends_before_it_begins_is_refused(burn, count):
    with pytest.raises(InputError, match="is no course of a run"):
        Clock(burn=lambda c: burn, end=lambda c: c.horizon, snapshots=count).lengths(C)
