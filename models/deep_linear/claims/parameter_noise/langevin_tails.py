r"""Tails of two factors under stable gradient noise: a weight that jumps is kept by the decay, a product is not.

.. math:: du = -\partial_u L\,dt + dL^u, \qquad dw = -\partial_w L\,dt + dL^w, \qquad
          L = \tfrac12(uw-v)^2 + \tfrac g2(u^2+w^2), \qquad S = \gamma^\alpha\eta^{\alpha-1}

.. math:: P(|u|>x) \simeq \frac{C_\alpha S}{\alpha g}\,x^{-\alpha}, \qquad
          P(|uw|>z) \simeq \frac{2\alpha(C_\alpha S)^2}{g}\,I\,z^{-\alpha-1}, \qquad
          I = \frac{\pi}{8(\alpha+1)}\biggl(\frac{\Gamma(\frac{\alpha+1}2)}{\Gamma(\frac\alpha2+1)}\biggr)^2

A jump of u leaves w at v/u within a time 1/u^2; along the valley u w = v only the decay brings u back. A product z
takes two weights of size z^(1/2), one that waits in the valley and one that has just jumped; they relax within 1/z at a
constant u^2 - w^2. One jump, from weights of ordinary size, gives the index alpha + 2. The target is in neither law.

The first law is that of the stochastic equation. In SGD w overshoots where eta u^2 > 2: such a jump throws a network
out or sets it back. The claims are about networks that met none; P(|u|>x) then vanishes at x = (2/eta)^(1/2).
"""

import sympy as sp

from models.deep_linear.claims.label_noise.blow_up import constant, tail_constant
from models.deep_linear.claims.parameter_noise.langevin import decay_input, g
from models.deep_linear.symbolic import label_loss, left, right, v, v_input, xi
from theorylab.theory import Claim, Control, asymptotic, symbols
from theorylab.theory.derivation import differentiate, identify, integrate, limit, simplify, solve, substitute
from theorylab.theory.symbols import alpha, eta, gamma

x_input = symbols.input("x", "size of a weight", unit="param", positive=True, box=(2.0, 6.0))
z_input = symbols.input("z", "size of the product", positive=True, box=(3.0, 12.0))
x, z = x_input.symbol, z_input.symbol
y, S, E, p, P, r, density = sp.symbols("y S E p P r f", positive=True)
q = sp.Symbol("q", real=True)
loss = label_loss.subs(xi, 0) + g * (left**2 + right**2) / 2
rate = gamma**alpha * eta ** (alpha - 1)


def waiting():
    """Jumps of a weight beyond y in a unit of time, and the density of large weights if only those up to E count."""
    pull = yield differentiate("the gradient by one factor", loss, left)
    other = yield differentiate("and by the other", loss, right)
    valley = yield solve("far out the other one is at its minimum", sp.Eq(other, 0), right)
    pull = yield substitute("along this valley", pull, {right: valley})
    back = yield limit("only the decay brings a large weight back: its rate", pull / left, left, sp.oo)
    c = yield from tail_constant()
    beyond = c * (eta * gamma / y) ** alpha / eta
    beyond = yield simplify("jumps eta*zeta beyond y, one step in a time eta", beyond, lambda _: c * rate * y**-alpha)
    beyond = yield substitute("with the noise's rate", beyond, {rate: S})
    balance = sp.Eq(back * y * density, beyond - beyond.subs(y, E))
    found = yield solve("what jumps beyond y, not beyond E, comes back through y", balance, density)
    return other, beyond, found


def derive_weight():
    other, _, found = yield from waiting()
    found = yield integrate("larger than x", found, (y, x, E), where=x < E)
    kept = lambda f: sp.limit(f, E, sp.oo) * (1 - (x / E) ** alpha * (1 + alpha * sp.log(E / x)))
    found = yield simplify("what the law of the stochastic equation lacks", found, kept, operation="factor")
    step = yield substitute("one step multiplies the other factor by", 1 - eta * other / right, {v: 0, g: 0, left: y})
    edge = yield solve("and overshoots beyond", sp.Eq(step, -1), y)
    return (yield substitute("jumps beyond that edge are left out", found, {E: edge, S: rate}))


