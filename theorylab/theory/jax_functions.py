"""The special functions that sympy's JAX printer lacks or prints as Python's `math`, from `jax.scipy.special`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def table() -> dict[str, Callable[..., Any]]:
    """Printed name -> JAX function."""
    import jax
    import jax.numpy as jnp
    from jax.scipy import special

    def gamma(x: Any) -> Any:
        return special.gamma(x)

    def besseli(order: Any, x: Any) -> Any:
        r"""I_n(x) = 1/pi int_0^pi exp(x cos t) cos(n t) dt for integer n, by the trapezoid rule."""
        n = abs(int(order))
        if n == 0:
            return special.i0(x)
        if n == 1:
            return special.i1(x)
        angle = 2 * jnp.pi * jnp.arange(512) / 512
        x = jnp.asarray(x)
        return (jnp.exp(x[..., None] * jnp.cos(angle)) * jnp.cos(n * angle)).mean(-1)

    def besselk(order: Any, x: Any) -> Any:
        r"""K_n(x) = int_0^oo exp(-x cosh t) cosh(n t) dt by the trapezoid rule, cut where the integrand is e^-45 K."""
        x = jnp.asarray(x, jnp.result_type(float))
        end = jax.lax.stop_gradient(jnp.arccosh(1 + 45 / x))
        t = end[..., None] * jnp.linspace(0, 1, 257)
        values = jnp.exp(-x[..., None] * jnp.cosh(t)) * jnp.cosh(order * t)
        return (values.sum(-1) - values[..., 0] / 2) * end / 256

    def zeta(x: Any, q: Any = 1.0) -> Any:
        return special.zeta(x, jnp.asarray(q, jnp.result_type(float)))

    return {
        "erf": special.erf,
        "erfc": special.erfc,
        "gamma": gamma,
        "loggamma": special.gammaln,
        "beta": lambda a, b: jnp.exp(special.gammaln(a) + special.gammaln(b) - special.gammaln(a + b)),
        "digamma": special.digamma,
        "polygamma": lambda n, x: special.digamma(x) if n == 0 else special.polygamma(n, x),
        "lowergamma": lambda a, x: special.gammainc(a, x) * gamma(a),
        "uppergamma": lambda a, x: special.gammaincc(a, x) * gamma(a),
        "factorial": lambda x: gamma(x + 1),
        "binomial": lambda n, k: jnp.exp(
            special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)
        ),
        "besseli": besseli,
        "besselk": besselk,
        "zeta": zeta,
    }
