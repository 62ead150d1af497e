"""What a verdict says, on estimates made by hand: outcomes, gates, looks, controls, families, the words it prints."""

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import stats

from theorylab import measure
from theorylab.errors import InputError
from theorylab.judge import verdict
from theorylab.judge.decision import FEWEST, RESERVE, first_decision, first_look, shares
from theorylab.judge.verdict import band_for, judge, looks
from theorylab.measure import Estimate

A = 0.01 / 3 * (1 - RESERVE)
Z = stats.norm.isf(A)


def estimate(value, error, n=1000, skew=0.0, gates=()):
    """A normal estimate: interval value -+ z error."""
    value, error = np.asarray(value, float), np.broadcast_to(error, np.shape(value)).astype(float)

    def interval(a):
        return value - stats.norm.isf(a) * error, value + stats.norm.isf(a) * error

    return Estimate(value, error, n, interval, gates, skew, max(1, value.size))


def at(value, error, predicted: Any = 1.0, margin=0.1, **options):
    found = estimate(value, error, **{k: options.pop(k) for k in ("n", "skew", "gates") if k in options})
    return judge(lambda r: found, predicted, margin, options.pop("looks", (found.n,)), **options)


@pytest.mark.parametrize(
    ("value", "error", "outcome"),
    [
        (1.0, 0.099 / Z, "agrees"),
        (1.0, 0.101 / Z, "undecided"),
        (1.05, 0.049 / Z, "agrees"),
        (1.05, 0.051 / Z, "undecided"),
        (1.2, 0.101 / Z, "undecided"),
        (1.2, 0.099 / Z, "disagrees"),
        (0.8, 0.099 / Z, "disagrees"),
        (1.0, 10.0, "undecided"),
    ],
)
def test_interval_against_band(value, error, outcome):
    assert at(value, error).outcome == outcome


@pytest.mark.parametrize(
    ("value", "outcome"),
    [([1.0, 2.0], "agrees"), ([1.0, 2.09], "undecided"), ([1.0, 2.3], "disagrees"), ([[1.0, 2.0]], None)],
)
def test_components(value, outcome):
    if outcome is None:
        with pytest.raises(InputError, match=r"measured has shape \(1, 2\), predicted \(2,\)"):
            at(value, 0.01, predicted=[1.0, 2.0])
    else:
        assert at(value, 0.01, predicted=[1.0, 2.0]).outcome == outcome


def test_disagreement_of_components_and_cells_is_corrected():
    """1.2 with an interval that just misses the band alone, but not as one of three."""
    alone = 0.099 / Z
    assert at([1.2, 1.0, 1.0], [alone, 0.01, 0.01], predicted=np.ones(3)).outcome == "undecided"
    assert at(1.2, alone, cells=3).outcome == "undecided"
    sharp = 0.099 / stats.norm.isf(A / 3)
    assert at([1.2, 1.0, 1.0], [sharp, 0.01, 0.01], predicted=np.ones(3)).outcome == "disagrees"
    assert at(1.2, sharp, cells=3).outcome == "disagrees"


def test_looks_are_taken_in_order_until_a_decision():
    seen = []

    def measured(r):
        seen.append(r)
        return estimate(1.0, 1.0 / np.sqrt(r), n=r)

    found = judge(measured, 1.0, 0.1, (400, 1000, 4000))
    assert (found.outcome, found.n, seen) == ("agrees", 1000, [400, 1000])
    seen.clear()
    assert judge(measured, 1.0, 0.1, (400, 1000, 4000), available=700).outcome == "undecided"
    assert seen == [400]
    early = judge(measured, 1.0, 0.5, (400, 1000), available=300)
    assert (early.outcome, early.n) == ("undecided", 300)


def test_a_truncated_plan_gives_the_same_verdict_at_its_look():
    assert shares(1) == shares(2) == shares(3) == pytest.approx(3.75)
    assert shares(6) == pytest.approx(7.5)


@pytest.mark.parametrize("gate", ["not stationary: drift 1", "non-finite replicates: 1 of 9"])
def test_a_gate_makes_it_invalid(gate):
    found = at(1.0, 1e-3, gates=(gate,), controls={"far": 3.0, "near": 1.1})
    assert (found.outcome, found.gate, found.needed_n, found.p_disagree) == ("invalid", gate, None, 1.0)
    assert found.controls == {"far": "invalid", "near": "indistinct"}


