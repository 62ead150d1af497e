r"""The quadratic bowl in symbols: :math:`L(\theta) = \tfrac12 \lambda\theta^2`, its update, and its noise.

theta <- theta - eta*(dL/dtheta + zeta)
"""

import sympy as sp

from theorylab.theory.symbols import lam

theta = sp.Symbol("theta", real=True)
zeta = sp.Symbol("zeta", real=True)
memory = sp.Symbol("zeta_prev", real=True)
V = sp.Symbol("V", positive=True)
loss = lam * theta**2 / 2
