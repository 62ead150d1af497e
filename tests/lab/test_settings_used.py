"""Every setting enters the cells, the simulation, a test or the number of steps; every word is one that is trained."""

import contextlib
import warnings
from types import SimpleNamespace
from typing import Literal, get_origin

import jax
import numpy as np
import pytest
import xarray

from theorylab.errors import InputError
from theorylab.lab.folder import find
from theorylab.lab.judging import inputs_of
from theorylab.lab.protocol import cells_of
from theorylab.lab.settings import TIERS, settings_of, types
from theorylab.lab.varied import Varied
from theorylab.noise.names import NAMES
from theorylab.train import chunk, ensemble
from theorylab.train.loop import simulate

LAB = find()
READ: set[str] = set()


class Recorder(SimpleNamespace):
    """Attributes, and which of them were read."""

    def __getattribute__(self, name):
        READ.add(name)
        return super().__getattribute__(name)


def traced(made, c, seed, start, count):
    """In place of a chunk: the program is traced, nothing is computed; numbers of the shapes that it would give."""
    c = Recorder(**vars(c))
    dtype = getattr(c, "dtype", made.dtype)
    *lengths, snapshots = made.lengths(c)
    fixed, static = chunk.split(c)
    numbers = {k: np.asarray(v, dtype) for k, v in fixed.items()}
    lanes = made.layout == "lanes"

    def program(numbers, ids):
        cell = Recorder(**numbers, **static)
        return simulate(made, cell, (ids.ravel()[0], ids.ravel()[0]), ids, snapshots, np.asarray(lengths, np.int32))

    with jax.enable_x64(dtype == "float64"):
        shapes = jax.eval_shape(program, numbers, np.zeros((32,) if lanes else (), np.uint32))
    draw, steps = np.random.default_rng(0), max(made.steps(c), 1)
    found = {}
    for name, shape in shapes.items():
        inner = (count, *(shape.shape[:-1] if lanes else shape.shape))
        integer = np.issubdtype(shape.dtype, np.integer)
        found[name] = draw.integers(0, steps, inner) if integer else abs(draw.normal(1, 0.3, inner))
        if shape.dtype == bool:
            found[name] = draw.random(inner) < 0.5
    return found | {"diverged": np.full(count, -1)}


def read_by(name, monkeypatch):
    """The settings that are read on the way from the settings to the verdicts, cell by cell until all are."""
    protocol = LAB.protocol(name)
    settings = settings_of(name, protocol, "smoke")
    READ.clear()
    monkeypatch.setattr(ensemble, "run", traced)
    monkeypatch.setattr("theorylab.lab.protocol.SimpleNamespace", Recorder)
    declared = set(settings) - {"replicates", "chunk"}
    tiers = (settings, settings_of(name, protocol, "full"))  # smoke may leave a noise out, and its numbers with it
    for c in (c for tier in tiers for c in cells_of(protocol, tier)):
        data = protocol.simulate(c, 0, 0, 64)
        dims = {k: ("replicate", *(f"{k}{i}" for i in range(np.ndim(v) - 1))) for k, v in data.items()}
        part = xarray.Dataset({k: (dims[k], np.asarray(v)) for k, v in data.items()})
        for test in protocol.tests:
            if test.when(c):
                inputs_of(LAB.claim(test.claim), test, c)
                if callable(test.margin):
                    test.margin(np.ones(1), c)
                strange = (InputError, ValueError, IndexError, ZeroDivisionError, np.linalg.LinAlgError)
                with warnings.catch_warnings(), contextlib.suppress(*strange):
                    warnings.simplefilter("ignore")  # numbers that no network gave; what is read until then counts
                    test.measured(part, c)
        if declared <= READ:
            break
    return declared, set(READ)


@pytest.mark.slow  # every program is traced
@pytest.mark.parametrize("name", LAB.protocol_names)
def test_every_setting_is_read(name, monkeypatch):
    declared, read = read_by(name, monkeypatch)
    given = getattr(LAB.protocol(name).settings, "noise", None)
    if not isinstance(given, Varied):  # one word, and no other is accepted
        declared -= {"noise"}
    assert sorted(declared - read) == []


@pytest.mark.parametrize("name", LAB.protocol_names)
def test_a_noise_that_is_not_trained_is_refused_and_the_others_are_known(name):
    protocol = LAB.protocol(name)
    kinds, settings = types(protocol), settings_of(name, protocol, "smoke")
    for tier in TIERS:
        settings = settings_of(name, protocol, tier)
        assert {c.noise for c in cells_of(protocol, settings) if hasattr(c, "noise")} <= set(NAMES)
    if "noise" in settings:
        for word in ("bogus", "label bogus", "stable gaussian", "bogus stable", ""):
            with pytest.raises(InputError, match="noise"):
                settings_of(name, protocol, "smoke", {"noise": word})
    for key, kind in kinds.items():
        if get_origin(kind) is Literal:
            with pytest.raises(InputError, match=key):
                settings_of(name, protocol, "smoke", {key: "bogus"})
        assert kind is not str or key in ("noise", "dtype") or key not in settings, "words are listed by Literal"
