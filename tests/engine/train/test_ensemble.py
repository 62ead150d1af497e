"""The ensemble engine: a replicate is the same bits whatever surrounds it; it does what a plain loop does."""

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from theorylab import Ensemble, noise, random
from theorylab.errors import InputError
from theorylab.lab.protocol import cells_of
from theorylab.lab.settings import settings_of
from theorylab.train import chunk, observe
from theorylab.train.lanes import matmul

TARGET = np.diag([2.0, 1.0]).astype(np.float32)[..., None]
C = SimpleNamespace(eta=0.05, sigma=0.1, alpha=1.5, gamma=0.1, rho=0.5, noise="gaussian")


def loss(p, c):
    error = matmul(p["W2"], p["W1"]) - TARGET
    return 0.5 * (error**2).sum((0, 1))


def make(rule=None, process=None, **options):
    given = {
        "loss": loss,
        "init": lambda draw, c: {"W1": 0.3 * draw.normal((3, 2)), "W2": 0.3 * draw.normal((2, 3))},
        "noise": process or noise.named,
        "rule": rule or (lambda c: optax.sgd(c.eta)),
        "observe": {"W1": observe.final(lambda p, c: p["W1"]), "loss": observe.mean(loss)},
        "burn": 5,
        "every": 3,
        "snapshots": 4,
    }
    return Ensemble(**{**given, **options})


def cell(**changes):
    return SimpleNamespace(**{**vars(C), **changes})


RULES = {
    "sgd": lambda c: optax.sgd(c.eta),
    "momentum": lambda c: optax.sgd(c.eta, momentum=0.9),
    "adam": lambda c: optax.adam(c.eta),
    "rmsprop": lambda c: optax.rmsprop(c.eta),
}
NOISES = ("gaussian", "stable", "differenced gaussian", "ar1 stable")


PAIRS = [
    pytest.param(rule, kind, marks=[] if kind in NOISES[:2] else pytest.mark.slow)
    for rule, kind in zip(RULES, NOISES, strict=True)
]


@pytest.mark.parametrize(("rule", "kind"), PAIRS)
def test_bits_do_not_depend_on_block_chunk_or_devices(rule, kind, monkeypatch):
    whole = make(RULES[rule], block=64)(cell(noise=kind), 7, 0, 128)
    small = make(RULES[rule], block=32)
    parts = [small(cell(noise=kind), 7, start, 32) for start in (0, 32, 64, 96)]
    monkeypatch.setattr(chunk, "SMALL", 0)  # both devices work, however little there is to do
    both = make(RULES[rule], block=64)(cell(noise=kind), 7, 0, 128)
    more = make(RULES[rule], block=64)(cell(noise=kind), 7, 0, 200)
    for name in whole:
        np.testing.assert_array_equal(whole[name], np.concatenate([p[name] for p in parts]))
        np.testing.assert_array_equal(whole[name], both[name])
        np.testing.assert_array_equal(whole[name], more[name][:128])


@pytest.mark.parametrize("kind", ["gaussian", "ar1 stable"])
def test_a_lane_is_a_plain_optax_loop(kind):
    """The engine's lane r is what anyone gets from optax.chain(noise with replicate=r, rule) in a loop of their own."""
    r, c = 5, cell(noise=kind)
    out = make(block=32)(c, 3, 0, 16)
    optimizer = optax.chain(noise.named(c).at(3, r), optax.sgd(c.eta))
    draw = random.Draw(random.lane_key(3, random.INIT, jnp.uint32(r)), 0)
    params: Any = {"W1": 0.3 * draw.normal((3, 2)), "W2": 0.3 * draw.normal((2, 3))}
    state = optimizer.init(params)
    gradient = jax.jit(jax.grad(lambda p: 0.5 * ((p["W2"] @ p["W1"] - TARGET[..., 0]) ** 2).sum()))
    for _ in range(5 + 3 * 4):
        updates, state = optimizer.update(gradient(params), state, params)
        params = optax.apply_updates(params, updates)
    np.testing.assert_allclose(out["W1"][r], params["W1"], rtol=2e-5, atol=2e-6)


def test_batched_layout_is_the_same_mathematics():
    def single(p, c):
        return 0.5 * ((p["W2"] @ p["W1"] - TARGET[..., 0]) ** 2).sum()

    lanes = make()(C, 1, 0, 32)
    batched = make(loss=single, layout="batched", observe={"W1": observe.final(lambda p, c: p["W1"])})(C, 1, 0, 32)
    np.testing.assert_allclose(lanes["W1"], batched["W1"], rtol=1e-5, atol=1e-6)


def test_cells_share_one_program():
    ensemble = make()
    before = chunk.compilations
    for eta in (0.01, 0.02, 0.05):
        for sigma in (0.1, 0.2):
            ensemble(cell(eta=eta, sigma=sigma), 0, 0, 64)
    assert chunk.compilations - before == 1


