"""The losses that deep linear networks are trained with: matrices, then scalar factors, each with its symbolic twin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.deep_linear import twins
from models.deep_linear.matrices import (
    digits,
    labels,
    network,
    noisy_labels,
    posterior,
    two_rates,
    weight_decay,
    zero_teacher,
)
from models.deep_linear.scalars import (
    mirrored,
    random_inputs,
    rate_ladder,
    saddle,
    starts,
    tied,
    two_vectors,
)
from models.deep_linear.scalars import network as scalars
from theorylab.train import Model


def _model(loss: Callable[..., Any], init: Callable[[Any, Any], Any], twin: Any, **example: Any) -> Model:
    return Model("deep_linear", loss, init, twin, example)


def doubled(one: Model, loss: Callable[..., Any], *params: str) -> Model:
    """The model of two networks of `one` side by side, at eta and eta/2; `loss` is the sum of their losses."""
    assert one.symbolic is not None
    return Model("deep_linear", loss, two_rates.both(one.init), twins.twice(one.symbolic, *params), one.example)


# matrices
taught = Model("deep_linear", network.loss, network.aligned, twins.taught, module=network.DeepLinear)
batches = _model(labels.loss, network.generic, twins.batches)
sample = _model(noisy_labels.sample_loss, network.aligned, twins.sample)
with_linear_twin = _model(noisy_labels.loss, noisy_labels.equilibrium, twins.sample_and_linear_twin)
zero = _model(zero_teacher.loss, zero_teacher.start, twins.zero_teacher)
decayed = _model(weight_decay.loss, weight_decay.both, twins.weight_decay)
tempered = _model(
    posterior.energy,
    lambda draw, c: posterior.prior(draw, c.widths),
    twins.tempered,
    widths=(2, 2, 2),
    rank=1,
    beta=2.5,
)
all_digits = _model(digits.full_loss, network.aligned, twins.digits_descent)
some_digits = _model(digits.batch_loss, network.aligned, twins.digits_batch, batch=(0, 2))
twice = doubled(taught, two_rates.summed_loss, "W1", "W2", "W3")
all_digits_twice = doubled(all_digits, two_rates.summed(digits.full_loss), "W1", "W2")
some_digits_twice = doubled(some_digits, two_rates.summed(digits.batch_loss), "W1", "W2")

# scalars
noisy = _model(scalars.loss, starts.uneven, twins.noisy_labels)
within_reach = _model(scalars.loss_within_reach, starts.uneven, twins.within_reach, eta=0.2, v=1.1, reach=0.3)
smooth = _model(scalars.smooth_loss, starts.uneven, twins.smooth, v=1.3)
smooth_twice = doubled(smooth, two_rates.summed(scalars.smooth_loss), "u", "w")
on_residuals = _model(scalars.loss_on_residuals, starts.uneven, twins.residuals, v=0.9, batch=(2, 0))
pool = _model(mirrored.loss, mirrored.mirrored, twins.mirrored, v=1.2, residuals=(0.5, -1.5, 1.0), batch=(1,))
on_random_inputs = _model(random_inputs.loss, random_inputs.balanced, twins.random_inputs)
ladder = _model(rate_ladder.loss, rate_ladder.tiny, twins.rate_ladder)
at_saddle = _model(saddle.loss, saddle.at_zero, twins.saddle, v=0.8)
vectors = _model(two_vectors.loss, two_vectors.aligned, twins.two_vectors, v=1.1, g=0.3)
tied_factors = _model(tied.loss, tied.signs, twins.tied, v=0.7)
