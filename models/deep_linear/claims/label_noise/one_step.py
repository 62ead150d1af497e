"""One step of gradient descent on two factors, seen by a balanced product."""

import sympy as sp

from models.deep_linear.symbolic import left, right
from theorylab.theory.derivation import differentiate, substitute
from theorylab.theory.symbols import eta

product = sp.Symbol("x", positive=True)


def one_step(loss):
    """The factor by which a step of gradient descent on `loss` multiplies a balanced product x."""
    pull_left = yield differentiate("the gradient by one factor", loss, left)
    pull_right = yield differentiate("and by the other", loss, right)
    after = (left - eta * pull_left) * (right - eta * pull_right)
    even = {left: sp.sqrt(product), right: sp.sqrt(product)}
    return (yield substitute("one step multiplies a balanced product x", after / (left * right), even))
