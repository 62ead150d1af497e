"""Every step computes, verifies itself, and notices a wrong result."""

from dataclasses import replace

import mpmath
import pytest
import sympy as sp

from theorylab.theory import derivation as dv
from theorylab.theory.domain import Points
from theorylab.theory.symbols import alpha, eta, gamma, lam, sigma

x, y, V, W = sp.symbols("x y V W", positive=True)
theta, zeta, a = sp.symbols("theta zeta a", real=True)
j = sp.Symbol("j", integer=True, nonnegative=True)
N = sp.Symbol("N", integer=True, positive=True)
u = sp.Function("u")


def trace_times(m):
    return m * m


def squares(point):
    m = mpmath.matrix([[point[x], 1], [1, point[y]]])
    return list(m * m)


THIRD = sp.Rational(1, 3)
PAIR = dv.jointly_centred([[V, a], [a, W]])
STEPS = {
    "differentiate": dv.differentiate("slope", sp.exp(-x * y) * x**2, x),
    "differentiate twice": dv.differentiate("curvature", sp.sin(theta * y), theta, 2),
    "integrate": dv.integrate("norm", sp.exp(-(theta**2) / x), (theta, -sp.oo, sp.oo)),
    "antiderivative": dv.integrate("primitive", x**y, x),
    "limit": dv.limit("small step", (1 - sp.exp(-x * y)) / x, x, 0),
    "limit at infinity": dv.limit("long time", (2 * x + y) / (x + 1), x, sp.oo),
    "series": dv.series("small step", sp.exp(-x * y) / (1 + x), x, 0, 3),
    "fractional series": dv.series("small step", sp.sqrt(x) * sp.exp(x * y), x, 0, 2),
    "summation": dv.summation("geometric", x ** (2 * j), (j, 0, sp.oo), where=x < sp.Rational(9, 10)),
    "finite summation": dv.summation("finite", x**j, (j, 0, N - 1)),
    "solve": dv.solve("stationary", sp.Eq(V, (1 - eta * lam) ** 2 * V + eta**2), V),
    "solve system": dv.solve("both", [sp.Eq(V + W, x), sp.Eq(V - y * W, 1)], (V, W)),
    "dsolve": dv.dsolve("relax", sp.Eq(u(x).diff(x), -y * u(x)), u(x), {u(0): lam}),
    "substitute": dv.substitute("insert", theta**2 + y * theta, {theta: x - y}),
    "substitute moments": dv.substitute("moments", theta**2 * y + 3 * theta + 1, {theta**2: V, theta: 0}),
    "substitute new symbol": dv.substitute("abbreviate", (1 - eta * lam) ** 2 + eta, {1 - eta * lam: a}),
    "simplify": dv.simplify("shorter", (x**2 - y**2) / (x - y)),
    "factor": dv.simplify("factors", x**2 - y**2, sp.factor),
    "identify": dv.identify(
        "known integral",
        sp.Integral(sp.exp(-x * sp.cosh(theta)), (theta, 0, 20)),
        sp.besselk(0, x),
        where=sp.And(x > 1, x < 2),
    ),
    "compute": dv.compute("square", trace_times, sp.Matrix([[x, 1], [1, y]]), oracle=squares),
    "expect gaussian": dv.expect("noise", (theta - eta * zeta) ** 4, {zeta: dv.gaussian(sigma)}),
    "expect gaussian wave": dv.expect("wave", sp.exp(sp.I * x * zeta), {zeta: dv.gaussian(sigma)}),
    "expect centred": dv.expect("state", (theta * y + 1) ** 2, {theta: dv.centred(V)}),
    "expect jointly": dv.expect("pair", (theta + 2 * zeta) ** 2 + 1, {(theta, zeta): PAIR}),
    "expect four moments": dv.expect("shape", (theta + y) ** 4, {theta: dv.four_moments(V, a, 3 * V**2)}),
    "expect uniform": dv.expect("flat", theta**2, {theta: dv.uniform(0, x)}),
    "expect discrete": dv.expect("coin", theta**2 * y, {theta: dv.discrete({x: THIRD, 0: 1 - THIRD})}),
    "expect density": dv.expect("wait", theta, {theta: dv.density(sp.exp(-theta / x) / x, theta, 0, sp.oo)}),
    "expect stable": dv.expect(
        "heavy",
        sp.exp(sp.I * x * eta * zeta),
        {zeta: dv.stable(alpha, gamma)},
        where=sp.And(alpha < sp.Rational(19, 10), alpha > sp.Rational(1, 2)),
    ),
    "expect nested": dv.expect(
        "given the state", (theta - eta * zeta) ** 2, {zeta: dv.centred(1 + theta**2 * y), theta: dv.centred(V)}
    ),
}


def points():
    return Points((eta, lam), eta * lam < 2, name="a test")


@pytest.mark.parametrize("name", STEPS)
def test_step_is_verified(name):
    check = STEPS[name].check(points())
    assert check.ok, check.detail
    assert check.points >= 3 or name == "fractional series"


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("factor", [sp.Rational(1001, 1000), sp.Rational(1, 2), -1])
def test_planted_wrong_result_is_caught(name, factor):
    step = STEPS[name]
    parts = step.result if isinstance(step.result, sp.Tuple) else [step.result]
    wrong = sp.Tuple(*(r * factor for r in parts)) if isinstance(step.result, sp.Tuple) else parts[0] * factor
    assert not replace(step, result=wrong).check(points()).ok


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("series", 1 - x * (y + 1)),
        ("dsolve", lam * sp.exp(-y * x) + x),
        ("substitute moments", V * y + 1 + theta),
        ("expect gaussian", theta**4 + 6 * theta**2 * eta**2 * sigma**2 + eta**4 * sigma**4),
        ("expect stable", sp.exp(-((x * eta * gamma) ** 2))),
        ("finite summation", (1 - x ** (N + 1)) / (1 - x)),
    ],
)
def test_plausible_slips_are_caught(name, wrong):
    assert not replace(STEPS[name], result=wrong).check(points()).ok


@pytest.mark.parametrize("said", [mpmath.nan, mpmath.inf, -mpmath.inf])
def test_an_oracle_that_is_no_number_verifies_nothing(said):
    step = dv.compute("twice", lambda f: 2 * f, x, oracle=lambda point: said)
    assert not step.check(points()).ok
    assert not replace(step, result=sp.oo).check(points()).ok
