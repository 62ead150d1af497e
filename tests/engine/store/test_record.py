from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.small_record import CELLS, CODE, ROOT, arrays, filled, names, opened, sealed
from theorylab import store
from theorylab.errors import InputError


def test_a_record_goes_from_partial_to_fresh_and_keeps_its_arrays(tmp_path):
    record = filled(tmp_path)
    assert store.state(record, CODE).word == "partial"
    done = store.seal(record, [3, 3], seconds=1.5)
    assert store.state(done.path, CODE).word == "fresh"
    assert len(names(done)) == 2
    data = store.dataset(done.path, 1)
    expected = arrays(1, 0, 24)
    assert data["path"].dims == ("replicate", "record")
    assert data["path"].attrs["units"] == "1"
    for name, values in expected.items():
        np.testing.assert_array_equal(data[name].values, values)
        assert data[name].dtype == values.dtype
    assert json.loads(data.attrs["settings"]) == CELLS[1]
    assert done.diverged[0] == {"count": 2, "of": 24, "first": 10}


def test_the_public_function_opens_a_record_whichever_was_imported_first(tmp_path):
    import theorylab

    record = sealed(tmp_path)
    data = theorylab.record(record.id, lab=ROOT, records=tmp_path)  # pyright: ignore[reportCallIssue]
    assert data["theta2"].dims == ("cell", "replicate")
    assert data["eta"].values.tolist() == [0.1, 0.5]
    with pytest.raises(InputError, match="did you mean"):
        theorylab.record(record.id[:-1], lab=ROOT, records=tmp_path)  # pyright: ignore[reportCallIssue]


def test_an_id_is_readable_and_depends_on_everything_that_makes_the_record():
    base = store.record_id("bowl", {"eta": (0.1, 0.5), "n": 3}, 0, "smoke")
    assert base.startswith("bowl-smoke-0-")
    assert base == store.record_id("bowl", {"n": np.int64(3), "eta": [0.1, np.float64(0.5)]}, 0, "smoke")
    others = [
        ("bowl", {"eta": (0.1,), "n": 3}, 0, "smoke"),
        ("bowl", {"eta": (0.1, 0.5), "n": 3}, 1, "smoke"),
        ("bowl", {"eta": (0.1, 0.5), "n": 3}, 0, "full"),
    ]
    assert len({base, *(store.record_id(*other) for other in others)}) == 4


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 23), max_size=5), st.integers(0, 2**32))
def test_the_data_digest_does_not_depend_on_chunks(tmp_path_factory, cuts, seed):
    values = np.random.default_rng(seed).normal(size=(24, 3)).astype("f4")
    digests = set()
    for edges in ([0, 24], sorted({0, 24, *cuts})):
        record = opened(tmp_path_factory.mktemp("records"))
        for cell in range(2):
            for chunk, (a, b) in enumerate(pairwise(edges)):
                store.append_chunk(record, cell, chunk, {"x": values[a:b]})
        digests.add(store.seal(record).data_sha256)
    assert digests == {store.data_sha256({"cell000/x": values, "cell001/x": values})}


def test_the_documented_recipe_gives_the_data_digest(tmp_path):
    import hashlib

    import h5netcdf

    record = sealed(tmp_path)
    digest = hashlib.sha256()
    with h5netcdf.File(record.path / record.data_file) as file:
        found = {f"{group}/{name}": file[group][name][...] for group in file.groups for name in file[group].variables}
    for name, array in sorted(found.items()):
        digest.update(f"{name}|{array.dtype.str}|{'x'.join(map(str, array.shape))}\n".encode())
        digest.update(array.tobytes())
    assert digest.hexdigest() == record.data_sha256


def test_the_data_digest_sees_names_dtypes_shapes_and_bytes():
    x = np.arange(6, dtype="i4")
    same = {
        store.data_sha256({"x": x}),
        store.data_sha256({"x": x.astype(">i4")}),
        store.data_sha256({"x": np.asfortranarray(x)}),
    }
    other = {store.data_sha256(a) for a in ({"y": x}, {"x": x.astype("i8")}, {"x": x.reshape(2, 3)}, {"x": x + 1})}
    assert len(same) == 1
    assert len(other) == 4
    assert not same & other


def test_more_replicates_can_be_added_to_a_sealed_record(tmp_path):
    record = sealed(tmp_path)
    again = opened(tmp_path)
    assert store.has(again) == {(cell, chunk) for cell in range(2) for chunk in range(3)}
    store.append_chunk(again, 0, 3, arrays(0, 3), dims={"path": ("record",)})
    longer = store.seal(again, [4, 3])
    np.testing.assert_array_equal(store.cell_arrays(longer, 0)["path"], arrays(0, 0, 32)["path"])
    assert longer.replicates == [32, 24]
    assert record.data_sha256 != longer.data_sha256


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"x": np.float64(1.0)}, "no replicates"),
        ({"x": np.zeros(3), "y": np.zeros(4)}, "number of replicates"),
        ({"x": np.array(["a", "b"])}, "dtype"),
        ({"x": np.zeros(3, complex)}, "dtype"),
        ({"x/y": np.zeros(3)}, "not a word"),
        ({"replicate": np.zeros(3)}, "name of a dimension"),
        ({}, "no arrays"),
    ],
)
def test_what_is_no_chunk_is_refused(tmp_path, bad, said):
    with pytest.raises(InputError, match=said):
        store.append_chunk(opened(tmp_path), 0, 0, bad)


def test_dimensions_come_from_the_declared_schema(tmp_path):
    record = opened(tmp_path)
    with pytest.raises(InputError, match="dimension 'bananas' is not one of replicate, record"):
        store.append_chunk(record, 0, 0, {"x": np.zeros((3, 2))}, dims={"x": ("bananas",)})
    with pytest.raises(InputError, match="record has length 4, elsewhere 2"):
        store.append_chunk(
            record, 0, 0, {"x": np.zeros((3, 2)), "y": np.zeros((3, 4))}, dims={"x": ("record",), "y": ("record",)}
        )
    with pytest.raises(InputError, match="nan is not a finite number"):
        store.record_id("bowl", {"eta": float("nan")}, 0, "smoke")
