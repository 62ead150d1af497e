"""The quadratic bowl's claims against oracles that share nothing with their derivations."""

from itertools import permutations

import numpy as np
import pytest
from scipy import integrate, linalg, signal

from models.quadratic.claims.anticorrelated import anticorrelated_stable_scale, anticorrelated_variance
from models.quadratic.claims.covariance import covariance
from models.quadratic.claims.filter import filter_scale
from models.quadratic.claims.momentum import momentum_variance
from models.quadratic.claims.note import note_14, note_28
from models.quadratic.claims.readings import note_24, note_29, stratonovich_variance
from models.quadratic.claims.shuffled import shuffled_variance
from models.quadratic.claims.stable import stable_scale
from models.quadratic.claims.state_dependent import state_dependent_variance
from models.quadratic.claims.variance import sde_variance, variance
from models.quadratic.power_sum import power_sum
from theorylab.errors import InputError

CLAIMS = [
    anticorrelated_stable_scale,
    anticorrelated_variance,
    covariance,
    filter_scale,
    momentum_variance,
    note_14,
    note_24,
    note_28,
    note_29,
    sde_variance,
    shuffled_variance,
    stable_scale,
    state_dependent_variance,
    stratonovich_variance,
    variance,
]
CELLS = [(0.05, 1.0), (0.3, 2.0), (1.2, 1.5), (0.9, 0.1)]


def lyapunov(transition, noise):
    return linalg.solve_discrete_lyapunov(np.atleast_2d(transition), np.atleast_2d(noise))


def response(eta, lam, mu=0.0, difference=0.0, rho=0.0, steps=20_000):
    """psi by running the update on one unit innovation."""
    theta = v = xi = previous = 0.0
    psi = np.zeros(steps)
    for k in range(steps):
        psi[k] = theta
        zeta = 1.0 if k == 0 else 0.0
        xi = rho * xi + zeta - difference * previous
        previous = zeta
        v = mu * v - eta * (lam * theta + xi)
        theta += v
    return psi


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_every_step_is_verified(claim):
    failed = [f"{c.why}: {c.detail}" for c in claim.check() if not c.ok]
    assert not failed


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_formula_text_reads_back(claim):
    if claim.formula_text is not None:
        assert claim.parse(claim.formula_text) == claim.formula
    assert (claim.formula_text is None) == (claim.evaluate is not None)


@pytest.mark.parametrize(("eta", "lam"), CELLS)
def test_variance_is_the_lyapunov_solution(eta, lam):
    expected = lyapunov(1 - eta * lam, eta**2 * 0.49)[0, 0]
    assert variance.predict(eta=eta, lam=lam, sigma=0.7) == pytest.approx(expected, rel=1e-12)
    assert note_14.predict(eta=eta, lam=lam, sigma=0.7) == pytest.approx(4 * expected, rel=1e-12)
    assert note_28.predict(eta=eta, lam=lam, sigma=0.7) == pytest.approx(4 * eta * 0.49 / (2 * lam), rel=1e-12)


def test_sde_variance_is_the_limit():
    ratios = [
        variance.predict(eta=e, lam=2.0, sigma=1.0) / sde_variance.predict(eta=e, lam=2.0, sigma=1.0) - 1
        for e in (0.02, 0.01)
    ]
    assert ratios[0] / ratios[1] == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("eta", [0.05, 0.7])
def test_covariance_is_the_lyapunov_solution(d, eta):
    random = np.random.default_rng(d)
    basis = np.linalg.qr(random.normal(size=(d, d)))[0]
    hessian = basis @ np.diag(random.uniform(0.1, 2.5, d)) @ basis.T
    hessian = (hessian + hessian.T) / 2
    root = random.normal(size=(d, d))
    noise = root @ root.T
    expected = lyapunov(np.eye(d) - eta * hessian, eta**2 * noise)
    np.testing.assert_allclose(covariance.predict(eta=eta, H=hessian, C=noise), expected, rtol=1e-10, atol=1e-13)


def test_covariance_controls_differ_only_where_they_should():
    diagonal = {"eta": 0.5, "H": np.diag([1.0, 0.2]), "C": np.diag([1.0, 0.3])}
    mixed = {"eta": 0.5, "H": [[1.0, 0.3], [0.3, 0.5]], "C": [[1.0, 0.5], [0.5, 0.4]]}
    for name in ("commuting", "coordinate by coordinate"):
        same = covariance.predict_control(name, **diagonal)
        np.testing.assert_allclose(same, covariance.predict(**diagonal), rtol=1e-12)
        off = np.abs(covariance.predict_control(name, **mixed) - covariance.predict(**mixed))
        assert (off > 2 * covariance.absolute_margin(**mixed)).any()
    fisher = {"eta": 1e-6, "H": np.eye(2), "C": 3 * np.eye(2)}
    np.testing.assert_allclose(
        covariance.predict_control("tempered posterior", **fisher), covariance.predict(**fisher), rtol=1e-5, atol=1e-12
    )


