r"""Noise as an algebra, law x colour x shape x schedule, each an optax transformation for anyone's training loop.

    optimizer = optax.chain(noise.differenced(noise.stable(alpha=1.5, gamma=0.1, seed=0)), optax.sgd(eta))

The noise is added to the updates where it stands in the chain: before the learning rate it is in gradient units, after
it in parameter units. `replicate=r` draws the numbers of an ensemble's lane r; `.at(seed, replicates)` addresses lanes.
Two noises of one seed in one chain draw independent numbers; the first draws what it draws alone (see `Noise`).
Numbers may be traced; elements count in tree-flatten order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theorylab.noise import long_memory
from theorylab.noise.colour import AR1, Differenced
from theorylab.noise.labels import Labels
from theorylab.noise.law import Gaussian, Stable
from theorylab.noise.minibatch import Minibatch, MinibatchState, minibatch
from theorylab.noise.names import NAMES, gain, label_noise, named
from theorylab.noise.process import Noise, NoiseState
from theorylab.noise.shape import called
from theorylab.noise.shape import covariance as _covariance
from theorylab.noise.size import Annealed, Clipped, StateDependent, Truncated, fired

__all__ = [
    "NAMES", "Labels", "Minibatch", "MinibatchState", "Noise", "NoiseState", "annealed", "ar1", "clipped", "covariance",
    "differenced", "fired", "fractional", "gain", "gaussian", "label_noise", "minibatch", "named", "none", "stable",
    "state_dependent", "truncated",
]  # fmt: skip


def gaussian(sigma: Any, seed: Any = 0, replicate: Any = 0, shape: str = "independent") -> Noise:
    """White Gaussian noise of standard deviation `sigma` >= 0 per coordinate.

    Args:
        sigma: standard deviation, in the units of the place in the chain.
        seed: integer of up to 64 bits, or a JAX key.
        replicate: whose numbers to draw.
        shape: "independent" or "isotropic" (the same law here).

    Raises:
        InputError: sigma negative or not finite, shape unknown, seed or replicate no integer.

    >>> import jax.numpy as jnp
    >>> from theorylab import noise
    >>> process, params = noise.gaussian(sigma=0.1, seed=1), jnp.zeros(100_000)
    >>> updates, _ = process.update(params, process.init(params))
    >>> print(f"{updates.std():.3f}")
    0.100
    """
    return Noise(Gaussian(sigma), called(shape), (), seed, replicate)


def stable(alpha: Any, gamma: Any, seed: Any = 0, replicate: Any = 0, shape: str = "independent") -> Noise:
    r"""White symmetric stable noise, E exp(iu xi) = exp(-\|gamma u\|^alpha), 0 < alpha <= 2, gamma >= 0.

    At alpha = 2 the variance is 2 gamma^2. `shape="isotropic"` gives every direction of parameter space the same law
    (one big jump moves all coordinates); "independent" lets coordinates jump alone. They differ for alpha < 2.

    Raises:
        InputError: alpha or gamma out of range, shape unknown, seed or replicate no integer.

    >>> import jax.numpy as jnp
    >>> from theorylab import measure, noise
    >>> process, params = noise.stable(alpha=1.5, gamma=0.1, seed=1), jnp.zeros(100_000)
    >>> updates, _ = process.update(params, process.init(params))
    >>> print(f"{measure.log_scale(updates, alpha=1.5).value:.3f}")
    0.100
    """
    return Noise(Stable(alpha, gamma), called(shape), (), seed, replicate)


def none() -> Noise:
    """No noise.

    >>> import jax.numpy as jnp
    >>> from theorylab import noise
    >>> noise.none().update(jnp.ones(2), noise.none().init(jnp.ones(2)))[0].tolist()
    [1.0, 1.0]
    """
    return Noise(None)


def differenced(base: Noise) -> Noise:
    """xi_k = zeta_k - zeta_{k-1}, zeta from `base`, zeta_{-1} = 0: anti-correlated; the scale is zeta's.

    >>> from theorylab import noise
    >>> noise.differenced(noise.gaussian(sigma=1.0)).impulse_response(4).tolist()
    [1.0, -1.0, 0.0, 0.0]
    """
    return base.then(Differenced())


def ar1(base: Noise, rho: Any) -> Noise:
    """xi_k = rho xi_{k-1} + zeta_k, zeta from `base`, xi_{-1} = 0, |rho| < 1; the scale is zeta's.

    >>> from theorylab import noise
    >>> noise.ar1(noise.stable(alpha=1.5, gamma=1.0), rho=0.5).impulse_response(4).tolist()
    [1.0, 0.5, 0.25, 0.125]
    """
    return base.then(AR1(rho))


def fractional(base: Noise, H: Any) -> Noise:
    """Fractional noise of Hurst exponent H with innovations from `base` (see `theorylab.noise.long_memory`).

    Over Gaussian innovations it is fractional Gaussian noise, 0.01 <= H <= 0.99; over stable ones d = H - 1/alpha lies
    in -0.49 <= d < 1 - 1/alpha.

    Raises:
        InputError: H out of that range.

    >>> from theorylab import noise
    >>> noise.fractional(noise.gaussian(sigma=1.0), H=0.7)
    fractional(gaussian(sigma=1), H=0.7)
    """
    return base if base.law is None else base.then(long_memory.fractional(H, base.stability_index))


def covariance(base: Noise, C: Any) -> Noise:
    """Innovations with covariance sigma^2 C over all elements in tree-flatten order (C symmetric, >= 0, d x d).

    Over a stable base: the same linear map of an isotropic stable vector,
    E exp(iu.zeta) = exp(-(gamma^2 u^T C u)^{alpha/2}). Colours and schedules of `base` act afterwards.

    Raises:
        InputError: C not square, symmetric and positive semidefinite, or of another size than the parameters.

    >>> import jax.numpy as jnp
    >>> from theorylab import noise
    >>> process = noise.covariance(noise.gaussian(sigma=0.5), [[1.0, 1.0], [1.0, 1.0]])
    >>> one, other = process.update(jnp.zeros(2), process.init(jnp.zeros(2)))[0]
    >>> bool(jnp.isclose(one, other))
    True
    """
    return base if base.law is None else Noise(base.law, _covariance(C), base.stages, base.seed, base.replicate)


def state_dependent(base: Noise, by: Callable[[Any], Any]) -> Noise:
    """by(params) times `base`: one array or a tree like params, of the parameters before the step (Ito).

    >>> import jax.numpy as jnp
    >>> from theorylab import noise
    >>> process, params = noise.state_dependent(noise.gaussian(sigma=1.0), lambda p: p), jnp.array([0.0, 2.0])
    >>> updates, _ = process.update(jnp.zeros(2), process.init(params), params)
    >>> (updates != 0).tolist()
    [False, True]
    """
    return base.then(StateDependent(by))


def annealed(base: Noise, schedule: Callable[[Any], Any]) -> Noise:
    """schedule(k) times `base` at step k = 0, 1, ...; any optax schedule.

    >>> import jax.numpy as jnp
    >>> from theorylab import noise
    >>> process = noise.annealed(noise.gaussian(sigma=1.0), lambda k: jnp.where(k < 1, 1.0, 0.0))
    >>> first, state = process.update(jnp.zeros(3), process.init(jnp.zeros(3)))
    >>> second, state = process.update(jnp.zeros(3), state)
    >>> bool(first.any()), bool(second.any())
    (True, False)
    """
    return base.then(Annealed(schedule))


def clipped(base: Noise, at: Any) -> Noise:
    """Each coordinate of `base` moved into [-at, at]; `fired(state)` counts the moves.

    >>> import jax.numpy as jnp
    >>> from theorylab import noise
    >>> process, params = noise.clipped(noise.stable(alpha=1.0, gamma=1.0), at=2.0), jnp.zeros(1000)
    >>> updates, _ = process.update(params, process.init(params))
    >>> float(abs(updates).max())
    2.0
    """
    return base.then(Clipped(at))


def truncated(base: Noise, at: Any) -> Noise:
    """Each coordinate of `base` beyond `at` in size set to 0; `fired(state)` counts them.

    >>> import jax.numpy as jnp
    >>> from theorylab import noise
    >>> process, params = noise.truncated(noise.stable(alpha=1.0, gamma=1.0), at=2.0), jnp.zeros(1000)
    >>> updates, state = process.update(params, process.init(params))
    >>> int((updates == 0).sum()) == int(noise.fired(state))
    True
    """
    return base.then(Truncated(at))
