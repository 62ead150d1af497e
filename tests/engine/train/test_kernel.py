"""The fused GPU kernel, without a GPU: interpreted, it gives the loop's bits; for CUDA, it and the loop lower."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import optax
import pytest

from benchmarks import gpu as timing
from benchmarks import ours
from benchmarks import workloads as w
from theorylab import Ensemble, noise
from theorylab.errors import InputError
from theorylab.train import chunk, compiler, gpu, observe, spec
from theorylab.train.gpu import scalars, shapes
from theorylab.train.lanes import matmul
from theorylab.train.loop import simulate


def well(kind, **changes):
    given = {"eta": w.DT, "scale": 15.0, "alpha": w.ALPHA, "noise": kind, "steps": 40, "clip": False, "rho": 0.5}
    return SimpleNamespace(**{**given, **changes})


def loss(p, c):
    error = matmul(p["W2"], p["W1"]) - 2.0
    return 0.5 * (error**2).sum((0, 1))


def network(rule, **options):
    given = {
        "loss": loss,
        "init": lambda draw, c: {"W1": 0.3 * draw.normal((2, 1)), "W2": 0.3 * draw.normal((1, 2))},
        "noise": lambda c: noise.named(c),
        "rule": rule,
        "observe": {
            "W1": observe.final(lambda p, c: p["W1"]),
            "mean": observe.mean(loss),
            "trace": observe.trace(lambda p, c: p["W2"]),
            "first": observe.first(lambda p, c: loss(p, c) < 1.0),
        },
        "burn": 3,
        "every": 2,
        "snapshots": 3,
    }
    return Ensemble(**{**given, **options})


def of(ensemble, c, snapshots=1):
    """(lanes, numbers): what the engine hands to the kernel."""
    traced, static = chunk.split(c)

    def lanes(numbers, seeds, lengths, ids):
        cell = SimpleNamespace(**numbers, **static)
        return simulate(ensemble, cell, (seeds[0], seeds[1]), ids, snapshots, lengths)

    return lanes, {k: np.float32(v) for k, v in traced.items()}


def inputs(count=128):
    return np.array([5, 1], np.uint32), np.array([3, 20], np.int32), np.arange(7, 7 + count, dtype=np.uint32)


@pytest.fixture
def interpreted(monkeypatch):
    """The engine with the interpreted kernel for its program."""

    def route(ensemble, lanes, numbers, platform):
        return gpu.Route("kernel", "asked for", gpu.program(lanes, numbers), platform, interpret=True)

    monkeypatch.setattr(gpu, "route", route)


def double_well():
    given = ours.double_well()
    return replace(given, observe={**given.observe, "x": observe.final(lambda p, c: p["x"])}, programs={})


@pytest.mark.parametrize("kind", ["gaussian", "stable", "differenced"])
def test_the_interpreted_kernel_gives_the_bits_of_the_engine(kind, request, monkeypatch):
    """Compiled without optimisation, which rounds a*b + c once or twice."""
    monkeypatch.setattr(compiler, "compiler_options", lambda: {"xla_backend_optimization_level": 0})
    scan = double_well()(well(kind), 3, 11, 256)
    request.getfixturevalue("interpreted")
    fused = double_well()(well(kind), 3, 11, 256)
    assert len(np.unique(scan["x"])) > 50
    for name in scan:
        np.testing.assert_array_equal(scan[name], fused[name])


CELL = SimpleNamespace(eta=0.05, sigma=0.1, alpha=1.5, gamma=0.1, rho=0.5, noise="ar1 stable")


def test_a_small_network_and_all_observers():
    """Number by number the same arithmetic, compiled without optimisation."""
    lanes, numbers = of(network(lambda c: optax.adam(c.eta)), CELL, snapshots=3)
    made, given = gpu.program(lanes, numbers), inputs()
    plain: Any = {"xla_backend_optimization_level": 0}
    scan, fused = (
        jax.jit(f).lower(numbers, *given).compile(compiler_options=plain)
        for f in (lanes, gpu.chunk(made, 128, interpret=True))
    )
    one, other = scan(numbers, *given), fused(numbers, *given)
    assert other["trace"].shape == (128, 3, 1, 2)
    for name in one:
        np.testing.assert_array_equal(np.moveaxis(one[name], -1, 0), other[name])


def to_cuda(f, *args):
    return jax.jit(f).trace(*args).lower(lowering_platforms=("cuda",)).as_text()


@pytest.fixture
def on_gpu(monkeypatch):
    """What is traced where JAX's default back end is a GPU."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")


