"""A claim predicts, refuses wrong input in one line, verifies itself, and carries its controls."""

import json
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp

from models.quadratic.claims.covariance import covariance
from models.quadratic.claims.filter import filter_scale
from models.quadratic.claims.stable import stable_scale
from models.quadratic.claims.variance import variance
from theorylab.errors import InputError
from theorylab.theory import Claim, Control, Margin, asymptotic, exact, limit, order, symbols
from theorylab.theory.derivation import DerivationError, differentiate, simplify, substitute
from theorylab.theory.domain import Points
from theorylab.theory.symbols import M, alpha, eta, lam, mu, rho, sigma

FILTER = {"eta": 0.1, "lam": 1, "gamma": 1, "alpha": 1, "mu": 0, "colour": "white"}
H, C = [[1.0, 0.3], [0.3, 0.5]], [[1.0, 0.5], [0.5, 0.4]]


def claim(derivation=None, **fields):
    def derive():
        yield differentiate("slope", eta * lam**2, lam)

    fields = {"id": "toy.slope", "statement": "a slope", "inputs": (eta, lam), "domain": eta * lam < 2} | fields
    return Claim(derivation=derivation or derive, exactness=exact(), source="here", **fields)


def refusal(of, **inputs):
    with pytest.raises(InputError) as caught:
        of.predict(**inputs)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("of", "inputs", "said"),
    [
        (variance, {"eta": 2.0, "lam": 1.5, "sigma": 1}, "eta=2.0, lam=1.5 is outside 0 < eta*lam < 2"),
        (variance, {"eta": -0.1, "lam": 1.5, "sigma": 1}, "eta=-0.1 is outside eta > 0"),
        (variance, {"eta": float("nan"), "lam": 1.5, "sigma": 1}, "eta=nan is not a finite number"),
        (variance, {"eta": "fast", "lam": 1.5, "sigma": 1}, "eta='fast' is not a number"),
        (variance, {"eta": None, "lam": 1.5, "sigma": 1}, "eta=None is not a number"),
        (variance, {"eta": True, "lam": 1.5, "sigma": 1}, "eta=True is not a number"),
        (variance, {"eta": 10**400, "lam": 1.5, "sigma": 1}, "is not a finite number"),
        (variance, {"eta": 0.1, "sigma": 1}, "missing lam (curvature (Hessian eigenvalue))"),
        (variance, {"eta": 0.1, "lma": 1, "sigma": 1}, "unknown argument 'lma'; did you mean 'lam'"),
        (stable_scale, {"eta": 0.1, "lam": 1, "gamma": 1, "alpha": 2.5}, "alpha=2.5 is outside 0 < alpha <= 2"),
        (stable_scale, {"eta": 0.1, "lam": 1, "gamma": 0, "alpha": 1.5}, "gamma=0.0 is outside gamma > 0"),
        (
            stable_scale,
            {"eta": [0.1, 3.0], "lam": 1, "gamma": 1, "alpha": 1.5},
            "eta=3.0, lam=1.0 is outside 0 < eta*lam",
        ),
        (
            variance,
            {"eta": [[1, 2], [3]], "lam": 1, "sigma": 1},
            "eta=[[1, 2], [3]] is no list: its rows have different",
        ),
        (stable_scale, {"eta": [0.1, 0.2], "lam": [1, 2, 3], "gamma": 1, "alpha": 1}, "different lengths"),
        (covariance, {"eta": 0.1, "H": [[1, 2]], "C": C}, "H=[[1.0, 2.0]] breaks: H is square"),
        (covariance, {"eta": 0.1, "H": [[1, 2], [0, 1]], "C": C}, "H=[[1.0, 2.0], [0.0, 1.0]] breaks: H is symmetric"),
        (covariance, {"eta": 0.1, "H": "[[1, 2", "C": C}, "H='[[1, 2' is not a matrix of numbers (JSON)"),
        (covariance, {"eta": 0.1, "H": [1, 2], "C": C}, "H=[1, 2] is not a matrix"),
        (covariance, {"eta": 0.1, "H": [[1, float("inf")], [1, 1]], "C": C}, "is not a matrix of finite numbers"),
        (covariance, {"eta": 0.1, "H": H, "C": [[1.0]]}, "H and C have one size"),
        (covariance, {"eta": 0.1, "H": H, "C": [[1, 2], [2, 1]]}, "C is positive semidefinite"),
        (covariance, {"eta": 5.0, "H": H, "C": C}, "0 < eta*l < 2 for every eigenvalue l of H"),
        (filter_scale, FILTER | {"colour": "pink"}, "colour='pink' breaks: colour is white, differenced or ar1:RHO"),
        (filter_scale, FILTER | {"mu": 1}, "mu=1.0 is outside 0 <= mu < 1"),
    ],
)
def test_wrong_input_is_refused_in_one_line(of, inputs, said):
    text = refusal(of, **inputs)
    assert text.startswith(f"claim {of.id}: ")
    assert said in text


