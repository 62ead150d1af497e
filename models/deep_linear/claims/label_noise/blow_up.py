r"""When stable label noise throws two factors out of reach of their target.

.. math:: w \leftarrow w\,(1 - \eta(x - v - \xi)), \qquad x = w^2, \qquad
          P(|\xi| > y) \sim C_\alpha\Bigl(\frac\gamma y\Bigr)^\alpha,
          \quad C_\alpha = \tfrac2\pi\Gamma(\alpha)\sin\tfrac{\pi\alpha}2

Gradient descent does not return from eta x > 2. One kick does it, from the target: |xi| > (2/(eta v))^(1/2)/eta. The
mean number of steps is one over that probability, a power eta^(-3 alpha/2): networks are lost sooner or later at any
learning rate.
"""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp

from models.deep_linear.claims.label_noise.moments import cosine_integral
from models.deep_linear.symbolic import label_loss, left, right, v, v_input, xi
from theorylab.theory import Claim, Control, asymptotic
from theorylab.theory.derivation import compute, differentiate, identify, limit, simplify, solve, substitute
from theorylab.theory.symbols import alpha, eta, gamma

x, y, kick, C = sp.symbols("x y K C", positive=True)


def tail_constant():
    """C_alpha, from the jumps whose characteristic exponent is |k|^alpha."""
    heavy = sp.And(alpha > 1, alpha < 2)
    clear = sp.And(alpha > 1, alpha < sp.Rational(5, 3))
    parts = yield from cosine_integral("the integral of cos(y) y^(1-alpha), from that of", 2 - alpha, clear)
    found = yield compute(
        "by parts, twice: that of (1 - cos y) alpha y^(-1-alpha), the characteristic exponent of such jumps",
        lambda f: f / (alpha - 1),
        parts,
        operation="divide",
        oracle=lambda point: _oscillating(point[alpha]),
        where=heavy,
    )
    constant = yield solve("jumps beyond x on both sides, C x^(-alpha), make the exponent 1", sp.Eq(C * found, 1), C)
    closed = 2 / sp.pi * sp.gamma(alpha) * sp.sin(sp.pi * alpha / 2)
    return (yield identify("by Euler's reflection", constant, closed, where=heavy))


def _oscillating(index):
    """The same integral: the series of 1 - cos below 1; beyond, the cosine along 1 + i t."""
    near = mpmath.nsum(lambda n: (-1) ** (n + 1) / mpmath.factorial(2 * n) / (2 * n - index), [1, mpmath.inf])
    turned = mpmath.quad(lambda t: mpmath.exp(-t) * (1 + 1j * t) ** (-1 - index), [0, 1, 5, 40, 150])
    return index * (near + 1 / index - mpmath.re(1j * mpmath.exp(1j) * turned))


def derive():
    pull = yield differentiate("the gradient by one factor", label_loss, left)
    after = yield substitute("balanced", (left - eta * pull) / left, {left: sp.sqrt(x), right: sp.sqrt(x)})
    after = yield simplify("one step multiplies a factor by", after, sp.expand)
    far = yield substitute("far out, without target and noise", after, {v: 0, xi: 0})
    edge = yield solve("there a factor only changes its sign", sp.Eq(far, -1), x)
    near = yield substitute("at the target, with noise", after, {x: v})
    size = yield limit("a large kick, per xi", near / xi, xi, sp.oo)
    thrown = sp.Eq(sp.sqrt(v) * size * kick, sp.sqrt(edge))
    wanted = yield solve("the noise that throws a factor from the target to that edge", thrown, kick)
    constant = yield from tail_constant()
    rate = constant * (gamma / wanted) ** alpha
    yield simplify("mean steps: one over the probability of such a kick", 1 / rate, _one)


def _one(expr: Any) -> Any:
    return sp.powsimp(sp.powdenest(sp.expand_power_base(expr, force=True), force=True), force=True)


constant = 2 / sp.pi * sp.gamma(alpha) * sp.sin(sp.pi * alpha / 2)

blow_up_time = Claim(
    id="deep_linear.blow_up_time",
    statement="The mean number of steps after which stable label noise of scale gamma throws two balanced factors, "
    "trained on labels v by SGD with batch 1, out of reach of their target for good.",
    inputs=(v_input, eta, gamma, alpha),
    domain=sp.And(alpha > 1, alpha < 2),
    derivation=derive,
    exactness=asymptotic("small (eta*v)^(1/2), and noise of a rate gamma^alpha*eta^(alpha-1) small against v"),
    source="derived here",
    noises=("label stable",),
    margin=0.15,
    controls=(
        Control("unit kick", 1 / (constant * (eta * gamma) ** alpha), "a kick |eta*xi| > 1 is taken to be the end"),
        Control(
            "additive kick",
            1 / (constant * (eta**2 * gamma * v) ** alpha),
            "the kick 2*eta*v*xi is added to the product, instead of multiplying both factors",
        ),
        Control(
            "one side",
            2 / (constant * (eta * gamma) ** alpha * (eta * v / 2) ** (alpha / 2)),
            "the tail of one sign of the noise only",
        ),
        Control(
            "half the noise",
            1 / (constant * (eta * gamma / 2) ** alpha * (eta * v / 2) ** (alpha / 2)),
            "the kick of one factor is taken for that of the product",
        ),
    ),
)
