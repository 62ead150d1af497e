"""Claims: a sentence with its derivation, domain, wrong twins and margin; the symbols they are written in.

from theorylab.theory import Claim, Control, exact
from theorylab.theory.derivation import differentiate, expect, gaussian, solve
from theorylab.theory.symbols import eta, lam, sigma
"""

from theorylab.theory.claim import Claim
from theorylab.theory.control import Control, Margin
from theorylab.theory.exactness import Exactness, asymptotic, exact, identity, limit, order, ordering

__all__ = ["Claim", "Control", "Exactness", "Margin", "asymptotic", "exact", "identity", "limit", "order", "ordering"]