def test_kinds_are_read():
    values = {"eta": "0.1", "lam": np.float32(1.0), "sigma": 1}
    assert variance.predict(**values) == pytest.approx(0.1 / 1.9)
    assert isinstance(variance.predict(**values), float)
    text = covariance.predict(eta=0.5, H=json.dumps(H), C=np.array(C))
    np.testing.assert_array_equal(text, covariance.predict(eta=0.5, H=H, C=C))
    counted = claim(inputs=(eta, lam, M), domain=M >= 2)
    assert counted.predict(eta=1, lam=2, M=3.0) == 4.0
    assert "M=2.5 is not an integer" in refusal(counted, eta=1, lam=2, M=2.5)
    assert "M=1 is outside M >= 2" in refusal(counted, eta=1, lam=2, M=1)


def test_lists_predict_each_element():
    many = variance.predict(eta=[0.1, 0.2], lam=np.array([[1.0], [2.0]]), sigma=1.0)
    assert many.shape == (2, 2)
    assert many[1, 0] == variance.predict(eta=0.1, lam=2.0, sigma=1.0)


def test_formula_is_the_last_result_and_its_text_reads_back():
    assert sp.simplify(variance.formula - eta * sigma**2 / (lam * (2 - eta * lam))) == 0
    assert variance.parse(str(variance.formula_text)) == variance.formula
    assert covariance.formula_text is None
    challenged = variance.predict_with(variance.parse("eta*sigma**2/(2*lam)"), eta=0.1, lam=1.0, sigma=0.5)
    assert challenged == pytest.approx(0.0125)


def test_dict_formula_is_made_of_results():
    def derive():
        slope = yield differentiate("slope", eta * lam**2, lam)
        value = yield substitute("at lam = 1", slope, {lam: 1})
        return {"slope": slope, "value": value}

    both = claim(derive)
    assert both.predict(eta=0.5, lam=2.0) == {"slope": 2.0, "value": 1.0}
    assert both.absolute_margin(eta=0.5, lam=2.0) == {"slope": 0.04, "value": 0.02}

    def typed_in():
        slope = yield differentiate("slope", eta * lam**2, lam)
        return {"slope": slope, "value": 2 * slope + 1}

    with pytest.raises(DerivationError, match="no step computed"):
        _ = claim(typed_in).formula


def test_a_step_that_restates_and_an_empty_derivation_are_refused():
    def restates():
        yield simplify("say it again", eta + lam, sp.expand)

    def empty():
        return
        yield

    with pytest.raises(DerivationError, match="only restates"):
        _ = claim(restates).formula
    with pytest.raises(DerivationError, match="no step computes"):
        _ = claim(empty).formula


def test_check_verifies_every_step_and_says_how():
    checks = variance.check()
    assert [c.ok for c in checks] == [True] * 3
    assert all("largest relative error" in c.detail and c.points >= 3 for c in checks)
    assert variance.derivation_as_dict()["verified"]


def test_an_empty_domain_does_not_pass():
    for domain in (sp.And(eta * lam < 2, eta > 100, lam > 100), sp.And(rho > 2, rho < 1)):
        (check,) = claim(domain=domain, inputs=(eta, lam, rho)).check()
        assert not check.ok
        assert "domain is empty" in check.detail


def test_domain_says_itself():
    said = [c.text for c in filter_scale.domain_conditions]
    assert "0 < alpha <= 2" in said
    assert "0 <= mu < 1" in said
    two_sided = claim(inputs=(eta, lam, rho), domain=sp.And(rho > -1, rho < 1, eta * lam < 2))
    assert [c.text for c in two_sided.domain_conditions] == ["eta > 0", "lam > 0", "-1 < rho < 1", "0 < eta*lam < 2"]
    row = two_sided.as_dict()
    assert row["domain"] == "eta > 0, lam > 0, -1 < rho < 1, 0 < eta*lam < 2"
    assert [i["domain"] for i in row["inputs"]] == ["eta > 0", "lam > 0", "-1 < rho < 1"]


