"""What holds for every claim, model and protocol that the lab discovers: nothing is listed here by hand."""

import dataclasses
import importlib
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from theorylab import noise
from theorylab.errors import InputError
from theorylab.lab import plan_controls
from theorylab.lab.folder import find
from theorylab.lab.protocol import Protocol, cells_of
from theorylab.lab.settings import TIERS, settings_of
from theorylab.train import Model

LAB = find()
CONTRACT = {
    "quadratic.variance": "eta lam sigma",
    "quadratic.covariance": "eta H C",
    "quadratic.momentum_variance": "eta lam sigma mu",
    "quadratic.stable_scale": "eta lam gamma alpha",
    "quadratic.anticorrelated_variance": "eta lam sigma",
    "quadratic.anticorrelated_stable_scale": "eta lam gamma alpha",
    "quadratic.filter_scale": "eta lam gamma alpha mu colour",
    "quadratic.shuffled_variance": "eta lam sigma M",
    "quadratic.sde_variance": "eta lam sigma",
    "quadratic.state_dependent_variance": "eta lam s0 s1",
    "minibatch.covariance_factor": "n B scheme",
    "minibatch.noise_scale": "Sigma g",
    "deep_linear.mode_strength": "depth s u0 t",
    "deep_linear.learning_time": "depth s u0 u",
    "deep_linear.imbalance_rate": "eta gamma alpha",
    "deep_linear.label_noise_mean": "v eta B gamma alpha",
    "deep_linear.anticorrelated_product": "v s",
    "deep_linear.riccati": "W1 W2 S t",
    "deep_linear.staged_time": "s sigma h index",
    "deep_linear.product_law": "v eta B sigma",
    "deep_linear.collapse_rate": "v gamma alpha B",
    "deep_linear.collapse_window": "v gamma alpha",
    "deep_linear.hessian_spectrum": "depth singular_values d_out d_in",
    "deep_linear.learning_coefficient": "widths rank",
    "deep_linear.shrinkage": "eta sigma d_in d_out",
    "deep_linear.edge_cycle": "eta v",
    "diagonal_linear.limit": "X y alpha",
    "superposition.polygon": "k",
    "superposition.level": "n k plus",
    "superposition.linear_loss": "n m density",
    "linear_estimator.train_loss": "ratio s",
    "linear_estimator.test_loss": "ratio s",
    "linear_estimator.white_noise_loss": "ratio eta steps sigma",
    "linear_estimator.anticorrelated_noise_loss": "ratio eta steps sigma",
    "linear_estimator.stable_accuracy": "alpha gamma eta steps spectrum threshold",
}


def each_claim():
    return pytest.mark.parametrize("claim", list(LAB.claims.values()), ids=lambda c: c.id)


def each_protocol():
    return pytest.mark.parametrize("name", LAB.protocol_names)


@pytest.mark.parametrize("name", CONTRACT)
def test_promised_claims_exist_with_their_inputs(name):
    assert [i.name for i in LAB.claim(name).inputs] == CONTRACT[name].split()


@each_claim()
def test_every_step_of_a_derivation_is_verified(claim):
    checks = claim.check()
    assert checks, "a derivation has steps"
    assert all(c.ok for c in checks), [c for c in checks if not c.ok]


@each_claim()
def test_a_claim_says_what_it_must(claim):
    assert claim.statement.endswith(".")
    assert claim.source
    assert claim.controls
    assert set(claim.noises) <= set(noise.NAMES)
    assert all(len(c.reason) > 20 for c in claim.controls)
    assert claim.id.split(".")[0] in {p.name for p in (LAB.root / "models").iterdir()}


