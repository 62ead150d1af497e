"""The whole argument of the lab in one file, no engine imported: python minimal.py

SGD on a quadratic, theta <- theta - eta (lam theta + xi), under Gaussian, stable and anti-correlated noise xi: derive
the stationary spread with sympy, predict a number, simulate, and let a test decide that could have said no.
"""

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from scipy import stats

MARGIN, LEVEL = 0.02, 0.01  # agreement means: within 2 %, at most 1 % wrong decisions on either side
eta, lam, sigma, gamma, alpha, a = sp.symbols("eta lam sigma gamma alpha a", positive=True)


# --- derive -----------------------------------------------------------------------------------------------------------
def derive():
    """Stationary laws from the update itself."""
    theta, zeta, V = sp.symbols("theta zeta V")
    k = sp.Symbol("k", integer=True, nonnegative=True)
    step = theta - eta * (sp.diff(lam * theta**2 / 2, theta) + zeta)

    # white Gaussian noise: E theta'^2 = E theta^2, with E zeta = 0 and E zeta^2 = sigma^2
    second = sp.expand(step**2).subs(theta * zeta, 0).subs({theta**2: V, zeta**2: sigma**2})
    white = sp.solve(sp.Eq(V, second), V)[0]

    # a filter theta = sum_k psi_k zeta_(-k): the characteristic functions multiply, scale^p = gamma^p sum_k |psi_k|^p
    def filtered(first, later, p):
        r, ratio = sp.Symbol("r", positive=True), sp.simplify(later.subs(k, k + 1) / later) ** p
        series = sp.summation(r**k, (k, 0, sp.oo)).args[0][0]  # 1/(1-r), the branch r < 1
        return (first**p + later.subs(k, 1) ** p * series.subs(r, ratio)).subs(a, 1 - eta * lam)

    difference = (1 - a) * a ** (k - 1)  # |a^k - a^(k-1)|: the response to zeta_k - zeta_(k-1)
    stable = gamma * eta * filtered(sp.Integer(1), a**k, alpha) ** (1 / alpha)
    anti = sigma**2 * eta**2 * filtered(sp.Integer(1), difference, sp.Integer(2))
    anti_stable = gamma * eta * filtered(sp.Integer(1), difference, alpha) ** (1 / alpha)
    return white, stable, anti, anti_stable


# --- simulate ---------------------------------------------------------------------------------------------------------
def stable_draws(key, index, shape):
    """Chambers, Mallows, Stuck (1976): characteristic function exp(-|u|^index)."""
    one, two = jax.random.split(key)
    angle = jnp.pi * (jax.random.uniform(one, shape, jnp.float64) - 0.5)
    weight = jax.random.exponential(two, shape, jnp.float64)
    ratio = jnp.cos((1 - index) * angle) / weight
    return jnp.sin(index * angle) / jnp.cos(angle) ** (1 / index) * ratio ** ((1 - index) / index)


def train(draw, coloured, rate=0.2, curvature=1.0, replicates=150_000, steps=100, seed=0):
    """End points of `replicates` independent runs."""

    def update(state, key):
        theta, previous = state
        zeta = draw(key, (replicates,))
        gradient = jax.grad(lambda x: 0.5 * curvature * (x**2).sum())(theta)
        return (theta - rate * (gradient + zeta - (previous if coloured else 0)), zeta), None

    zeros = jnp.zeros(replicates, jnp.float64)
    (theta, _), _ = jax.lax.scan(update, (zeros, zeros), jax.random.split(jax.random.key(seed), steps))
    return np.asarray(theta)


# --- judge ------------------------------------------------------------------------------------------------------------
def judge(values, predicted):
    """Agrees if the whole interval of the mean lies within the margin, disagrees if it lies outside, else undecided."""
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
    reach = stats.t.ppf(1 - LEVEL, len(values) - 1) * error
    low, high = (mean - reach) / predicted - 1, (mean + reach) / predicted - 1
    outcome = (
        "agrees"
        if max(abs(low), abs(high)) < MARGIN
        else "disagrees"
        if min(abs(low), abs(high)) > MARGIN and low * high > 0
        else "undecided"
    )
    return outcome, mean, error


def main():
    """Print the verdict on each formula, and on the wrong one that somebody would believe."""
    jax.config.update("jax_enable_x64", True)
    white, stable, anti, anti_stable = derive()
    at = {eta: 0.2, lam: 1.0, sigma: 0.5, gamma: 0.5, alpha: 1.5}
    sde = sigma**2 * eta / (2 * lam)
    log = float(sp.EulerGamma) * (1 / 1.5 - 1)  # E log|X| = log scale + euler (1/alpha - 1)
    heavy = lambda key, shape: 0.5 * stable_draws(key, 1.5, shape)
    normal = lambda key, shape: 0.5 * jax.random.normal(key, shape, jnp.float64)
    cases = (
        ("Gaussian", "variance", train(normal, False) ** 2, white, sde),
        ("stable, alpha = 1.5", "scale", np.exp(-log) * np.abs(train(heavy, False)), stable, sp.sqrt(sde)),
        ("anti-correlated", "variance", train(normal, True) ** 2, anti, white),
        ("anti-correlated stable", "scale", np.exp(-log) * np.abs(train(heavy, True)), anti_stable, stable),
    )
    for noise, quantity, values, formula, wrong in cases:
        for word, expression in (("theory", formula), ("control", wrong)):
            target = float(expression.subs(at))
            if quantity == "scale":  # a stable law has no variance, and below alpha = 1 no mean: judge E log|theta|
                outcome, mean, error = judge(1 + np.log(values / target), 1.0)
                mean, error = target * np.exp(mean - 1), target * np.exp(mean - 1) * error
            else:
                outcome, mean, error = judge(values, target)
            print(
                f"{noise:<24}{quantity:<10}{word:<9}predicted {target:.5f} measured {mean:.5f} +- {error:.5f} {outcome}"
            )


if __name__ == "__main__":
    main()
