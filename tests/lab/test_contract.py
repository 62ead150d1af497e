"""What holds for every claim, model and protocol that the lab discovers: nothing is listed here by hand."""

import dataclasses
import importlib
from functools import cache, partial
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
from theorylab.train.spec import Spec

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


@cache
def _models() -> dict[str, Model]:
    """Every model of every room, by room and name; claims hold none."""
    found = {}
    for file in sorted((LAB.root / "models").rglob("*.py")):
        where = file.relative_to(LAB.root).with_suffix("").parts
        if "claims" not in where and file.name != "__init__.py":
            module = importlib.import_module(".".join(where))
            found |= {f"{where[1]}.{k}": v for k, v in vars(module).items() if isinstance(v, Model)}
    return found


def _numbers(value):
    """Numbers of an example as the loss gets them: whole ones and words stay what they are, others are arrays."""
    whole = all(isinstance(x, int | str) for x in np.ravel(np.array(value, object)))
    return value if whole else jnp.asarray(value, float)


def _symbols(tree):
    """Symbols as arrays; dictionaries and tuples stay."""
    return jax.tree.map(lambda x: np.array(x, object), tree, is_leaf=lambda x: not isinstance(x, dict | tuple))


@pytest.mark.parametrize("name", _models())
def test_both_losses_agree_in_value_and_gradient(name):
    model = _models()[name]
    if model.symbolic is None:
        assert len(model.no_twin) > 20
        return
    expression, symbols = model.symbolic()
    symbols = {k: _symbols(v) for k, v in symbols.items()}
    generator, lanes = np.random.default_rng(0), model.layout == "lanes"
    with jax.enable_x64(True):
        for _ in range(3):
            numbers = {k: _numbers(v) for k, v in model.example.items()}
            drawn = {k: v for k, v in symbols.items() if k not in numbers}
            drawn = jax.tree.map(lambda x: generator.normal(size=x.shape), drawn)
            values = {k: numbers.get(k, drawn.get(k)) for k in symbols}
            pairs = zip(jax.tree.leaves(symbols), jax.tree.leaves(values), strict=True)
            given = {s: float(x) for a, b in pairs for s, x in zip(np.ravel(a), np.ravel(b), strict=True)}
            end = (..., None) if lanes else ...
            each = partial(jax.tree.map, lambda x, end=end: jnp.asarray(x)[end])
            batch = numbers.pop("batch", drawn.pop("batch", None))
            c = SimpleNamespace(**numbers, data=each(drawn.pop("data", {})))
            more = () if batch is None else (each(np.asarray(batch) if "batch" in model.example else batch),)

            def loss(p, c=c, more=more):
                return model.loss(p, c, *more).sum()

            value, slope = jax.value_and_grad(loss)(each(drawn))
            np.testing.assert_allclose(float(value), float(expression.subs(given)), rtol=1e-9, atol=1e-12)
            assert drawn, "a loss of no parameters"
            for where, slopes in zip(
                jax.tree.leaves({k: symbols[k] for k in drawn}), jax.tree.leaves(slope), strict=True
            ):
                expected = [float(sp.diff(expression, s).subs(given)) for s in np.ravel(where)]
                np.testing.assert_allclose(np.ravel(slopes), expected, rtol=1e-8, atol=1e-10)


def _trained(module) -> list[Spec]:
    """The ensembles of a protocol: what it simulates, and what its function calls."""
    values = [*vars(module).values(), module.protocol.simulate]
    return list({id(v): v for v in values if isinstance(v, Spec)}.values())


@each_protocol()
def test_what_a_protocol_trains_is_the_loss_of_a_model_of_its_room(name):
    protocol = LAB.protocol(name)
    settings = protocol.settings
    module = importlib.import_module((settings if isinstance(settings, type) else type(settings)).__module__)
    losses = [m.loss for k, m in _models().items() if k.split(".")[0] == module.__name__.split(".")[1]]
    ensembles = _trained(module)
    assert bool(ensembles) != bool(protocol.untrained), "trains by an Ensemble, or says why not"
    for ensemble in ensembles:
        assert any(ensemble.loss is loss for loss in losses), f"{ensemble.loss} is the loss of no model"


def test_the_full_tier_builds_on_standard_with_a_larger_budget(lab):
    for name in lab.protocol_names:
        protocol = lab.protocol(name)
        standard, full = (settings_of(name, protocol, tier) for tier in ("standard", "full"))
        own = protocol.tiers.get("full", {})
        assert full["replicates"] == own.get("replicates", 4 * standard["replicates"])
        assert all(full[key] == own.get(key, standard[key]) for key in standard if key not in ("replicates", "chunk"))
