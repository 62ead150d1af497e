"""`claim.jax` is the formula inside of one's own traced functions; `predict` of a traced value names it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from models.quadratic.claims.covariance import covariance
from models.quadratic.claims.variance import variance
from theorylab.errors import InputError
from theorylab.theory import Claim, exact
from theorylab.theory.derivation import differentiate
from theorylab.theory.symbols import eta, lam


def slopes():
    one = yield differentiate("by lam", eta * lam**2, lam)
    two = yield differentiate("by eta", eta**2 * lam, eta)
    return {"lam": one, "eta": two}


pair = Claim("toy.slopes", "Slopes.", (eta, lam), True, slopes, exact(), "here")
RATES = np.array([0.1, 0.5, 1.2])


def test_under_jit_grad_and_vmap():
    def loss(rate):
        return (variance.jax(eta=rate, lam=1.0, sigma=0.5) - 0.05) ** 2

    with jax.enable_x64(True):
        expected = variance.predict(eta=RATES.tolist(), lam=1.0, sigma=0.5)
        np.testing.assert_allclose(variance.jax(eta=RATES, lam=1.0, sigma=0.5), expected, rtol=1e-12)
        mapped = jax.jit(jax.vmap(lambda e: variance.jax(eta=e, lam=1.0, sigma=0.5)))
        np.testing.assert_allclose(mapped(RATES), expected)
        h = 1e-6
        nearby = [(variance.predict(eta=0.3 + x, lam=1.0, sigma=0.5) - 0.05) ** 2 for x in (-h, h)]
        assert float(jax.jit(jax.grad(loss))(0.3)) == pytest.approx((nearby[1] - nearby[0]) / (2 * h), rel=1e-6)
    assert variance.jax(eta=0.1, lam=jnp.float32(1), sigma=1.0).dtype == jnp.float32


def test_a_dict_of_formulas_is_a_dict_of_arrays():
    found = jax.jit(lambda e: pair.jax(eta=e, lam=3.0))(0.5)
    assert {k: float(v) for k, v in found.items()} == pair.predict(eta=0.5, lam=3.0) == {"lam": 3.0, "eta": 3.0}


def test_refusals_are_one_line_that_names_the_way():
    with pytest.raises(InputError, match=r"claim quadratic.variance: eta is traced by JAX .* claim\.jax\(\.\.\.\)"):
        jax.jit(lambda e: variance.predict(eta=e, lam=1.0, sigma=0.5))(0.1)
    with pytest.raises(InputError, match=r"eta is traced by JAX"):
        jax.grad(lambda e: variance.predict(eta=[e, 0.2], lam=1.0, sigma=0.5))(0.1)
    with pytest.raises(InputError, match="unknown argument 'lma'; did you mean 'lam'"):
        variance.jax(eta=0.1, lma=1.0, sigma=0.5)
    with pytest.raises(InputError, match="missing sigma"):
        variance.jax(eta=0.1, lam=1.0)
    with pytest.raises(InputError, match=r"claim quadratic\.covariance has no closed formula in scalar inputs"):
        covariance.jax(eta=0.1, H=jnp.eye(2), C=jnp.eye(2))


def test_arrays_of_jax_predict_each_element():
    np.testing.assert_allclose(
        variance.predict(eta=jnp.array([0.25, 0.5]), lam=1.0, sigma=1.0),
        variance.predict(eta=[0.25, 0.5], lam=1.0, sigma=1.0),
    )


def test_a_notebook_shows_sentence_formula_domain_and_derivation():
    shown = variance._repr_html_()
    assert "<math" in shown
    assert "stationary variance" in shown
    assert "0 &lt; eta*lam &lt; 2" in shown
    assert shown.count("<details>") == 2
    assert all(step.why in shown for step in variance.derived.steps)
    assert variance._repr_latex_() == rf"$\displaystyle {variance.latex}$"
    assert repr(variance).startswith("<claim quadratic.variance: Under white Gaussian")
