"""The linear estimator: its law of rates, its claims against independent oracles, its networks against both."""

from itertools import pairwise
from math import comb
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import integrate, special, stats

from models.linear_estimator import model
from models.linear_estimator.claims.accuracy import stable_accuracy
from models.linear_estimator.claims.losses import test_accuracy as accuracy_claim
from models.linear_estimator.claims.losses import test_loss as test_claim
from models.linear_estimator.claims.losses import train_loss as train_claim
from models.linear_estimator.claims.noise import anticorrelated_noise_loss, white_noise_loss
from models.linear_estimator.symbolic import jacobi, marchenko_pastur, nu, ratio, s
from protocols.linear_estimator import losses, noise
from theorylab import random
from theorylab.errors import InputError
from theorylab.lab.protocol import cells_of
from theorylab.lab.settings import TIERS, settings_of
from theorylab.theory.derivation import expect, run

LEVEL = 1e-6
SPECTRUM = [0.0, 0.1, 0.4, 0.9, 1.6, 3.2]


def average(f, lam):
    nodes, weights = (np.array(part) for part in jacobi(lam))
    return float(weights @ f(np.maximum(nodes, 0)))


@pytest.mark.parametrize("lam", [0.4, 1.0, 2.5])
def test_the_derived_law_has_the_moments_of_the_pairings(lam):
    def derive():
        law = yield from marchenko_pastur()
        yield expect("a moment", nu**4, {nu: law})

    integral = sp.lambdify(ratio, run(derive).result, "mpmath")
    narayana = sum(lam**r / (r + 1) * comb(4, r) * comb(3, r) for r in range(4))
    assert float(integral(mpmath.mpf(lam))) == pytest.approx(narayana, rel=1e-13)
    assert average(lambda v: v**4, lam) == pytest.approx(narayana, rel=1e-12)


def busy_periods(lam, count, horizon, key):
    """Lengths of the busy periods of queues with arrival rate lam and service rate 1, inf beyond the horizon."""
    rng = np.random.default_rng(key)
    waiting, clock, length = np.ones(count, int), np.zeros(count), np.full(count, np.inf)
    while (open_ := (waiting > 0) & (clock < horizon)).any():
        clock[open_] += rng.exponential(1 / (1 + lam), open_.sum())
        waiting[open_] += np.where(rng.random(open_.sum()) < lam / (1 + lam), 1, -1)
        length[open_ & (waiting == 0)] = clock[open_ & (waiting == 0)]
    return length


@pytest.mark.parametrize("lam", [0.5, 1.5])
def test_the_test_loss_is_the_survival_of_a_busy_period(lam):
    length = busy_periods(lam, 40_000, 10.0, 3)
    for time in (1.0, 4.0, 10.0):
        alive, predicted = int((length > time).sum()), test_claim.predict(ratio=lam, s=time)
        p = stats.binomtest(alive, len(length), predicted).pvalue
        assert p > LEVEL / 6, f"s={time}: predicted {predicted}, measured {alive / len(length)}, p {p}"


@pytest.mark.parametrize(("claim", "weight"), [(train_claim, lambda v: v), (test_claim, lambda v: v**0)])
@pytest.mark.parametrize("lam", [0.5, 1.5])
def test_the_constant_of_order_eta_is_that_of_gradient_descent(claim, weight, lam):
    flow, constant = claim.predict(ratio=lam, s=4.0), float(claim.exactness.constant.subs({ratio: lam, s: 4.0}))
    steps = [5000, 10000]
    errors = []
    for k in steps:
        eta = 1.0 / k
        errors.append((average(lambda v, eta=eta, k=k: weight(v) * (1 - 2 * eta * v) ** (2 * k), lam) - flow) / eta)
    assert 2 * errors[1] - errors[0] == pytest.approx(constant, rel=1e-5)


@pytest.mark.parametrize("claim", [test_claim, accuracy_claim, white_noise_loss, anticorrelated_noise_loss])
@pytest.mark.parametrize("lam", [0.3, 1.0, 2.0])
def test_float_and_mpmath_agree(claim, lam):
    for size in (0.5, 4, 2000):
        inputs = {"ratio": lam, "s": size, "threshold": 0.1, "eta": 0.11, "steps": round(size + 0.6), "sigma": 0.3}
        inputs = {i.name: inputs[i.name] for i in claim.inputs}
        assert claim.predict(**inputs) == pytest.approx(claim.numeric(**inputs), rel=1e-10)


