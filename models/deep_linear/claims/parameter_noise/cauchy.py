r"""Two tied factors under Cauchy noise: a stationary law in closed form.

.. math:: dw = 2w(v-w^2)\,dt + dL, \qquad \mathrm{E}e^{iqL_t} = e^{-\gamma t|q|} \quad\Rightarrow\quad
          \varphi''' + v\varphi' = \tfrac\gamma2\,\varphi \quad (q > 0)

.. math:: \varphi(q) = e^{-b|q|}\Bigl(\cos oq + \frac bo\sin o|q|\Bigr), \qquad
          p(w) = \frac{2b(b^2+o^2)/\pi}{[b^2+(w-o)^2][b^2+(w+o)^2]}

2b is the positive root of x^3 + v x = gamma/2, and o^2 = v + 3 b^2. A stable noise of index one is the only one whose
scale does not feel the learning rate, eta^(alpha - 1) = 1; the law has no third moment, and no variance of the product.
"""

import sympy as sp

from models.deep_linear.symbolic import v, v_input
from theorylab.theory import Claim, Control, Margin, limit, symbols
from theorylab.theory.derivation import differentiate, dsolve, identify, simplify, solve, substitute
from theorylab.theory.symbols import gamma

q_input = symbols.input("q", "frequency at which the characteristic function is taken", positive=True, box=(0.1, 3.0))
q = q_input.symbol
w = sp.Symbol("w", real=True)
b, o, place, angle = sp.symbols("b o x theta", positive=True)
kept = sp.symbols("C1 C2")
GONE = sp.Symbol("C3")


def derive():
    slope = yield differentiate("the gradient of two tied factors", (w**2 - v) ** 2 / 2, w)
    wave = sp.exp(sp.I * q * w)
    moved = 2 * q * (wave.diff(q, 3) + v * wave.diff(q) - gamma / 2 * wave)
    yield simplify(
        "what drift and noise do to e^{iqw}, q > 0, is 2q times this operator in q",
        (-slope * sp.I * q - gamma * q) * wave - moved,
    )
    phi, rate = sp.Function("varphi"), {v: o**2 - 3 * b**2, gamma: 4 * b * (b**2 + o**2)}
    still = phi(q).diff(q, 3) + rate[v] * phi(q).diff(q) - rate[gamma] / 2 * phi(q)
    waves = yield dsolve("stationarity, with v and gamma written by the rates 2b and -b +- i o", still, phi(q))
    waves = yield substitute("bounded", waves, {GONE: 0})
    start = [sp.Eq(waves.subs(q, 0), 1), sp.Eq(waves.diff(q).subs(q, 0), 0)]
    found = yield solve("a law, and a symmetric one with a mean", start, kept)
    waves = yield substitute("inserted", waves, dict(zip(kept, found, strict=True)))
    real = sp.exp(-b * q) * (sp.cos(o * q) + b / o * sp.sin(o * q))
    waves = yield simplify("in real form", waves, lambda _: real, operation="Euler's formula")
    near, far = b**2 + (w - o) ** 2, b**2 + (w + o) ** 2
    yield identify(
        "its density is rational",
        sp.Integral(waves * sp.cos(q * w) / sp.pi, (q, 0, sp.oo)),
        2 * b * (b**2 + o**2) / (sp.pi * near * far),
        where=sp.And(b > 1, o < 1),
        digits=20,
    )
    wide = yield solve("o of v and b", sp.Eq(rate[v], v), o)
    cubic = yield substitute("b of v and gamma: a cubic", rate[gamma] - gamma, {o: wide})
    cubic = yield substitute("by the sine of three angles", cubic, {b: sp.sqrt(v / 3) * sp.sinh(angle)})
    cubic = yield simplify(
        "4 sinh^3 + 3 sinh", cubic, lambda _: 4 * (v / 3) ** sp.Rational(3, 2) * sp.sinh(3 * angle) - gamma
    )
    sine = yield solve("the sine of three angles", cubic.subs(sp.sinh(3 * angle), place), place)
    low = yield substitute("b", sp.sqrt(v / 3) * sp.sinh(angle), {angle: sp.asinh(sine) / 3})
    whole = yield substitute("the law with o of v and b", waves, {o: wide})
    return (yield substitute("and b of v and gamma", whole, {b: low}))


tied_cauchy = Claim(
    id="deep_linear.tied_cauchy",
    statement="The stationary characteristic function E cos(q w) of the weight w of two tied factors, product w^2, "
    "under Cauchy gradient noise of scale gamma (a stable law of index 1), over networks that survive to the horizon.",
    inputs=(v_input, gamma, q_input),
    domain=True,
    derivation=derive,
    exactness=limit(1),
    source="derived here",
    noises=("stable",),
    margin=Margin(0.02, 1 + 0 * q),
    controls=(
        Control("wells", sp.cos(q * sp.sqrt(v)) * sp.exp(-gamma * q / (4 * v)), "linear response about the two minima"),
        Control(
            "one factor",
            lambda v, gamma, q: tied_cauchy.predict(v=v, gamma=2 * gamma, q=q),
            "the drift w(v - w^2) of one of two untied factors: the gradient is taken with the other held fixed",
        ),
        Control(
            "no wells", sp.exp(-gamma * q / (4 * v)), "a Cauchy law about zero, with the width that the wells give"
        ),
    ),
)
