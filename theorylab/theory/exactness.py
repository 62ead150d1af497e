"""How exact a claim is, which decides how it is judged.

exact        at any finite learning rate                  margin alone
order(p, c)  right up to c*eta^p                          margin widened by the known error
limit(p)     only as eta -> 0, with an error of order p   extrapolated
asymptotic   a limit with named corrections               fitted with them
identity     algebra                                      float64, no statistics
ordering     a sign or an order                           one-sided bound
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from theorylab.theory.formula import to_text


@dataclass(frozen=True)
class Exactness:
    """`kind`, with the order `p` and the error's constant (an expression in the claim's symbols) or form."""

    kind: Literal["exact", "order", "limit", "asymptotic", "identity", "ordering"]
    p: float | None = None
    constant: Any = None
    form: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "order":
                return f"to order eta^{self.p:g}, error {to_text(self.constant)}*eta^{self.p:g}"
            case "limit":
                return f"in the limit eta -> 0, error of order eta^{self.p:g}"
            case "asymptotic":
                return f"asymptotic: {self.form}"
        return self.kind


def exact() -> Exactness:
    """Exact at every point of the domain.

    >>> print(exact())
    exact
    """
    return Exactness("exact")


def order(p: float, constant: Any) -> Exactness:
    """Absolute error `constant * eta**p` to leading order; the constant is an expression in the claim's symbols.

    >>> from theorylab.theory.symbols import lam
    >>> print(order(2, 3 * lam))
    to order eta^2, error 3*lam*eta^2
    """
    return Exactness("order", p, constant)


def limit(p: float) -> Exactness:
    """True as eta -> 0 only, with an error of order eta**p.

    >>> print(limit(1))
    in the limit eta -> 0, error of order eta^1
    """
    return Exactness("limit", p)


def asymptotic(form: str) -> Exactness:
    """A limit whose corrections have the named form.

    >>> print(asymptotic("1 + O(1/depth)"))
    asymptotic: 1 + O(1/depth)
    """
    return Exactness("asymptotic", form=form)


def identity() -> Exactness:
    """Algebra: true to rounding.

    >>> print(identity())
    identity
    """
    return Exactness("identity")


def ordering() -> Exactness:
    """A statement about an order or a sign.

    >>> print(ordering())
    ordering
    """
    return Exactness("ordering")