@pytest.mark.parametrize("lam", [0.5, 1.0, 1.5])
def test_added_losses_are_those_of_the_recursion(lam):
    eta, sigma, steps = 0.15, 0.3, 12
    r = 1 - 2 * eta * np.maximum(jacobi(lam)[0], 0)
    white, state, cross = 0 * r, 0 * r, 0 * r  # variances of D, and the covariance of D with the last zeta
    for k in range(steps):
        white = r**2 * white + sigma**2
        state = r**2 * state + sigma**2 + (sigma**2 - 2 * r * cross if k else 0)
        cross = np.full_like(r, sigma**2)
    weights = np.array(jacobi(lam)[1])
    inputs = {"ratio": lam, "eta": eta, "steps": steps, "sigma": sigma}
    assert white_noise_loss.predict(**inputs) == pytest.approx(weights @ white, rel=1e-10)
    assert anticorrelated_noise_loss.predict(**inputs) == pytest.approx(weights @ state, rel=1e-10)


def gaussian_inversion(exponents, radius):
    """alpha = 2 along the real axis, by scipy: the factors are (1 + 2 c u^2)^(-1/2)."""
    f = lambda u: np.prod((1 + 2 * exponents * u * u) ** -0.5) * np.sinc(radius * u / np.pi) * radius
    return 2 / np.pi * integrate.quad(f, 0, 60 / np.sqrt(exponents.sum()), limit=500, epsabs=1e-12)[0]


def test_stable_accuracy_meets_its_closed_forms():
    one = {"gamma": 0.3, "eta": 0.1, "steps": 1, "spectrum": [0.7], "threshold": 0.2}
    half = np.sqrt(0.2) / 0.3
    normal = lambda g: 2 * integrate.quad(lambda x: stats.norm.pdf(x) * g(half / x), 0, np.inf, epsabs=1e-13)[0]
    cauchy = normal(lambda y: 2 / np.pi * np.arctan(y))
    gauss = normal(lambda y: special.erf(y / 2))
    assert stable_accuracy.predict(alpha=1.0, **one) == pytest.approx(cauchy, abs=1e-10)
    assert stable_accuracy.predict(alpha=2.0, **one) == pytest.approx(gauss, abs=1e-10)
    many = np.linspace(0, 4, 600)
    r = 1 - 0.2 * many
    exponents = 0.05**2 * np.array([np.sum(x ** (2 * np.arange(9))) for x in r])
    value = stable_accuracy.predict(alpha=2.0, gamma=0.05, eta=0.1, steps=9, spectrum=many, threshold=9.0)
    assert value == pytest.approx(gaussian_inversion(exponents, 3.0), abs=1e-10)


@pytest.mark.parametrize("alpha", [0.6, 1.0, 1.4, 1.9])
def test_stable_accuracy_is_the_derived_integral(alpha):
    """The product of the derived factors, integrated along the real axis with the derived window, no contour."""
    spectrum, scalars = [0.0, 0.5, 1.5, 2.0, 2.5], {"alpha": alpha, "gamma": 0.2, "steps": 3}
    parts = stable_accuracy.numeric.parts
    c = [parts["exponent"](r=abs(1 - 0.4 * v), **scalars) if v else parts["flat"](**scalars) for v in spectrum]
    grid = np.exp(np.arange(-60 / min(alpha, 1), 9, 0.01))
    x = np.exp(np.arange(-42, 2.5, 0.02))
    weight = 0.02 * x * np.sqrt(2 / np.pi) * np.exp(-x * x / 2)
    table = np.exp(-np.multiply.outer(grid[::20] ** alpha, x**alpha)) @ weight
    log_factor = lambda q: np.interp(np.log(q) / alpha, np.log(grid[::20]), np.log(table))
    phi_u = np.exp(sum(log_factor(ci * grid**alpha) for ci in c))
    window = 2 * np.sin(np.sqrt(0.3) * grid) / np.pi
    direct = 0.01 * np.sum(window * phi_u)
    value = stable_accuracy.predict(eta=0.2, spectrum=spectrum, threshold=0.3, **scalars)
    assert value == pytest.approx(direct, abs=2e-3)