@each_claim()
def test_a_formula_reads_back_and_runs_in_jax(claim):
    if claim.formula_text is not None:
        assert sp.simplify(claim.parse(claim.formula_text) - claim.formula) == 0

    def function(*values):
        return claim.jax(**{s.name: value for s, value in zip(claim.scalars, values, strict=True)})

    points = [{str(k): float(v) for k, v in dict(p).items()} for p, _ in zip(claim.points(), range(5), strict=False)]
    if claim.evaluate is not None:
        with pytest.raises(InputError, match="has no closed formula"):
            claim.jax(**dict.fromkeys((i.name for i in claim.inputs), 1.0))
        return
    with jax.enable_x64(True):
        for point in points:
            inputs = {i.name: int(point[i.name]) if i.kind == "integer" else point[i.name] for i in claim.inputs}
            expected = jax.tree.leaves(claim.predict(**inputs))
            args = [jnp.float64(point[s.name]) for s in claim.scalars]
            found = jax.tree.leaves(jax.jit(function)(*args))
            np.testing.assert_allclose(found, expected, rtol=1e-9)
            slope = jax.grad(lambda *a: sum(map(jnp.real, jax.tree.leaves(function(*a)))))(*args)
            assert np.isfinite(slope)
            mapped = jax.tree.leaves(jax.vmap(function)(*(jnp.stack([a, a]) for a in args)))
            np.testing.assert_allclose(mapped, [[value] * 2 for value in expected], rtol=1e-9)


@each_claim()
def test_a_claim_is_tested_by_some_protocol(claim):
    assert any(t.claim == claim.id for n in LAB.protocol_names for t in LAB.protocol(n).tests)


@each_protocol()
def test_a_protocol_can_be_planned(name):
    protocol = LAB.protocol(name)
    assert isinstance(protocol, Protocol)
    assert dataclasses.is_dataclass(protocol.settings)
    assert protocol.settings.__dataclass_params__.frozen
    for tier in TIERS:
        cells = cells_of(protocol, settings_of(name, protocol, tier))
        assert cells
        assert all(getattr(c, "noise", "none") in noise.NAMES for c in cells)
        plan_controls.refuse_close_controls(LAB, name, protocol, cells)
        tested = [plan_controls.plan_rows(LAB, protocol, [c], tier) for c in cells]
        assert all(tested), "a cell that tests nothing"


def _models():
    found = []
    for file in sorted((LAB.root / "models").glob("*/model.py")):
        module = importlib.import_module(f"models.{file.parent.name}.model")
        found += [
            pytest.param(v, id=f"{file.parent.name}.{k}") for k, v in vars(module).items() if isinstance(v, Model)
        ]
    return found


@pytest.mark.parametrize("model", _models())
def test_both_losses_agree_in_value_and_gradient(model):
    if model.symbolic is None:
        return
    expression, symbols = model.symbolic()
    flat = {k: np.ravel(np.array(v, dtype=object)) for k, v in symbols.items()}
    generator = np.random.default_rng(0)
    with jax.enable_x64(True):
        for _ in range(3):
            numbers = {k: np.asarray(v, float) for k, v in model.example.items()}
            params = {k: generator.normal(size=np.shape(v)) for k, v in symbols.items() if k not in numbers}
            c = SimpleNamespace(**numbers)
            given = {
                s: float(x)
                for k in flat
                for s, x in zip(flat[k], np.ravel(params[k] if k in params else numbers[k]), strict=True)
            }

            def loss(p, c=c):
                return model.loss({k: v[..., None] for k, v in p.items()}, c)[0]

            lanes = {k: jnp.asarray(v) for k, v in params.items()}
            value, slope = jax.value_and_grad(loss)(lanes)
            np.testing.assert_allclose(float(value), float(expression.subs(given)), rtol=1e-9, atol=1e-12)
            for k in params:
                expected = [float(sp.diff(expression, s).subs(given)) for s in flat[k]]
                np.testing.assert_allclose(np.ravel(slope[k]), expected, rtol=1e-8, atol=1e-10)


def test_the_full_tier_builds_on_standard_with_a_larger_budget(lab):
    for name in lab.protocol_names:
        protocol = lab.protocol(name)
        standard, full = (settings_of(name, protocol, tier) for tier in ("standard", "full"))
        own = protocol.tiers.get("full", {})
        assert full["replicates"] == own.get("replicates", 4 * standard["replicates"])
        assert all(full[key] == own.get(key, standard[key]) for key in standard if key not in ("replicates", "chunk"))
