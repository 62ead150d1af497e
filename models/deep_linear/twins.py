r"""The losses that deep linear networks are trained with, in symbols: small instances, and what stands for what.

.. math:: \tfrac12\,\|W_L\cdots W_1 - S\|_F^2, \quad \frac1{2B}\sum_b\|W_L\cdots W_1x_b - Sx_b - \xi_b\|^2 \quad
          \text{(matrices)}, \qquad \frac1{2B}\sum_b(w_1\cdots w_L - y_b)^2 \quad\text{(scalars)}

A test compares each with the loss that is trained, by value and gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from models.deep_linear.symbolic import small

Twin = tuple[Any, Mapping[str, Any]]
left, right = sp.symbols("u w", real=True)
factors = {"u": left, "w": right}


def matrix(name: str, rows: int = 2, columns: int = 2) -> Any:
    """A matrix of symbols."""
    return sp.Matrix(rows, columns, sp.symbols(f"{name}_:{rows}:{columns}", real=True))


def weights(depth: int = 2, size: int = 2, name: str = "W") -> dict[str, Any]:
    """W1, W2, ... of one size."""
    return {f"W{i + 1}": matrix(f"{name}{i + 1}", size, size) for i in range(depth)}


def product(layers: Mapping[str, Any]) -> Any:
    """W_L ... W_1."""
    done: Any = 1
    for layer in layers.values():
        done = layer * done
    return done


def square(m: Any) -> Any:
    """|M|^2."""
    return sp.Add(*(e**2 for e in m))


def lists(tree: Any) -> Any:
    """Matrices as nested lists."""
    return {k: lists(v) for k, v in tree.items()} if isinstance(tree, dict) else tree.tolist()


# matrices


def taught() -> Twin:
    """The distance of three layers from the teacher at `c.data`."""
    loss, symbols = small()
    layers = {k: v.tolist() for k, v in symbols.items()}
    return loss, {"data": {"target": layers.pop("target")}, **layers}


def batches(count: int = 3) -> Twin:
    """A batch of inputs with noisy labels."""
    layers, target, x, xi = weights(), matrix("s"), matrix("x", 2, count), matrix("xi", 2, count)
    loss = square(product(layers) * x - target * x - xi) / (2 * count)
    return loss, {**lists(layers), "data": {"target": target.tolist()}, "batch": {"x": x.tolist(), "xi": xi.tolist()}}


def sample() -> Twin:
    """One input with a noisy label."""
    layers, target, x, xi = weights(), matrix("s"), matrix("x", 2, 1), matrix("xi", 2, 1)
    symbols = {**lists(layers), "data": {"target": target.tolist()}, "batch": (list(x), list(xi))}
    return square((product(layers) - target) * x - xi) / 2, symbols


def sample_and_linear_twin() -> Twin:
    """The same, and the linear model A that sees the same sample."""
    loss, symbols = sample()
    linear, target, x, xi = matrix("a"), matrix("s"), matrix("x", 2, 1), matrix("xi", 2, 1)
    return loss + square((linear - target) * x - xi) / 2, {**symbols, "A": linear.tolist()}


def zero_teacher() -> Twin:
    """A narrow network on a teacher that is zero, with noise in its labels."""
    low, up, xi = matrix("W1", 2, 3), matrix("W2", 3, 2), matrix("xi", 3, 3)
    return square(up * low - xi) / 2, {"W1": low.tolist(), "W2": up.tolist(), "batch": xi.tolist()}


def weight_decay() -> Twin:
    """Two networks with one weight decay, that of the replicate."""
    target, g = matrix("s"), sp.Symbol("g", positive=True)
    small, large = weights(name="a"), weights(name="b")
    decay = lambda net: g / 2 * sp.Add(*(square(w) for w in net.values()))
    loss = sp.Add(*(square(product(net) - target) / 2 + decay(net) for net in (small, large)))
    return loss, {"small": lists(small), "large": lists(large), "data": {"target": target.tolist(), "g": g}}


def digits_descent() -> Twin:
    """All images by their second moments, xx' and yx'."""
    layers, xx, yx = weights(), matrix("x"), matrix("y")
    w = product(layers)
    loss = sp.trace(w * xx * w.T) / 2 - sp.trace(w * yx.T)
    return loss, {**lists(layers), "data": {"xx": xx.tolist(), "yx": yx.tolist()}}


def digits_batch(index: tuple[int, ...] = (0, 2)) -> Twin:
    """The images `index` of three."""
    layers, x, y = weights(), matrix("x", 2, 3), matrix("y", 2, 3)
    error = (product(layers) * x - y)[:, list(index)]
    return square(error) / (2 * len(index)), {**lists(layers), "data": {"x": x.tolist(), "y": y.tolist()}}


def tempered() -> Twin:
    """The energy of the tempered posterior: beta times the distance from diag(1, 0), and the prior's part."""
    layers, beta = weights(), sp.Symbol("beta", positive=True)
    prior = sp.Add(*(square(w) for w in layers.values())) / 2
    return beta * square(product(layers) - sp.diag(1, 0)) / 2 + prior, {**lists(layers), "beta": beta}