@pytest.mark.parametrize("mu", [0.0, 0.5, 0.95])
@pytest.mark.parametrize(("eta", "lam"), CELLS)
def test_momentum_variance_is_the_lyapunov_solution(eta, lam, mu):
    transition = np.array([[1 - eta * lam, mu], [-eta * lam, mu]])
    kick = np.array([[1.0, 1.0], [1.0, 1.0]]) * (eta * 0.7) ** 2
    expected = lyapunov(transition, kick)[0, 0]
    assert momentum_variance.predict(eta=eta, lam=lam, sigma=0.7, mu=mu) == pytest.approx(expected, rel=1e-10)


def test_momentum_is_stable_beyond_the_plain_bound():
    assert momentum_variance.predict(eta=1.5, lam=2.0, sigma=1.0, mu=0.9) > 0
    assert np.isnan(momentum_variance.predict_control("no momentum", eta=1.5, lam=2.0, sigma=1.0, mu=0.9))


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize(("eta", "lam"), CELLS)
def test_stable_scales_are_brute_force_sums(eta, lam, alpha):
    for claim, difference in ((stable_scale, 0.0), (anticorrelated_stable_scale, 1.0)):
        psi = response(eta, lam, difference=difference)
        expected = 0.3 * np.sum(np.abs(psi) ** alpha) ** (1 / alpha)
        assert claim.predict(eta=eta, lam=lam, gamma=0.3, alpha=alpha) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("eta", "lam"), CELLS)
def test_anticorrelated_variance_is_the_lyapunov_solution(eta, lam):
    transition = np.array([[1 - eta * lam, eta], [0.0, 0.0]])
    kick = np.array([-eta, 1.0])
    expected = lyapunov(transition, 0.49 * np.outer(kick, kick))[0, 0]
    assert anticorrelated_variance.predict(eta=eta, lam=lam, sigma=0.7) == pytest.approx(expected, rel=1e-12)


def test_anticorrelated_transition_is_at_alpha_one():
    def ratio(alpha, eta):
        return anticorrelated_stable_scale.predict(eta=eta, lam=1.0, gamma=1.0, alpha=alpha) / eta

    assert ratio(1.0, 0.3) == pytest.approx(2, rel=1e-12)
    assert ratio(1.0, 0.003) == pytest.approx(2, rel=1e-12)
    assert 1 < ratio(1.5, 1e-6) < 1.01
    assert ratio(0.7, 1e-6) > ratio(0.7, 1e-3) > 10


@pytest.mark.parametrize("alpha", [0.6, 1.0, 1.7, 2.0])
@pytest.mark.parametrize("mu", [0.0, 0.6, 0.95])
@pytest.mark.parametrize(
    ("colour", "difference", "rho"),
    [("white", 0, 0), ("differenced", 1, 0), ("ar1:0.8", 0, 0.8), ("ar1:-0.5", 0, -0.5)],
)
def test_filter_scale_is_a_brute_force_sum(alpha, mu, colour, difference, rho):
    psi = response(0.2, 1.5, mu, difference, rho)
    expected = 0.3 * np.sum(np.abs(psi) ** alpha) ** (1 / alpha)
    inputs = {"eta": 0.2, "lam": 1.5, "gamma": 0.3, "alpha": alpha, "mu": mu, "colour": colour}
    assert filter_scale.predict(**inputs) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("eta", "lam"), [*CELLS, (1e-6, 1.0)])
def test_filter_scale_contains_the_scalar_claims(eta, lam):
    for alpha in (0.5, 1.0, 1.9):
        inputs = {"eta": eta, "lam": lam, "gamma": 0.4, "alpha": alpha}
        for colour, claim in (("white", stable_scale), ("differenced", anticorrelated_stable_scale)):
            found = filter_scale.predict(**inputs, mu=0, colour=colour)
            assert found == pytest.approx(claim.predict(**inputs), rel=1e-9)
    gaussian = {"eta": eta, "lam": lam, "gamma": 0.4, "alpha": 2.0}
    sigma = 0.4 * np.sqrt(2)  # alpha = 2 has variance 2 gamma^2
    for mu, colour, value in (
        (0.0, "white", variance.predict(eta=eta, lam=lam, sigma=sigma)),
        (0.0, "differenced", anticorrelated_variance.predict(eta=eta, lam=lam, sigma=sigma)),
        (0.9, "white", momentum_variance.predict(eta=eta, lam=lam, sigma=sigma, mu=0.9)),
    ):
        assert 2 * filter_scale.predict(**gaussian, mu=mu, colour=colour) ** 2 == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.0])
@pytest.mark.parametrize(
    "denominator", [[1, -0.5], [1, -1.8, 0.81], [1, -1.2, 0.9], [1, -2.7, 2.43, -0.729], [1, 0.9], [1]], ids=str
)
def test_power_sum_with_single_double_triple_and_complex_roots(alpha, denominator):
    impulse = np.zeros(20_000)
    impulse[0] = 1
    for numerator in ([1.0], [0.0, 0.5], [1.0, -0.7]):
        expected = np.sum(np.abs(signal.lfilter(numerator, denominator, impulse)) ** alpha)
        assert power_sum(numerator, denominator, alpha) == pytest.approx(expected, rel=1e-8)