def test_gates_of_the_caller_and_of_the_replicates():
    assert judge(lambda r: estimate(1, 0.01), 1.0, 0.1, (99,), gates=("3 of 9 diverged",)).gate == "3 of 9 diverged"
    y = np.append(np.linspace(0, 2, 99), np.nan)
    found = judge(lambda r: measure.mean(y[:r]), 1.0, 0.5, (100,))
    assert (found.outcome, found.gate) == ("invalid", "non-finite replicates: 1 of 100")
    assert at(1.0, 0.01, predicted=np.inf).gate == "the prediction is not finite"


def test_skewness_asks_for_replicates():
    """n < 28 skew^2 is undecided, and says how many would do."""
    found = at(1.0, 1e-3, n=100, skew=2.0)
    assert (found.outcome, found.needed_n) == ("undecided", 112)
    assert found.gate == "too skewed for the interval: 100 of 112 replicates"
    assert at(1.0, 1e-3, n=112, skew=2.0).outcome == "agrees"
    assert at(5.0, 1e-3, n=100, skew=2.0).outcome == "undecided"
    assert at(1.0, 1e-3, n=FEWEST - 1).gate == f"too few replicates: {FEWEST - 1} of {FEWEST}"


@pytest.mark.parametrize(("value", "toward"), [(1.02, 1), (0.96, -1), (1.2, -1), (0.7, 1)])
def test_needed_n_settles_it_nine_times_in_ten(value, toward):
    """With needed_n replicates the decision turns where the repeated estimate strays by z_.9 toward the band's edge."""
    need = at(value, 1 / np.sqrt(50), n=50).needed_n
    assert need is not None
    error = 1 / np.sqrt(need)
    for stray, decided in ((stats.norm.isf(0.11), True), (stats.norm.isf(0.09), False)):
        assert (at(value + toward * stray * error, error, n=need).outcome != "undecided") is decided


def test_nothing_settles_an_estimate_on_the_edge():
    assert at(1.1, 0.05).needed_n is None


def test_controls():
    """Agreement rejects what lies two margins off; a nearer one is indistinct; a right one disagrees with the claim."""
    far, near = {"missing half": 2.0, "two margins": 1.2 + 1e-9}, {"SDE": 1.19, "undefined here": np.nan}
    found = at(1.0, 0.01, controls=far | near)
    assert found.outcome == "agrees"
    assert found.controls == dict.fromkeys(far, "disagrees") | dict.fromkeys(near, "indistinct")
    found = at(2.0, 0.01, controls=far)
    assert found.outcome == "disagrees"
    assert found.controls == {"missing half": "agrees", "two margins": "disagrees"}
    found = at(1.0, 0.2, controls=far)
    assert found.outcome == "undecided"
    assert found.controls == {"missing half": "disagrees", "two margins": "undecided"}


def test_ordering():
    """A < B by more than the margin, `measured` being B - A."""
    assert at(0.5, 0.01, predicted=0.0, ordering=True).outcome == "agrees"
    assert at(0.11, 0.01, predicted=0.0, ordering=True).outcome == "undecided"
    assert at(-0.5, 0.01, predicted=0.0, ordering=True, controls={"equal": 0.0}).outcome == "disagrees"
    assert at(0.5, 0.01, predicted=0.0, ordering=True, controls={"equal": 0.0}).controls == {"equal": "disagrees"}


def test_open_ended_plan():
    sizes = range(64, 2000, 16)
    y = np.random.default_rng(3).normal(1.0, 1.0, 2000)
    found = judge(lambda r: measure.mean(y[:r]), 1.0, 0.25, sizes, open_ended=True, controls={"two": 2.0})
    assert found.outcome == "agrees"
    assert found.n < 2000
    with pytest.raises(InputError, match="starts at n=16, below 32"):
        judge(lambda r: measure.mean(y[:r]), 1.0, 0.25, range(16, 99), open_ended=True)


def test_p_value_is_where_the_interval_leaves_the_band():
    found = at(1.3, 0.05)
    assert found.p_disagree == pytest.approx(shares(3) * stats.norm.sf(4), rel=2e-3)
    assert at(1.0, 0.05).p_disagree == 1.0
    assert at(9.0, 0.05).p_disagree < 1e-20
    three = at([1.3, 1.0, 1.0], 0.05, predicted=np.ones(3))
    assert three.p_disagree == pytest.approx(3 * found.p_disagree, rel=2e-3)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"looks": ()}, r"looks=\[\] are not increasing"),
        ({"looks": (100, 100)}, "are not increasing"),
        ({"margin": 0.0}, "margin=0.0 is not positive and finite; a claim of zero declares its scale"),
        ({"margin": np.nan}, "margin=nan is not positive"),
    ],
)
def test_wrong_plans_are_refused(options, text):
    with pytest.raises(InputError, match=text):
        at(1.0, 0.1, **options)


