"""The watch on compiled programs: it tells an exploded fusion and keeps quiet about the products of `lanes`."""

from functools import reduce
from types import SimpleNamespace
from typing import Any

import optax
import pytest

from theorylab import Ensemble, noise
from theorylab.train import compiler, observe
from theorylab.train.lanes import matmul


def naive(a, b):
    """Fused into the next one, such a product is computed again for each of that one's terms."""
    return sum(a[:, k, None] * b[None, k] for k in range(a.shape[1]))


@pytest.mark.parametrize("product", [naive, matmul])
def test_a_product_that_is_computed_many_times_is_told(product, capsys):
    def loss(p, c):
        return (reduce(product, [p["A"]] * 8) ** 2).sum((0, 1))

    Ensemble[Any](
        loss=loss,
        init=lambda draw, c: {"A": 0.1 * draw.normal((6, 6))},
        rule=lambda c: optax.sgd(1e-3),
        noise=lambda c: noise.gaussian(1e-3),
        observe={"loss": observe.final(loss)},
        every=lambda c: c.steps,
    )(SimpleNamespace(steps=1500 if product is naive else 5000), 0, 0, 64)
    assert ("many times over" in capsys.readouterr().err) == (product is naive)


def test_short_runs_and_unknown_costs_are_not_judged():
    assert compiler.explosion(1e4, 1e5, 0.1) is None
    assert compiler.explosion(0.0, 1e5, 100.0) is None
    assert "ns per operation" in (compiler.explosion(1e4, 1e5, 100.0) or "")
