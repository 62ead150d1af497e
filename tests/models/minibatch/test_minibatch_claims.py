"""Claims about batch noise against exact enumeration of every batch."""

from itertools import combinations, permutations, product

import numpy as np
import pytest

from models.minibatch.claims.covariance import covariance_factor, note_17, note_last_page
from models.minibatch.claims.noise_scale import noise_scale
from models.minibatch.claims.sums import accumulated_variance, batch_kurtosis, note_18, note_19
from theorylab.errors import InputError

CLAIMS = [
    accumulated_variance,
    batch_kurtosis,
    covariance_factor,
    noise_scale,
    note_17,
    note_18,
    note_19,
    note_last_page,
]


def gradients(n, d=2):
    return np.random.default_rng(n).normal(size=(n, d)) ** 3


def batches(n, B, scheme):
    return product(range(n), repeat=B) if scheme == "with" else combinations(range(n), B)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_every_step_is_verified(claim):
    assert not [f"{c.why}: {c.detail}" for c in claim.check() if not c.ok]


@pytest.mark.parametrize("scheme", ["with", "without"])
@pytest.mark.parametrize(("n", "B"), [(2, 1), (5, 3), (6, 3), (6, 6)])
def test_covariance_factor_by_enumeration(n, B, scheme):
    g = gradients(n)
    deviation = g - g.mean(0)
    empirical = deviation.T @ deviation / n
    noise = np.array([g[list(chosen)].mean(0) - g.mean(0) for chosen in batches(n, B, scheme)])
    measured = noise.T @ noise / len(noise)
    factor = covariance_factor.predict(n=n, B=B, scheme=scheme)
    np.testing.assert_allclose(measured, factor * empirical, rtol=1e-10, atol=1e-13)
    other = note_last_page.predict(n=n, B=B) if scheme == "with" else note_17.predict(n=n, B=B)
    assert covariance_factor.predict_control("note, last page", n=n, B=B, scheme=scheme) == pytest.approx(other)


def test_more_than_the_data_set_only_with_replacement():
    assert covariance_factor.predict(n=4, B=9, scheme="with") == pytest.approx(1 / 9)
    with pytest.raises(InputError, match="n=4, B=9, scheme='without' breaks: B <= n when scheme is without"):
        covariance_factor.predict(n=4, B=9, scheme="without")
    with pytest.raises(InputError, match="scheme='shuffled' is not one of with, without"):
        covariance_factor.predict(n=4, B=2, scheme="shuffled")


def test_noise_scale_on_a_data_set():
    g = gradients(7, 3) + 0.5
    mean, deviation = g.mean(0), g - g.mean(0)
    covariance = deviation.T @ deviation / len(g)
    found = noise_scale.predict(Sigma=covariance, g=mean)
    assert found["noise_scale"] == pytest.approx(np.trace(covariance) / (mean @ mean))
    assert found["kappa"] == pytest.approx(np.mean(np.sum(g**2, 1)) / (mean @ mean))
    with pytest.raises(InputError, match=r"g=\[0.0, 0.0, 0.0\] breaks: g is not zero"):
        noise_scale.predict(Sigma=covariance, g=[0, 0, 0])
    with pytest.raises(InputError, match="one size"):
        noise_scale.predict(Sigma=covariance, g=[1, 2])


@pytest.mark.parametrize("B", [1, 2, 4])
def test_kurtosis_by_enumeration(B):
    x = gradients(5, 1)[:, 0]
    x = x - x.mean()
    one = np.mean(x**4) / np.mean(x**2) ** 2 - 3
    noise = np.array([x[list(chosen)].mean() for chosen in product(range(5), repeat=B)])
    measured = np.mean(noise**4) / np.mean(noise**2) ** 2 - 3
    assert batch_kurtosis.predict(B=B, kappa4=one) == pytest.approx(measured, rel=1e-10)
    assert note_18.predict(B=B, kappa4=one) == 0
    assert note_18.absolute_margin(B=B, kappa4=one) == pytest.approx(0.1 * abs(one) / B)


def test_accumulated_variance_by_enumeration():
    x = gradients(3, 1)[:, 0]
    x = x - x.mean()
    v, eta, B, steps = np.mean(x**2), 0.1, 2, 3
    noise = [x[list(chosen)].mean() for chosen in product(range(3), repeat=B)]
    sums = np.array([eta * sum(path) for path in product(noise, repeat=steps)])
    inputs = {"eta": eta, "t": steps * eta, "B": B, "v": v}
    assert accumulated_variance.predict(**inputs) == pytest.approx(np.mean(sums**2), rel=1e-10)
    assert note_19.predict(**inputs) == pytest.approx(B * np.mean(sums**2), rel=1e-10)
    epoch = [eta * (x[order[0]] + x[order[1]] + x[order[2]]) for order in permutations(range(3))]
    np.testing.assert_allclose(epoch, 0, atol=1e-12)  # shuffled by epoch nothing accumulates
    with pytest.raises(InputError, match=r"eta=0.1, t=0.05 is outside t >= eta"):
        accumulated_variance.predict(**(inputs | {"t": 0.05}))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
def test_controls_are_wrong_somewhere(claim):
    cells = {
        "n": 9,
        "B": 4,
        "scheme": "with",
        "Sigma": [[2.0, 0.3], [0.3, 0.5]],
        "g": [2.0, 0.3],
        "kappa4": 3.0,
        "eta": 0.1,
        "t": 0.7,
        "v": 0.4,
    }
    inputs = {i.name: cells[i.name] for i in claim.inputs}
    value, margin = claim.predict(**inputs), claim.absolute_margin(**inputs)
    parts = (lambda x: np.array(list(x.values()))) if isinstance(value, dict) else np.asarray
    for control in claim.controls:
        wrong = parts(claim.predict_control(control.name, **inputs))
        assert np.any(np.abs(wrong - parts(value)) > 2 * parts(margin)), control.name