@pytest.mark.parametrize("kind", ["gaussian", "stable", "differenced"])
def test_the_kernel_lowers_to_cuda(kind, on_gpu):
    lanes, numbers = of(double_well(), well(kind))
    text = to_cuda(gpu.chunk(gpu.program(lanes, numbers), 256), numbers, *inputs(256))
    assert text.count("custom_call @mosaic_gpu") == 1
    assert "stablehlo.while" not in text


def test_the_kernel_of_a_network_lowers_to_cuda(on_gpu):
    lanes, numbers = of(network(lambda c: optax.adam(c.eta)), CELL, snapshots=3)
    assert "mosaic_gpu" in to_cuda(gpu.chunk(gpu.program(lanes, numbers), 128), numbers, *inputs())


@pytest.mark.parametrize("kind", ["gaussian", "stable", "differenced"])
@pytest.mark.parametrize("make", [ours.network, ours.double_well])
def test_the_loop_lowers_to_cuda(make, kind, on_gpu):
    lanes, numbers = of(make(), well(kind, clip=kind == "stable"))
    text = to_cuda(lanes, numbers, *inputs())
    assert "stablehlo.while" in text


def test_a_branch_saves_every_second_block_of_words(on_gpu):
    lanes, numbers = of(double_well(), well("gaussian"))
    assert "cond[" in str(gpu.program(lanes, numbers).closed)
    assert "cond[" not in str(jax.make_jaxpr(lanes)(numbers, *inputs()))


def test_route():
    def route(ensemble, c=None, platform="cuda 9.0"):
        return gpu.route(ensemble, *of(ensemble, c or well("gaussian")), platform)

    assert route(double_well()).name == "kernel"
    for found, why in (
        (route(double_well(), platform="cpu"), "for CUDA devices"),
        (route(double_well(), platform="rocm gfx942"), "for CUDA devices"),
        (route(double_well(), platform="cuda 8.0"), "needs compute capability 9.0"),
        (route(replace(double_well(), layout="batched")), "layout='batched'"),
        (route(replace(double_well(), dtype="float64")), "dtype='float64'"),
        (route(ours.network()), "operations written out are more than"),
        (route(replace(double_well(), loss=lambda p, c: jax.numpy.expm1(p["x"]))), "the operation expm1"),
        (route(replace(double_well(), loss=lambda p, c: p["x"] * p["x"].sum())), "reduce_sum goes over lanes"),
    ):
        assert found.name == "scan"
        assert why in found.why


def test_the_route_is_said_once(capsys):
    found = gpu.Route("scan", "for once", platform="cuda 9.0")
    for _ in range(2):
        gpu.say(found)
    gpu.say(gpu.Route("scan", "unsaid"))
    assert capsys.readouterr().err == "theorylab: cuda 9.0: XLA's loop, kernel after kernel: for once\n"


def test_the_number_of_lanes_is_checked():
    with pytest.raises(InputError, match="count=100 is not a multiple of 128"):
        gpu.chunk(gpu.Program(None, {}, 0), 100)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.reshape(2, 3, -1).transpose(1, 0, 2)[::-1, 1:],
        lambda x: jax.numpy.concatenate([x, x[:2]]).max(0),
        lambda x: jax.numpy.stack([x, 2 * x], 1).sum((0, 1)),
        lambda x: jax.numpy.where(x > 0, jax.numpy.arange(6.0)[:, None], jax.numpy.isfinite(x)),
        lambda x: jax.lax.cond(x.shape[0] > 3, lambda: x + 1, lambda: x).real,
        lambda x: jax.lax.fori_loop(0, 3, lambda i, y: y * i + jax.lax.complex(x, y).imag, x),
    ],
)
def test_shapes_are_resolved_while_tracing(f):
    x = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    x[1, 2] = np.inf
    jaxpr = jax.make_jaxpr(f)(np.zeros((6, shapes.LANES), np.float32))
    cells = np.empty(6, object)
    cells[:] = list(map(jax.numpy.asarray, x))
    machine = scalars.Machine(lambda v: v if np.ndim(v) else jax.numpy.full(5, v))
    (found,) = scalars.evaluate(jaxpr.jaxpr, jaxpr.consts, [cells], machine)
    np.testing.assert_array_equal(np.array(found.tolist(), np.float32), f(jax.numpy.asarray(x)))


