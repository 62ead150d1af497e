"""What an ensemble takes from its model, and what it takes where nothing is said."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import optax
import pytest

from theorylab import Ensemble, noise
from theorylab.errors import InputError
from theorylab.train import Model, observe

BOWL = Model(
    "bowl",
    loss=lambda params, c: 0.5 * params["theta"] ** 2,
    init=lambda draw, c: {"theta": draw.normal(())},
    no_twin="half a square, which the tests of the ensemble know",
)
SEEN = {"theta": observe.final(lambda params, c: params["theta"])}


def cell(**values):
    return SimpleNamespace(**{"eta": 0.1, "sigma": 0.5, "noise": "gaussian", **values})


def test_loss_start_rule_and_noise_are_those_that_would_be_said():
    rule = lambda c: optax.sgd(c.eta)
    said: dict[str, Any] = {"loss": BOWL.loss, "init": BOWL.init, "rule": rule, "noise": noise.named}
    short, long = Ensemble(BOWL, observe=SEEN, every=5), Ensemble(**said, observe=SEEN, every=5)
    np.testing.assert_array_equal(short(cell(), 1, 0, 64)["theta"], long(cell(), 1, 0, 64)["theta"])


def test_a_start_of_ones_own_goes_before_the_models():
    ensemble = Ensemble(BOWL, init=lambda draw, c: {"theta": 1 + 0 * draw.normal(())}, observe=SEEN, every=1)
    assert (ensemble(cell(noise="none"), 0, 0, 32)["theta"] == np.float32(0.9)).all()


def test_a_batch_is_the_noise_that_the_cell_names():
    ensemble = Ensemble(BOWL, batch=lambda draw, c: draw.normal(()), observe=SEEN)
    assert ensemble.noise is None


def test_an_ensemble_of_nothing_is_refused():
    with pytest.raises(InputError, match="needs a model, or loss and init"):
        Ensemble(observe=SEEN)


@pytest.mark.parametrize("given", [{}, {"symbolic": lambda: (0, {}), "no_twin": "there is one"}])
def test_a_model_has_a_twin_or_says_why_not(given):
    with pytest.raises(InputError, match="needs a symbolic loss, or no_twin"):
        Model("bowl", BOWL.loss, BOWL.init, **given)