def test_stable_accuracy_scales_with_the_noise():
    base = {"alpha": 1.3, "eta": 0.2, "steps": 6, "spectrum": SPECTRUM}
    one = stable_accuracy.predict(gamma=0.1, threshold=0.2, **base)
    assert stable_accuracy.predict(gamma=0.7, threshold=0.2 * 49, **base) == pytest.approx(one, abs=1e-11)
    falling = [stable_accuracy.predict(gamma=g, threshold=0.2, **base) for g in (0.01, 0.1, 1.0, 100.0)]
    assert all(a > b for a, b in pairwise([1.0, *falling, 0.0]))


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5, 2.0])
def test_stable_accuracy_against_plain_simulation(alpha):
    count, eta, steps, gamma, threshold = 60_000, 0.15, 10, 0.05, 0.1
    d = gamma * np.asarray(stats.levy_stable.rvs(alpha, 0, size=(steps, count, len(SPECTRUM)), random_state=8))
    error = np.zeros((count, len(SPECTRUM)))
    for xi in d:
        error = (1 - 2 * eta * np.array(SPECTRUM)) * error + xi
    x = np.random.default_rng(9).normal(size=error.shape)
    right = int((np.abs((error * x).sum(1)) < threshold**0.5).sum())
    predicted = stable_accuracy.predict(
        alpha=alpha, gamma=gamma, eta=eta, steps=steps, spectrum=SPECTRUM, threshold=threshold
    )
    p = stats.binomtest(right, count, predicted).pvalue
    assert p > LEVEL / 4, f"alpha={alpha}: predicted {predicted}, measured {right / count}, n {count}, p {p}"


@pytest.mark.parametrize(
    ("claim", "inputs", "condition"),
    [
        (train_claim, {"ratio": 0.5, "s": 0.0}, "s > 0"),
        (white_noise_loss, {"ratio": 0.5, "eta": 0.4, "steps": 3, "sigma": 1.0}, "eta*(1 + sqrt(ratio))**2 < 1"),
        (stable_accuracy, {"alpha": 2.1, "spectrum": [1.0]}, "0 < alpha <= 2"),
        (stable_accuracy, {"spectrum": [-1.0, 2.0]}, "spectrum >= 0"),
        (stable_accuracy, {"spectrum": [1.0, 12.0]}, "eta*max(spectrum) < 1"),
    ],
)
def test_outside_the_domain(claim, inputs, condition):
    if claim is stable_accuracy:
        inputs = {"alpha": 1.5, "gamma": 0.1, "eta": 0.1, "steps": 3, "threshold": 1.0, **inputs}
    with pytest.raises(InputError) as caught:
        claim.predict(**inputs)
    assert condition in str(caught.value)


def test_both_losses_are_one():
    """The trained loss of a network on its own data is the symbolic one; rows beyond the samples count for nothing."""
    expression, nested = model.symbolic()
    symbols = {k: np.array(v, object) for k, v in {"kernel": nested["kernel"], **nested["data"]}.items()}
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=np.shape(array)) for name, array in symbols.items()}
    pairs = {sym: v for name, a in symbols.items() for sym, v in zip(a.ravel(), values[name].ravel(), strict=True)}
    data = {"x": jnp.asarray(np.vstack([values["x"], np.zeros((2, 2))])), "teacher": jnp.asarray(values["teacher"])}
    value, slope = jax.value_and_grad(model.loss)({"kernel": values["kernel"]}, SimpleNamespace(samples=3, data=data))
    assert float(value) == pytest.approx(float(expression.subs(pairs)), rel=1e-5)
    expected = [float(sp.diff(expression, k).subs(pairs)) for k in symbols["kernel"].ravel()]
    np.testing.assert_allclose(slope["kernel"].ravel(), expected, rtol=1e-4, atol=1e-5)