def test_integers_change_their_sign_by_conversion():
    """Mosaic GPU takes a bitcast from uint32 to int32 for nothing, and the maximum after it is that of uint32."""

    def lanes(numbers, seeds, lengths, ids):
        return {"top": jax.numpy.maximum(jax.lax.bitcast_convert_type(ids, np.int32), 5)}

    made = gpu.program(lanes, {})
    ids = np.array([1, 2**32 - 1] * 64, np.uint32)
    text = str(jax.make_jaxpr(gpu.chunk(made, 128, interpret=True))({}, *inputs()[:2], ids))
    assert "convert_element_type[new_dtype=int32" in text
    assert "bitcast_convert_type" not in text
    assert set(gpu.chunk(made, 128, interpret=True)({}, *inputs()[:2], ids)["top"].tolist()) == {5}


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (lambda x: x[:, ::-1], "reversing the lane axis"),
        (lambda x: x[:, :7], "cuts the lane axis"),
        (lambda x: x.T, "transposing moves the lane axis"),
        (lambda x: jax.numpy.cumsum(x, 0), "the operation cumsum"),
        (lambda x: x + np.arange(x.shape[-1]), "a constant that differs from lane to lane"),
        (lambda x: jax.lax.scan(lambda c, y: (c + y, c), x[0], x)[1], "a scan over an array"),
    ],
)
def test_what_mixes_lanes_is_refused(f, why):
    jaxpr = jax.make_jaxpr(f)(np.zeros((6, shapes.LANES), np.float32))
    with pytest.raises(InputError, match=why):
        scalars.evaluate(jaxpr.jaxpr, jaxpr.consts, [np.empty(6, object)], scalars.Machine(lambda v: v))


def test_matrix_products_are_rounded_to_tf32_by_name_only():
    def dot(products):
        ensemble = replace(double_well(), layout="batched", products=products, programs={})
        with jax.default_matmul_precision(spec.PRODUCTS[ensemble.products]):
            return to_cuda(lambda a: a @ a, np.eye(8, dtype=np.float32))

    assert "HIGHEST" in dot("float32")
    assert "algorithm" in dot("tf32") or "HIGH]" in dot("tf32")
    with pytest.raises(InputError, match="products='half' is not one of float32, tf32"):
        replace(double_well(), products="half")


@pytest.mark.parametrize("platform", ["cpu", "cuda 9.0"])
def test_the_platform_of_a_device(platform):
    device = SimpleNamespace(
        platform="gpu", compute_capability="9.0", client=SimpleNamespace(platform_version="PJRT C API\ncuda 12090")
    )
    assert gpu.platform(device if platform != "cpu" else jax.local_devices()[0]) == platform


def test_a_kernel_that_does_not_compile_gives_way_to_the_loop(monkeypatch, capsys):
    def broken(made, count, interpret):
        def run(*given):
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: registers")

        return run

    monkeypatch.setattr(gpu, "route", lambda *_: gpu.Route("kernel", "", gpu.Program(None, {}, 0), "cuda 9.0"))
    monkeypatch.setattr(gpu, "chunk", broken)
    assert double_well()(well("gaussian"), 0, 0, 32)["x"].shape == (32,)
    assert "the kernel does not compile: RESOURCE_EXHAUSTED: registers" in capsys.readouterr().err


def test_the_script_for_a_gpu_runs_to_its_end(tmp_path):
    out = tmp_path / "gpu.json"
    assert timing.main(["--tiny", "--rounds", "2", "--only", "W2 gaussian", "--json", str(out)]) == 0
    rows = json.loads(out.read_text())["rows"]
    assert {"kernel", "scan"} <= {row["contestant"] for row in rows}
    assert all(row["statistic_agrees"] for row in rows if "skipped" not in row)