def test_looks_from_a_pilot():
    """19 (sd/margin)^2 at the 80 % upper limit of the pilot's sd, doubled twice, in chunks, within the budget."""
    pilot = estimate(1.0, 1.0 / 8, n=64)
    upper = 63 / stats.chi2.ppf(0.2, 63)
    first = first_look(1.0, 0.1, 64)
    assert first == pytest.approx(18.99 * 100 * upper, rel=1e-3)
    assert looks(pilot, 0.1) == (first, 2 * first, 4 * first)
    assert looks(pilot, 0.1, chunk=1024) == (3072, 6144, 12288)
    assert looks(pilot, 0.1, chunk=1024, budget=8192) == (3072, 6144, 8192)
    assert looks(pilot, 0.1, chunk=1024, budget=65536) == (3072, 6144, 65536)
    assert looks(pilot, 0.1, budget=100) == (100,)
    assert looks(pilot, 10.0) == (64, 128, 256)
    assert looks(estimate([1.0, 1.0], [1.0 / 8, 0.01], n=64), [10.0, 0.001])[0] > first_look(0.08, 0.001, 64) * 1.1
    assert looks(estimate(1.0, 1.0 / 8, n=64, skew=4.0), 10.0)[0] == 448
    with pytest.raises(InputError, match="no finite spread"):
        looks(estimate(1.0, np.inf), 0.1)


def test_first_decision():
    assert first_decision([[0, 0, 1, 0], [0, 1, -1, 0], [-1, -1, 0, 0]]).tolist() == [-1, 1, 1, 0]


def test_band_of_an_approximate_claim():
    lam = sp.Symbol("lam", positive=True)
    first = SimpleNamespace(kind="order", p=1, constant=lam / 2)
    assert band_for(first, 0.01, 0.02, lam=1.0) == pytest.approx(0.025)
    with pytest.raises(InputError, match=r"the largest eta is 0\.02, or extrapolate"):
        band_for(first, 0.05, 0.02, lam=1.0)
    assert band_for(SimpleNamespace(kind="exact", p=None, constant=None), 0.5, 0.02) == 0.02


def test_ratio_and_smallest_factor():
    """A formula four times too large is told off by its ratio; the factor named is rejected with probability .9."""
    found = at(0.25, 0.003, predicted=1.0, margin=0.005)
    assert found.ratio_text == "0.2500 +- 0.0030"
    assert at(0.25, 0.003, predicted=0.0).ratio_text == "undefined (predicted 0)"
    right = at(1.0, 0.01)
    factor = right.smallest_factor
    assert factor == pytest.approx(1 + 0.1 + (Z + stats.norm.isf(0.1)) * 0.01)
    draws = np.random.default_rng(4).normal(1.0, 0.01, 400)
    found = sum(at(v, 0.01, predicted=factor).outcome == "disagrees" for v in draws)
    assert stats.binom.ppf(1e-6, 400, 0.9) <= found <= stats.binom.isf(1e-6, 400, 0.9)
    assert at(np.nan, 0.01).smallest_factor is None


def test_row_and_line():
    found = at([1.0, 2.5], 0.01, predicted=[1.0, 2.0], controls={"far": [5.0, np.nan], "other": [5.0, 5.0]})
    data = found.as_dict()
    names = [
        "outcome",
        "predicted",
        "measured",
        "standard_error",
        "n",
        "margin",
        "needed_n",
        "gate",
        "p_disagree",
        "controls",
    ]
    assert list(data) == names
    assert data["predicted"] == [1.0, 2.0]
    assert data["controls"] == [{"name": "far", "outcome": "indistinct"}, {"name": "other", "outcome": "disagrees"}]
    assert json.loads(json.dumps(data)) == data
    assert str(found).startswith(
        "disagrees: predicted 2, measured 2.5 +- 0.01 (worst of 2 components, [1]), margin 0.1, n = 10"
    )
    none = at(np.nan, np.inf).as_dict()
    assert (none["measured"], none["standard_error"]) == (None, None)
    assert "needed n = unknown; gate: the estimate is not a number" in str(at(np.nan, 0.1))
    assert "\n" not in str(found)


def test_nothing_heavy_is_imported():
    heavy = ("jax", "sympy", "xarray", "pandas")
    code = f"import sys, theorylab.judge.verdict; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    assert "judge" in verdict.__all__