# scalars


def noisy_labels(batch: int = 3) -> Twin:
    """Two factors on a batch of labels."""
    y = sp.symbols(f"y:{batch}", real=True)
    return sp.Add(*((left * right - label) ** 2 for label in y)) / (2 * batch), {**factors, "batch": list(y)}


def within_reach() -> Twin:
    """The same, and no loss where the network has been thrown out."""
    loss, symbols = noisy_labels()
    eta, v, reach = sp.symbols("eta v reach", positive=True)
    here = eta * sp.Abs(left * right - v) <= reach
    return sp.Piecewise((loss, here), (0, True)), {**symbols, "eta": eta, "v": v, "reach": reach}


def smooth() -> Twin:
    """Two factors on the label without noise."""
    v = sp.Symbol("v", positive=True)
    return (left * right - v) ** 2 / 2, {**factors, "v": v}


def residuals() -> Twin:
    """Two factors on residuals 2 and 0 of the replicate's three."""
    v, own = sp.Symbol("v", positive=True), sp.symbols("e:3", real=True)
    loss = sp.Add(*((left * right - v - own[i]) ** 2 for i in (2, 0))) / 4
    return loss, {**factors, "v": v, "data": list(own)}


def mirrored() -> Twin:
    """Two factors on residual 1 of the pool, and others on its opposite."""
    v, pool, (a, b) = sp.Symbol("v", positive=True), sp.symbols("e:3", real=True), sp.symbols("a b", real=True)
    loss = (left * right - v - pool[1]) ** 2 / 2 + (a * b - v + pool[1]) ** 2 / 2
    return loss, {"network": factors, "mirror": {"u": a, "w": b}, "v": v, "residuals": list(pool)}


def random_inputs(depth: int = 3, batch: int = 2) -> Twin:
    """A chain of factors on a batch of inputs r and labels y."""
    w = sp.symbols(f"w1:{depth + 1}", real=True)
    r, y = sp.symbols(f"r:{batch}", real=True), sp.symbols(f"y:{batch}", real=True)
    loss = sp.Add(*((a * sp.Mul(*w) - b) ** 2 for a, b in zip(r, y, strict=True))) / (2 * batch)
    return loss, {**{str(one): one for one in w}, "batch": (list(r), list(y))}


def rate_ladder(rungs: int = 3) -> Twin:
    """Two factors and their mirror image at each learning rate, on one label and its mirror image."""
    u, w, y = matrix("u", 2, rungs), matrix("w", 2, rungs), sp.symbols("y:2", real=True)
    loss = sp.Add(*((u[i, j] * w[i, j] - y[i]) ** 2 for i in range(2) for j in range(rungs))) / 2
    return loss, {"u": u.tolist(), "w": w.tolist(), "batch": list(y)}


def saddle(depth: int = 4) -> Twin:
    """Factors w_1 ... w_L without noise."""
    w, v = sp.symbols(f"w:{depth}", real=True), sp.Symbol("v", positive=True)
    return (sp.Mul(*w) - v) ** 2 / 2, {"w": list(w), "v": v}


def two_vectors(hidden: int = 3) -> Twin:
    """The product of two vectors, with weight decay."""
    u, w = sp.symbols(f"u:{hidden}", real=True), sp.symbols(f"w:{hidden}", real=True)
    v, g = sp.symbols("v g", positive=True)
    dot = sp.Add(*(a * b for a, b in zip(u, w, strict=True)))
    return (dot - v) ** 2 / 2 + g / 2 * sp.Add(*(a**2 for a in (*u, *w))), {"u": list(u), "w": list(w), "v": v, "g": g}


def tied() -> Twin:
    """Two factors that are one."""
    w, v = sp.Symbol("w", real=True), sp.Symbol("v", positive=True)
    return (w**2 - v) ** 2 / 2, {"w": w, "v": v}


# two learning rates


def twice(one: Callable[[], Twin], *params: str) -> Callable[[], Twin]:
    """The twin of two networks side by side: the loss of `one` for the parameters of each, added."""

    def both() -> Twin:
        loss, symbols = one()
        total, networks = sp.S.Zero, {}
        for name in ("coarse", "fine"):
            own = {s: sp.Symbol(f"{name}_{s}", real=True) for s in sp.flatten([symbols[p] for p in params])}
            total += loss.subs(own, simultaneous=True)
            networks[name] = {p: _renamed(symbols[p], own) for p in params}
        return total, {**{k: v for k, v in symbols.items() if k not in params}, **networks}

    return both


def _renamed(tree: Any, names: Mapping[Any, Any]) -> Any:
    return [_renamed(t, names) for t in tree] if isinstance(tree, list) else names[tree]