def derive_product():
    _, beyond, found = yield from waiting()
    waits = yield limit("all jumps count", found, E, sp.oo)
    jumps = yield differentiate("and by size there are", -beyond, y)
    pull, other = loss.diff(left), loss.diff(right)
    yield simplify("the rate of u^2 - w^2", (left * pull - right * other) / (left**2 - right**2), sp.cancel)
    sums = (right * pull + left * other) / (left * right)
    sums = yield substitute("the rate of the product, far out", sums, {v: 0, g: 0})
    pace = sp.sqrt((left**2 - right**2) ** 2 + 4 * p**2)
    yield simplify("by u^2 - w^2 and the product p", sums, lambda _: pace.subs(p, left * right), operation="square")
    pair = {left: sp.sqrt(P) * sp.exp(q), right: sp.sqrt(P) * sp.exp(-q)}
    pace = yield substitute("after a jump to the product P, and down to p = r P", pace, {**pair, p: r * P})
    pace = yield simplify("in short", pace, lambda _: 2 * P * sp.sqrt(sp.sinh(2 * q) ** 2 + r**2), operation="sinh")
    area = sp.Abs(sp.Matrix([pair[left], pair[right]]).jacobian([P, q]).det())
    pairs = waits.subs(y, left) * jumps.subs(y, right) * area
    pairs = yield substitute("how often: a waiting weight u and a jump of w, over dP dq", pairs, pair)
    pairs = yield simplify("whatever the ratio", pairs, lambda f: sp.simplify(f.subs(q, 0)), operation="powers")
    shape = yield identify(
        "P/pace over all ratios: an elliptic integral",
        sp.Integral(P / pace, (q, -sp.oo, sp.oo)),
        sp.elliptic_k(1 - 1 / r**2) / (2 * r),
        where=r < 1,
        digits=20,
    )
    above = yield integrate("all P with r P above z", pairs / P, (P, z / r, sp.oo))
    found = yield identify(
        "over r, in which dt = dr/(r pace)",
        sp.Integral(above / r * shape, (r, 0, 1)),
        sp.powsimp(above.subs(r, 1)) * sp.pi / 8 * (sp.gamma((alpha + 1) / 2) / sp.gamma(alpha / 2 + 1)) ** 2,
        digits=20,
    )
    return (yield substitute("either weight may be the first", 2 * found, {S: rate}))


strength = constant * rate
whole = strength * x**-alpha / (alpha * g)
power = (strength / (alpha * g)) ** 2 * z**-alpha
_survive = "averaged between kicks, among networks whose weights stay below (2/eta)^(1/2) to the stated horizon."

langevin_weight_tail = Claim(
    id="deep_linear.langevin_weight_tail",
    statement="The stationary probability that a weight of two untied factors with weight decay g is larger than x in "
    "size, under independent stable gradient noise of scale gamma on each, whatever the target v: " + _survive,
    inputs=(v_input, decay_input, eta, gamma, alpha, x_input),
    domain=sp.And(alpha > 1, alpha < 2, eta * x**2 < 2),
    derivation=derive_weight,
    exactness=asymptotic(
        "v, g << x^2: of relative order v/x^2, and S/(g*x^alpha) from jumps that meet in both weights"
    ),
    source="derived here",
    noises=("stable",),
    margin=0.12,
    controls=(
        Control("no edge", whole, "the power law of the stochastic equation, quoted at any learning rate"),
        Control(
            "soft mode",
            lambda g, **rest: langevin_weight_tail.predict(g=2 * g, **rest),
            "u^2 - w^2 decays at the rate 2g, the curvature along the valley at the minimum",
        ),
        Control(
            "minimum",
            lambda v, g, **rest: langevin_weight_tail.predict(v=v, g=v, **rest),
            "the curvature of the loss by one weight at its minimum, which is v whatever the decay",
        ),
    ),
)

langevin_product_tail = Claim(
    id="deep_linear.langevin_product_tail",
    statement="The stationary probability that the product of two untied factors with weight decay g is larger than z "
    "in size, under independent stable gradient noise of scale gamma on each, whatever the target v: " + _survive,
    inputs=(v_input, decay_input, eta, gamma, alpha, z_input),
    domain=sp.And(alpha > 1, alpha < 2),
    derivation=derive_product,
    exactness=asymptotic(
        "v, g << z << 1/eta: of relative order v^(1 + alpha/2)*g/(S*z) from single jumps, S/(g*z^(alpha/2)), and "
        "(eta*z)^(alpha/2) from the edge of stability"
    ),
    source="derived here",
    noises=("stable",),
    margin=0.2,
    controls=(
        Control(
            "one jump",
            2 * alpha * strength * v ** (1 + alpha / 2) * z ** (-alpha - 2) / (alpha + 2) ** 2,
            "one jump u of a network at its minimum, u v^(1/2), which decays at the rate u^2: the index alpha + 2",
        ),
        Control(
            "linear",
            2 * strength * v ** (alpha / 2 - 1) * z**-alpha / (2 * alpha),
            "linear response of the product, with the curvature 2v: the index alpha of the noise",
        ),
        Control(
            "independent weights",
            power * (1 - sp.log(power)),
            "the product of two independent weights with Pareto tails: the loss is forgotten",
        ),
        Control(
            "one order",
            lambda **inputs: langevin_product_tail.predict(**inputs) / 2,
            "the jumps of one of the two weights only",
        ),
    ),
)