def test_power_sum_knows_what_it_left_out():
    a = 1 - 1e-9
    assert power_sum([1.0], [1, -a], 1.5) == pytest.approx(1 / -np.expm1(1.5 * np.log(a)), rel=1e-6)
    with pytest.raises(InputError, match="too slowly"):
        power_sum([1.0], [1, -1.0], 1.5)


def test_shuffled_variance_by_enumerating_permutations():
    """Four batches with fixed noises that add up to zero, in every order: the stationary variance of the affine map."""
    eta, lam, noises = 0.3, 1.4, np.array([1.0, -0.4, 0.3, -0.9])
    a = 1 - eta * lam
    kicks = [-eta * sum(a ** (3 - j) * xi for j, xi in enumerate(order)) for order in permutations(noises)]
    expected = np.mean(np.square(kicks)) / (1 - a**8)
    sigma = np.sqrt(np.mean(noises**2))
    assert np.mean(kicks) == pytest.approx(0, abs=1e-12)
    assert shuffled_variance.predict(eta=eta, lam=lam, sigma=sigma, M=4) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("eta", "lam"), CELLS)
@pytest.mark.parametrize("M", [2, 3, 10, 200])
def test_shuffled_variance_is_a_quadratic_form(eta, lam, M):
    weights = (1 - eta * lam) ** np.arange(M)[::-1]
    shared = 0.49 * M / (M - 1) * (np.eye(M) - 1 / M)
    expected = eta**2 * weights @ shared @ weights / (1 - (1 - eta * lam) ** (2 * M))
    assert shuffled_variance.predict(eta=eta, lam=lam, sigma=0.7, M=M) == pytest.approx(expected, rel=1e-8)


def test_shuffled_variance_in_flat_directions():
    """lam -> 0: eta^3 s^2 lam M (M+1)/24, where independent batches give eta s^2/(2 lam)."""
    value = shuffled_variance.predict(eta=0.1, lam=1e-4, sigma=1.0, M=10)
    assert value == pytest.approx(0.1**2 * 0.1 * 1e-4 * 110 / 24, rel=1e-3)


@pytest.mark.parametrize(("s0", "s1"), [(0.5, 0.3), (1.0, 1.1)])
def test_state_dependent_variance_iterates_to_its_fixed_point(s0, s1):
    eta, lam, v = 0.3, 1.5, 0.0
    for _ in range(5000):
        v = (1 - eta * lam) ** 2 * v + eta**2 * (s0**2 + s1**2 * v)
    assert state_dependent_variance.predict(eta=eta, lam=lam, s0=s0, s1=s1) == pytest.approx(v, rel=1e-12)


def test_readings_are_second_moments_of_their_laws():
    eta, lam, s0, s1 = 0.2, 1.3, 0.8, 0.9

    def moment(law):
        def integral(n):
            return integrate.quad(lambda x: x**n * law(x), -np.inf, np.inf, epsabs=0, epsrel=1e-11)[0]

        return integral(2) / integral(0)

    def diffusion(x):
        return eta * (s0**2 + s1**2 * x**2) / 2

    d1 = eta * s1**2 / 2
    inputs = {"eta": eta, "lam": lam, "s0": s0, "s1": s1}
    for nu, value in (
        (1.0, state_dependent_variance.predict_control("ito sde", **inputs)),
        (0.5, stratonovich_variance.predict(**inputs)),
        (0.0, note_24.predict(**inputs)),
    ):
        assert moment(lambda x, nu=nu: diffusion(x) ** (-lam / (2 * d1) - nu)) == pytest.approx(value, rel=1e-8)
    printed = moment(lambda x: (s0**2 + s1**2 * x**2) ** -0.5 * np.exp(-lam * x**2 / eta))
    assert note_29.predict(**inputs) == pytest.approx(printed, rel=1e-8)


def test_ito_is_the_limit_and_the_others_are_not():
    inputs = {"eta": 1e-4, "lam": 1.0, "s0": 0.5, "s1": 80.0}  # eta*s1^2 of order one: the readings stay apart
    value = state_dependent_variance.predict(**inputs)
    assert state_dependent_variance.predict_control("ito sde", **inputs) == pytest.approx(value, rel=1e-3)
    for name in ("stratonovich", "anti-ito, note 24", "note 29", "constant noise"):
        assert abs(state_dependent_variance.predict_control(name, **inputs) / value - 1) > 0.2


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_controls_are_wrong_somewhere(claim):
    cells = {
        "eta": 0.4,
        "lam": 1.1,
        "sigma": 0.7,
        "gamma": 0.7,
        "alpha": 1.4,
        "mu": 0.6,
        "M": 6,
        "s0": 0.8,
        "s1": 0.5,
        "colour": "ar1:0.5",
        "H": [[1.0, 0.3], [0.3, 0.5]],
        "C": [[1.0, 0.5], [0.5, 0.4]],
    }
    inputs = {i.name: cells[i.name] for i in claim.inputs}
    value, margin = claim.predict(**inputs), claim.absolute_margin(**inputs)
    for control in claim.controls:
        assert np.any(np.abs(claim.predict_control(control.name, **inputs) - value) > 2 * margin), control.name
        assert len(control.reason) > 10
