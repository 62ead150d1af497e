r"""Two learning rates side by side, eta and eta/2 from one start: together they are free of the error of order eta.

.. math:: u_\eta(t) = u(t) + \eta\,e(t) + O(\eta^2) \quad\Rightarrow\quad 2u_{\eta/2}(t) - u_\eta(t) = u(t) + O(\eta^2)

Parameters are {"coarse": those of eta, "fine": those of eta/2}. A run has twice the steps that the coarse network needs
for the horizon: look j of the coarse one is at the time of look 2j + 1 of the fine one.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax

from models.deep_linear.matrices.network import loss, strengths, teacher
from theorylab import Ensemble, measure, noise
from theorylab.train import Clock, observe


def both(init: Any) -> Any:
    """`init` for both networks, with the same numbers."""

    def doubled(draw: Any, c: Any) -> dict[str, Any]:
        start = init(draw, c)
        return {"coarse": start, "fine": start}

    return doubled


def summed(one: Any) -> Any:
    """The two networks' losses added: neither feels the other."""
    return lambda params, c, *batch: one(params["coarse"], c, *batch) + one(params["fine"], c, *batch)


summed_loss = summed(loss)  # of the matrices


def halving(c: Any) -> optax.GradientTransformation:
    """Gradient descent with eta for the coarse network and eta/2 for the fine one."""

    def update(grads: Any, _: Any) -> Any:
        sizes = {"coarse": -c.eta, "fine": -c.eta / 2}
        return {name: jax.tree.map(lambda g, size=size: size * g, grads[name]) for name, size in sizes.items()}

    return optax.stateless(update)


# `looks` of them in `horizon` for the coarse network, twice as many for the fine one, which is half as fast
clock = Clock[Any](end=lambda c: 2 * c.horizon, snapshots=lambda c: 2 * c.looks)


def ensemble(init: Any, data: Any = teacher, seen: Any = None) -> Ensemble:
    """Both networks from `init` on the teacher of `data`, under the noise that the cell names; observed are `seen`.

    By default these are the `curves` of the modes' strengths.
    """
    return Ensemble(
        loss=summed_loss,
        data=data,
        init=both(init),
        noise=noise.named,
        rule=halving,
        observe=curves if seen is None else seen,
        clock=clock,
    )


def times(c: Any) -> np.ndarray:
    """Times of the looks: (looks,)."""
    return (1 + np.arange(c.looks)) * clock.lengths(c)[1] * c.eta


def reached(network: str, mode: int) -> Any:
    """Whether a network has learned half of a mode: (lanes,)."""
    return lambda params, c: strengths(params[network], c)[mode] >= c.s[mode] / 2


def traced(f: Any) -> dict[str, Any]:
    """Traces of f(params, c) of both networks."""
    return {name: observe.trace(lambda params, c, name=name: f(params[name], c)) for name in ("coarse", "fine")}


curves = traced(strengths)


def strength(data: Any, c: Any) -> np.ndarray:
    """Extrapolated values of `traced`, of the strengths for one: (replicate, look, mode)."""
    return 2 * data["fine"].values[:, 1::2] - data["coarse"].values[:, : c.looks]


def half_times_by_step(data: Any, c: Any) -> np.ndarray:
    """Extrapolated times of half strength, in the middle of the step that passes it: (replicate, mode)."""
    passed = {n: np.stack([data[f"{n}_half_{i}"].values for i in range(len(c.s))], -1) for n in ("coarse", "fine")}
    steps = {n: np.where(k < 0, np.nan, k - 0.5) for n, k in passed.items()}
    return 2 * steps["fine"] * c.eta / 2 - steps["coarse"] * c.eta


def half_times_by_look(data: Any, c: Any, s: np.ndarray) -> np.ndarray:
    """Times of half strength of the extrapolated network: (replicate, mode)."""
    return crossings(strength(data, c), s, times(c))


def crossings(u: np.ndarray, s: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Times at which u (replicate, look, mode) passes s/2; NaN where it does not.

    At depth 2 ln(u/(s-u)) is a straight line between the looks, which are evenly spaced.
    """
    u = np.clip(u, 1e-6 * s, (1 - 1e-6) * s)
    odds = np.log(u / (s - u))
    after = np.maximum(np.argmax(odds > 0, axis=1), 1)[:, None]
    low, high = (np.take_along_axis(odds, k, 1)[:, 0] for k in (after - 1, after))
    passed = (low < 0) & (high > 0)
    share = np.divide(high, high - low, out=np.full_like(high, np.nan), where=passed)
    return looks[after[:, 0]] - share * (looks[1] - looks[0])


def middle(values: np.ndarray, c: Any) -> measure.Estimate:
    """The noise-free network, or the median one."""
    return measure.middle(values, deterministic=c.noise == "none")