def test_networks_follow_their_own_spectrum():
    """The tier that is exact at any size: given its data, every mode of a network decays by (1 - 2 eta nu) per step."""
    c = SimpleNamespace(dim=20, samples=13, rows=17, outputs=4, tests=8, threshold=0.1, eta=0.05, steps=20)
    out = model.training(model.start, 10)(c, 5, 0, 3)
    for r in range(3):
        data = model.gaussian_data(random.Draw(random.lane_key(5, random.DATA, r), 0), c)
        start = model.start(random.Draw(random.lane_key(5, random.INIT, r), 0), SimpleNamespace(data=data, **vars(c)))
        x = np.asarray(data["x"], float)
        values, axes = np.linalg.eigh(x.T @ x / c.samples)
        modes = axes.T @ np.asarray(start["kernel"] - data["teacher"], float)
        for j in range(10):
            square = ((1 - 2 * c.eta * values)[:, None] ** (2 * (j + 1)) * modes) ** 2
            assert out["test_loss"][r, j] == pytest.approx(square.sum() / 4, rel=1e-4)
            assert out["train_loss"][r, j] == pytest.approx((values[:, None] * square).sum() / 4, rel=1e-4, abs=1e-7)


def test_principal_data_have_the_given_spectrum():
    c = SimpleNamespace(samples=9, spectrum=tuple(SPECTRUM), outputs=2, tests=3)
    data = model.principal_data(random.Draw(random.lane_key(1, random.DATA, 0), 0), c)
    np.testing.assert_allclose(data["x"].T @ data["x"] / 9, np.diag(SPECTRUM), atol=3e-6)


def finite_size(f, lam):
    """d times (mean of f(nu) in d dimensions - Marchenko-Pastur) for real Gaussian data [bai2004clt]."""
    angle = np.pi * (np.arange(4000) + 0.5) / 4000
    low, high = (1 - lam**0.5) ** 2, (1 + lam**0.5) ** 2
    return (f(low) + f(high)) / 4 - f(1 + lam + 2 * lam**0.5 * np.cos(angle)).mean() / 2


@pytest.mark.parametrize("tier", TIERS)
def test_margins_are_twice_the_known_errors(tier):
    protocols: dict[str, Any] = {"losses": losses.protocol, "noise": noise.protocol}
    for name, protocol in protocols.items():
        for c in cells_of(protocol, settings_of(name, protocol, tier)):
            for claim, f, margin in known(name, c):
                value = claim.predict(**{i.name: getattr(c, i.name) for i in claim.inputs})
                shift = abs(finite_size(f, c.ratio)) / c.dim
                if claim.exactness.kind == "order":
                    shift += c.eta * abs(float(claim.exactness.constant.subs({ratio: c.ratio, s: c.s})))
                if claim is test_claim:
                    assert accuracy_shift(c, value, shift) <= margin / 2
                assert shift <= margin * value / 2, (claim.id, c.ratio, shift / value)


def accuracy_shift(c, loss, shift):
    """Relative error of the accuracy: A(L) at the shifted loss, and its curvature times the variance of |D|^2."""
    right = lambda x: special.erf(np.sqrt(c.threshold / (2 * x)))
    variance = 2 * test_claim.predict(ratio=c.ratio, s=2 * c.s) / c.dim
    step = loss / 100
    curvature = (right(loss + step) - 2 * right(loss) + right(loss - step)) / step**2
    return abs(right(loss + shift) - right(loss) + curvature * variance / 2) / right(loss)


def known(name, c):
    assert white_noise_loss.margin == anticorrelated_noise_loss.margin == 0.03
    if name == "losses":
        flow = lambda v: np.exp(-v * c.s)
        return [
            (train_claim, lambda v: v * flow(v), losses.margin(c)),
            (test_claim, flow, losses.margin(c)),
        ]
    r = lambda v: 1 - 2 * c.eta * v
    if c.noise == "gaussian":
        mode = lambda v: c.sigma**2 * (1 - r(v) ** (2 * c.steps)) / (1 - r(v) ** 2)
        return [(white_noise_loss, mode, 0.03)]
    mode = lambda v: c.sigma**2 * (1 + (1 - r(v)) / (1 + r(v)) * (1 - r(v) ** (2 * c.steps - 2)))
    return [(anticorrelated_noise_loss, mode, 0.03)]