@pytest.mark.parametrize(
    "rule", [optax.clip_by_global_norm(1.0), optax.normalize_by_update_norm(), optax.scale_by_trust_ratio()]
)
def test_rules_that_mix_replicates_are_refused_by_name(rule):
    ensemble = make(lambda c: optax.chain(rule, optax.sgd(c.eta)))
    name = rule.update.__qualname__.split(".")[0]
    with pytest.raises(InputError, match=name):
        ensemble(C, 0, 0, 16)


def test_divergence_is_counted_and_contained():
    """A replicate that diverges does not touch its neighbours: eta*lam > 2 for every second lane."""
    ensemble = Ensemble(
        loss=lambda p, c: 0.5 * c.data * p["theta"] ** 2,
        init=lambda draw, c: {"theta": 1 + 0 * draw.normal(())},
        data=lambda draw, c: jnp.where(draw.normal(()) > 0, 3e6, 0.1),
        rule=lambda c: optax.sgd(c.eta),
        observe={"theta": observe.final(lambda p, c: p["theta"])},
        every=10,
        snapshots=10,
    )
    out = ensemble(SimpleNamespace(eta=0.5), 0, 0, 64)
    bad = out["diverged"] >= 0
    assert 10 < bad.sum() < 54
    assert np.isfinite(out["theta"][~bad]).all()
    assert (~np.isfinite(out["theta"][bad])).all()


def test_observers():
    ensemble = Ensemble(
        loss=lambda p, c: -p["x"],
        init=lambda draw, c: {"x": 0 * draw.normal(())},
        rule=lambda c: optax.sgd(c.eta),
        observe={
            "mean": observe.mean(lambda p, c: p["x"]),
            "trace": observe.trace(lambda p, c: p["x"]),
            "final": observe.final(lambda p, c: p["x"]),
            "first": observe.first(lambda p, c: p["x"] >= 5.5),
            "never": observe.first(lambda p, c: p["x"] >= 100.0),
        },
        burn=2,
        every=2,
        snapshots=3,
    )
    out = ensemble(SimpleNamespace(eta=1.0), 0, 0, 4)
    assert out["trace"].shape == (4, 3)
    np.testing.assert_array_equal(out["trace"][0], [4, 6, 8])
    assert out["mean"][0] == 6
    assert out["final"][0] == 8
    assert out["first"][0] == 6
    assert out["never"][0] == -1


def test_the_stride_of_records_changes_no_bit():
    ends = [make(every=every, snapshots=60 // every)(C, 3, 0, 64) for every in (1, 4, 60)]
    for other in ends[1:]:
        np.testing.assert_array_equal(ends[0]["W1"], other["W1"])


def test_memory_does_not_grow_with_steps():
    sizes = []
    for every in (10, 1000):
        ensemble = make(every=every)
        ensemble(C, 0, 0, 64)
        program = next(p for k, p in ensemble.programs.items() if k[0] != "size")
        sizes.append(program[0].memory_analysis().temp_size_in_bytes)
    assert sizes[0] == sizes[1]


def test_float64_on_request_for_every_protocol_that_trains(lab):
    """Shapes are traced, nothing is compiled: no parameter, data or batch stays in float32."""
    for name in lab.protocol_names:
        protocol = lab.protocol(name)
        if isinstance(protocol.simulate, Ensemble):
            c = cells_of(protocol, settings_of(name, protocol, "smoke", {"dtype": "float64"}))[0]
            assert c.dtype == "float64"
            with jax.enable_x64(True):
                traced, static = chunk.split(c)
                numbers = {k: np.asarray(v, c.dtype) for k, v in traced.items()}
                leaves = jax.tree.leaves(chunk._template(protocol.simulate, numbers, static))
            assert not [leaf for leaf in leaves if leaf.dtype == jnp.float32], name


def test_precision_is_that_of_the_cell_where_it_names_one():
    """Without noise both precisions walk the same path; in float64 the seventh digit is there."""
    quiet = make(noise=None)
    rough, fine = (quiet(SimpleNamespace(**vars(C), **own), 3, 0, 64) for own in ({}, {"dtype": "float64"}))
    assert rough["W1"].dtype == np.float32
    assert fine["W1"].dtype == np.float64
    assert (fine["W1"] != fine["W1"].astype(np.float32)).any()
    with pytest.raises(InputError, match="dtype='float16' is not one of float32, float64"):
        quiet(SimpleNamespace(**vars(C), dtype="float16"), 3, 0, 64)


def test_wrong_options_are_named():
    with pytest.raises(InputError, match="units='loss'"):
        make(units="loss")
    with pytest.raises(InputError, match="block=20 is not a multiple of 32"):
        make(block=20)
    with pytest.raises(InputError, match="number of steps is -3"):
        make(burn=-3)(C, 0, 0, 16)
