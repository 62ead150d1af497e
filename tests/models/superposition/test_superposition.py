"""The toy model of superposition: one loss said four ways, its polygons, its levels, and the reading of geometry."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
import xarray as xr

from models.superposition import model, states, symbolic
from models.superposition.claims.level import level
from models.superposition.claims.linear_loss import linear_loss
from models.superposition.claims.polygon import polygon
from models.superposition.quench import quenched, table
from models.superposition.states import State
from theorylab import random
from theorylab.errors import InputError

# k -> (tau, l, b, h), found independently by Newton's method on the loss
PUBLISHED = {
    5: (-0.206060055934, 1.1704596391, -0.282297283127, 0.237384406117),
    6: (-0.354478008366, 1.32052633078, -0.618135131868, 0.867462768567),
    7: (-0.460904685545, 1.44839375038, -0.96690633938, 1.74869508305),
    8: (-0.537125395308, 1.55044969006, -1.29119264469, 2.77310243362),
    9: (-0.589786962834, 1.61711084894, -1.54232092137, 3.87168075202),
}
LEVELS = {
    (6, 0): 0.048192376,
    (5, 1): 0.061799134,
    (5, 0): 0.068743578,
    (4, 2): 0.097222222,
    (4, 1): 0.104166667,
    (4, 0): 0.111111111,
    (3, 0): 1 / 6,
    (2, 0): 2 / 9,
    (1, 0): 5 / 18,
}


def parameters(n, lanes=40, seed=0, spread=0.8):
    """Random weights and biases, some of them with a dead feature of weight zero."""
    generator = np.random.default_rng(seed)
    weights, biases = spread * generator.normal(size=(2, n, lanes)), 0.5 * generator.normal(size=(n, lanes))
    weights[:, 0, ::3] = 0
    return {"W": weights, "b": biases}


def regular(k, n, length, b, dead=-0.3, plus=0, turn=0.3):
    """Tables (1, 4, n) of a k-gon whose first `plus` dead features are dead-positive with the mean as their bias."""
    angle = turn + 2 * np.pi * np.arange(k) / k
    weights, biases = np.zeros((2, n)), np.full(n, dead)
    weights[:, :k], biases[:k] = length * np.array([np.cos(angle), np.sin(angle)]), b
    biases[k : k + plus] = 1 / (2 * n)
    return np.concatenate([weights, biases[None], np.zeros((1, n))])[None]


def all_values(count, n):
    """Inputs (n, 1, n*count), one per lane, each feature at the midpoints of `count` cells: no sampling error."""
    x = np.zeros((n, n, count))
    x[np.arange(n), np.arange(n)] = (np.arange(count) + 0.5) / count
    return x.reshape(n, 1, n * count)


@pytest.mark.parametrize("n", [2, 3])
def test_exact_loss_is_the_symbolic_one(n):
    params = parameters(n)
    weights, biases = sp.Matrix(2, n, sp.symbols(f"W:2:{n}", real=True)), sp.Matrix(sp.symbols(f"b:{n}", real=True))
    value = sp.lambdify([*weights, *biases], symbolic.population_loss(weights, biases), "mpmath")
    with jax.enable_x64(True):
        found = model.loss(jax.tree.map(jnp.asarray, params))
    for lane in range(40):
        numbers = [*params["W"][..., lane].ravel(), *params["b"][:, lane]]
        assert float(value(*numbers)) == pytest.approx(float(found[lane]), rel=1e-12)


def test_exact_loss_and_gradient_are_those_of_the_network_on_every_input():
    x = all_values(2000, 4)  # the slope of the loss of one input jumps where an output lights: within one cell
    exact = jax.jit(jax.value_and_grad(lambda p: model.loss(p).sum()))
    seen = jax.jit(jax.value_and_grad(lambda p, x: model.sampled_loss(p, None, x).mean()))
    with jax.enable_x64(True):
        for lane in range(6):
            params = {name: jnp.asarray(value[..., lane : lane + 1]) for name, value in parameters(4).items()}
            (value, slope), (sampled, change) = exact(params), seen(params, x)
            assert float(sampled) == pytest.approx(float(value), rel=1e-6)
            for one, two in zip(jax.tree.leaves(slope), jax.tree.leaves(change), strict=True):
                np.testing.assert_allclose(one, two, atol=1 / 2000)


@pytest.mark.parametrize("rectify", [True, False])
def test_lanes_are_the_flax_network(rectify):
    params = jax.tree.map(lambda v: jnp.asarray(v, jnp.float32), parameters(5, lanes=1))
    network = model.Autoencoder(params["W"][..., 0], params["b"][:, 0], rectify)
    x = jnp.asarray(np.random.default_rng(0).uniform(size=(5, 64, 1)), jnp.float32)
    loss = model.sampled_loss if rectify else model.sampled_linear_loss
    expected = ((network(x[..., 0].T) - x[..., 0].T) ** 2).sum(1).mean()
    assert float(loss(params, None, x)[0]) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize(("bias", "lit"), [(-0.2, 0.0), (0.2, 0.04)])
def test_an_overlap_of_exactly_zero_is_dark_below_zero_bias_and_lit_above(bias, lit):
    params = {"W": jnp.zeros((2, 3, 1)).at[0, 0].set(1.0), "b": jnp.full((3, 1), bias)}
    terms = model.population_terms(params["W"], params["b"])
    assert float(terms[2, 0, 0]) == pytest.approx(lit)
    assert all(bool(jnp.isfinite(g).all()) for g in jax.tree.leaves(jax.grad(lambda p: model.loss(p).sum())(params)))


def test_a_dead_feature_feels_no_gradient_from_any_sample():
    weights = (
        jnp.asarray(regular(5, 6, 1.17, -0.28)[0, :2, :, None], jnp.float32).at[:, 5, 0].set(jnp.array([0.1, 0.05]))
    )
    params = {"W": weights, "b": jnp.asarray([-0.28] * 5 + [-0.3], jnp.float32)[:, None]}
    c = SimpleNamespace(n=6, batch=64)
    draw = random.Draw(random.lane_key((0, 0), random.BATCH, jnp.zeros(1, jnp.uint32)), 0)
    slope = jax.jit(jax.grad(lambda p, x: model.sampled_loss(p, c, x).sum()))(params, model.one_active(draw, c))
    assert float(jnp.abs(slope["W"][:, 5]).max()) == 0.0
    assert float(jnp.abs(slope["b"][5]).max()) == 0.0


@pytest.mark.parametrize("k", PUBLISHED)
def test_polygons_are_the_published_ones(k):
    _, length, bias, h = PUBLISHED[k]
    found = polygon.predict(k=k)
    assert found == pytest.approx({"l": length, "b": bias, "h": h, "loss": h / (3 * k)}, rel=1e-10)


def test_the_square_loses_nothing():
    assert polygon.predict(k=4) == {"l": 1.0, "b": 0.0, "h": 0.0, "loss": 0.0}


@pytest.mark.parametrize(("n", "k", "plus"), [*((k, k, 0) for k in range(5, 10)), (6, 5, 1), (5, 4, 1), (6, 4, 2)])
def test_states_are_minima_of_the_loss_that_is_trained(n, k, plus):
    found = polygon.predict(k=k)
    with jax.enable_x64(True):
        point, step = jnp.asarray(regular(k, n, found["l"], found["b"], plus=plus)[0, :3]).ravel(), 1e-5

        def loss(flat):
            full = flat.reshape(3, n, 1)
            return model.loss({"W": full[:2], "b": full[2]})[0]

        size = 3 * n
        shifts = step * jnp.eye(size)  # differences of the gradient: its derivative jumps at chamber walls only
        points = point + jnp.concatenate([shifts, -shifts, 0 * shifts[:1]])
        values, slopes = jax.jit(jax.vmap(jax.value_and_grad(loss)))(points)
        assert float(values[-1]) == pytest.approx(level.predict(n=n, k=k, plus=plus), rel=1e-12)
        assert float(jnp.abs(slopes[-1]).max()) < 1e-12
        curvatures = np.linalg.eigvalsh(np.asarray(slopes[:size] - slopes[size:-1]) / (2 * step))
    assert abs(curvatures[0]) < 1e-2 * states.SOFTEST  # the rotation (squares sit on a kink)
    assert curvatures[1] > states.SOFTEST


def test_levels_are_the_published_ones():
    for (k, plus), value in LEVELS.items():
        assert level.predict(n=6, k=k, plus=plus) == pytest.approx(value, abs=1e-9)
    assert level.predict(n=6, k=6, plus=0) == pytest.approx(polygon.predict(k=6)["loss"], rel=1e-12)


@pytest.mark.parametrize("state", [(5, 1), (5, 0), (4, 2), (4, 1), (4, 0)])
def test_levels_are_the_loss_of_the_states_they_name(state):
    k, plus = state
    shape = polygon.predict(k=k)
    network = regular(k, 6, shape["l"], shape["b"], plus=plus)
    assert states.population_loss(network)[0] == pytest.approx(level.predict(n=6, k=k, plus=plus), rel=1e-12)


def test_a_dead_positive_feature_comes_alive_beside_three_directions_and_not_beside_four():
    generator = np.random.default_rng(2)
    settle = jax.jit(lambda p: quenched(p, None))
    for k, end in ((3, "4"), (4, "4+")):
        network = np.moveaxis(regular(k, 6, 1.0, 0.0, plus=1), 0, -1) + 0.02 * generator.normal(size=(4, 6, 32))
        params = {"W": jnp.asarray(network[:2], jnp.float32), "b": jnp.asarray(network[2], jnp.float32)}
        found = states.classify(np.moveaxis(np.asarray(settle(params)), -1, 0))
        assert [str(s) for s in found.states()] == [end]


@pytest.mark.parametrize(
    ("claim", "inputs", "said"),
    [
        (polygon, {"k": 3}, "k=3 is outside"),
        (polygon, {"k": 10}, "k=10 is outside"),
        (polygon, {"k": 4.5}, "not an integer"),
        (level, {"n": 6, "k": 5, "plus": 2}, "n >= "),
        (level, {"n": 6, "k": 3, "plus": 1}, "plus = 0 or k >= 4"),
        (linear_loss, {"n": 3, "m": 3, "density": 0.1}, "m < n"),
        (linear_loss, {"n": 3, "m": 2, "density": 1.1}, "density"),
    ],
)
def test_inputs_outside_the_domain_are_refused_by_name(claim, inputs, said):
    with pytest.raises(InputError, match=said):
        claim.predict(**inputs)


def test_exact_linear_loss_is_the_average_over_samples():
    c = SimpleNamespace(n=4, batch=20_000, density=0.3)
    draw = random.Draw(random.lane_key((7, 0), random.BATCH, jnp.arange(40, dtype=jnp.uint32)), 0)
    params = jax.tree.map(lambda v: jnp.asarray(v[..., :1].repeat(40, -1), jnp.float32), parameters(4, lanes=2))
    seen = np.asarray(
        jax.jit(lambda p, x: model.sampled_linear_loss(p, c, x))(params, model.independent(draw, c)), float
    )
    exact = float(model.linear_loss(params, c)[0])
    assert abs(seen.mean() - exact) < 6.2 * seen.std(ddof=1) / np.sqrt(40)  # false alarm below 1e-6


def test_classification_reads_geometry():
    six, seven = polygon.predict(k=6), polygon.predict(k=5)
    shared = regular(6, 7, six["l"], six["b"])
    shared[0, :, 6] = shared[0, :, 0]
    cases = {
        "5+": regular(5, 6, seven["l"], seven["b"], plus=1),
        "6*": shared,
        "3": regular(3, 6, 1, 0),
        "0": regular(0, 6, 1, 0),
    }
    for name, network in cases.items():
        assert [str(s) for s in states.classify(network).states()] == [name]
    fading = regular(5, 6, seven["l"], seven["b"])
    fading[0, :2, 5] = 0.4, 0.1  # a dead feature keeps a weight up to sqrt(-b)
    assert [str(s) for s in states.classify(fading).states()] == ["5"]
    assert states.irregularity(cases["5+"])[0] < 1e-12 < 0.1 < states.irregularity(shared)[0]


def test_classification_does_not_see_rotations_or_the_order_of_features():
    generator = np.random.default_rng(1)
    networks = generator.normal(size=(200, 4, 6)) * np.array([1, 1, 0.3, 0])[:, None]
    before = states.classify(networks)
    turn = np.array([[np.cos(2.0), -np.sin(2.0)], [np.sin(2.0), np.cos(2.0)]])
    networks[:, :2] = turn @ networks[:, :2]
    after = states.classify(networks[..., generator.permutation(6)])
    for name in ("k", "shared", "plus"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


def test_one_network_that_breaks_the_law_counts_against_it():
    shape = polygon.predict(k=5)
    networks = np.concatenate([regular(5, 6, shape["l"], shape["b"], plus=1)] * 40)
    predicted, margin = level.predict(n=6, k=5, plus=1), level.absolute_margin(n=6, k=5, plus=1)

    def inside():
        data = xr.Dataset({"network": (("replicate", "row", "feature"), networks)})
        found = states.level_of(data, State(5, 0, 1))
        assert found is not None
        low, high = found.interval(0.01)
        return bool((low > predicted - margin).all() and (high < predicted + margin).all())

    assert inside()
    networks[7, 2, 5] *= 1.5  # still a pentagon with one dead-positive feature
    assert not inside()


def test_an_absent_state_is_not_measured_and_a_late_ensemble_is_gated():
    networks = np.concatenate([regular(4, 6, 1.0, 0.0)] * 40)
    data = xr.Dataset({"network": (("replicate", "row", "feature"), networks)})
    assert states.level_of(data, State(5, 0, 0)) is None
    networks[:3, 3, 0] = 1e-3
    found = states.level_of(data, State(4, 0, 0))
    assert found is not None
    assert found.gates == ("3 of 40 networks have not arrived",)


def test_untouched_networks_quench_to_the_levels():
    c = SimpleNamespace(n=6, m=2, spread=0.5)
    draw = random.Draw(random.lane_key((0, 0), random.INIT, jnp.arange(128, dtype=jnp.uint32)), 0)
    networks = np.moveaxis(np.asarray(jax.jit(lambda p: quenched(p, c))(model.init(draw, c))), -1, 0)
    found = states.classify(networks)
    assert found.arrived.all()
    loss = states.population_loss(networks)
    for state in found.states():
        here = found.among(state)
        assert states.irregularity(networks)[here].max() < 1e-4  # k = 4, 5 and 6 only: fewer need not be regular
        np.testing.assert_allclose(loss[here], level.predict(n=6, k=state.k, plus=state.plus), atol=1e-7)


def test_the_table_holds_weights_bias_and_slope():
    params = jax.tree.map(lambda v: jnp.asarray(v, jnp.float32), parameters(5, lanes=3))
    slope = jax.jit(jax.grad(lambda p: model.loss(p).sum()))(params)
    found = jax.jit(table)(params)
    assert found.shape == (4, 5, 3)
    np.testing.assert_allclose(
        (found[3] ** 2).sum(0), (slope["W"] ** 2).sum((0, 1)) + (slope["b"] ** 2).sum(0), rtol=1e-5
    )