def test_points_keep_to_the_domain():
    points = Points((eta, lam, mu), sp.And(eta * lam < 2 * (1 + mu), mu < 1), name="a test").draw([eta], 200)
    assert all(p[eta] > 0 and p[eta] * p[lam] < 2 * (1 + p[mu]) and 0 <= p[mu] < 1 for p in points)
    assert len({p[eta] for p in points}) > 150


def test_controls_take_every_form():
    def derived():
        yield differentiate("slope", eta * lam**3, lam)

    controls = (
        Control("expression", eta * lam, "a factor 2 is forgotten"),
        Control("function", lambda eta, lam: eta + lam, "typing"),
        Control("derived", derived, "the power is wrong"),
        Control("claim", claim(id="toy.other", domain=eta < 1), "another claim"),
        Control("nowhere", sp.log(-eta), "has no value"),
    )
    made = claim(controls=controls)
    values = {c.name: made.predict_control(c.name, eta=0.5, lam=2.0) for c in controls}
    assert {k: v for k, v in values.items() if k != "nowhere"} == {
        "expression": 1.0,
        "function": 2.5,
        "derived": 6.0,
        "claim": 2.0,
    }
    assert np.isnan(values["nowhere"])
    assert np.isnan(made.predict_control("claim", eta=1.5, lam=1.0))
    texts = [c.formula_text for c in controls]
    assert texts == ["eta*lam", None, "3*eta*lam**2", "2*eta*lam", texts[4]]
    with pytest.raises(InputError, match="unknown control 'expresion'; did you mean 'expression'"):
        made.predict_control("expresion", eta=0.5, lam=2.0)


def test_margins():
    assert variance.absolute_margin(eta=0.1, lam=1.0, sigma=1.0) == pytest.approx(0.02 * 0.1 / 1.9)
    assert claim(margin=Margin(0.1, lam)).absolute_margin(eta=0.5, lam=2.0) == pytest.approx(0.2)
    assert claim(margin=Margin(0.1, lambda eta, lam: lam)).absolute_margin(eta=0.5, lam=2.0) == pytest.approx(0.2)
    margin = covariance.absolute_margin(eta=0.5, H=H, C=C)
    assert margin.shape == (2, 2)
    assert margin[0, 1] > 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": "Toy.slope"}, "not of the form"),
        ({"id": "slope"}, "not of the form"),
        (
            {"inputs": (eta, lam, symbols.input("s", "another s", positive=True, box=(1, 2)))},
            "s is used in another sense",
        ),
        ({"inputs": (eta,)}, "names lam, no scalar input"),
        ({"controls": (Control("a", eta, ""), Control("a", lam, ""))}, "two controls are called 'a'"),
    ],
)
def test_malformed_claims_are_refused(fields, said):
    with pytest.raises(InputError, match=said):
        claim(**fields)


def test_a_declared_symbol_may_mean_something_else():
    s = symbols.input("s", "another s", positive=True, box=(1, 2))
    assert claim(inputs=(eta, lam, s), declares=("s",)).inputs[2].meaning == "another s"


def test_exactness_says_itself():
    assert str(exact()) == "exact"
    assert str(limit(1)) == "in the limit eta -> 0, error of order eta^1"
    assert str(order(2, lam**2)) == "to order eta^2, error lam**2*eta^2"
    assert str(asymptotic("1 + c/log(t)")) == "asymptotic: 1 + c/log(t)"


def test_rows_are_plain_json():
    for of in (variance, covariance, filter_scale):
        row = of.as_dict()
        named = "id statement model inputs formula domain source exactness controls noises expected answers"
        assert " ".join(row) == named
        assert json.loads(json.dumps(row)) == row
        assert all(list(i) == ["name", "meaning", "unit", "domain"] for i in row["inputs"])


def test_claims_do_not_import_jax():
    code = "import sys, models.quadratic.claims.filter as f; f.filter_scale.formula; print('jax' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_alpha_is_the_tables():
    assert stable_scale.inputs[3] == symbols.table["alpha"]
    assert stable_scale.inputs[3].symbol == alpha
