"""The symbol table: one name, one meaning, everywhere.

`from theorylab.symbols import eta, lam, sigma` gives sympy symbols whose assumptions (positive, integer) are part of
every domain. A claim that needs another quantity declares it:

    u0 = symbols.input("u0", "initial mode strength", unit="param^2", positive=True)

and uses `u0` among its inputs and `u0.symbol` in its formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp

from theorylab.errors import InputError

Kind = Literal["real", "integer", "vector", "matrix", "choice", "text"]


@dataclass(frozen=True)
class Input:
    """One argument of a claim.

    `symbol` is a sympy Symbol, None for arrays and texts. `choices` are the values of a choice, examples of a text.
    `box` is where random points of the domain are looked for (inclusive).
    """

    name: str
    meaning: str
    unit: str = "1"
    symbol: Any = None
    kind: Kind = "real"
    choices: tuple[str, ...] = ()
    box: tuple[float, float] | None = None


def input(
    name: str,
    meaning: str,
    unit: str = "1",
    *,
    kind: Kind | None = None,
    choices: tuple[str, ...] = (),
    box: tuple[float, float] | None = None,
    **assumptions: bool,
) -> Input:
    """Declare a quantity that the table does not hold.

    `kind` follows from the rest where it can: "choice" where choices are given, "integer" under `integer=True`, else
    "real". Keyword assumptions are sympy's (`positive=True`, `nonnegative=True`, `integer=True`) and are conditions.
    """
    if kind is None:
        kind = "choice" if choices else "integer" if assumptions.get("integer") else "real"
    if kind == "choice" and not choices:
        raise InputError(f"input {name!r}: a choice needs its choices")
    scalar = kind in ("real", "integer")
    if kind == "integer":
        assumptions["integer"] = True
    elif kind == "real" and not assumptions:
        assumptions["real"] = True
    symbol = sp.Symbol(name, **assumptions) if scalar else None
    return Input(name, meaning, unit, symbol, kind, tuple(choices), box)


_rows = (
    input("eta", "learning rate", "param^2/loss", positive=True, box=(0.01, 2.0)),
    input("lam", "curvature (Hessian eigenvalue)", "loss/param^2", positive=True, box=(0.1, 3.0)),
    input("sigma", "standard deviation of the noise per coordinate", "loss/param", positive=True, box=(0.1, 2.0)),
    input("alpha", "stability index", positive=True, box=(0.3, 2.0)),
    input("gamma", "scale of a symmetric stable law", "loss/param", positive=True, box=(0.1, 2.0)),
    input("mu", "heavy-ball momentum", nonnegative=True, box=(0.0, 0.98)),
    input("rho", "autocorrelation", real=True, box=(-0.95, 0.95)),
    input("n", "data-set size", integer=True, positive=True, box=(2, 40)),
    input("B", "batch size", integer=True, positive=True, box=(1, 24)),
    input("M", "batches per epoch, n/B", integer=True, positive=True, box=(1, 20)),
    input("T", "temperature, eta*sigma^2/2 of the batch-gradient noise", "loss", positive=True, box=(0.01, 2.0)),
    input("k", "step", integer=True, nonnegative=True, box=(0, 30)),
    input("t", "time, k*eta", "param^2/loss", nonnegative=True, box=(0.0, 6.0)),
    input("d", "dimension", integer=True, positive=True, box=(1, 12)),
    input("s", "singular value of a mode", positive=True, box=(0.2, 4.0)),
    input("H", "Hurst exponent", positive=True, box=(0.05, 0.95)),
    input("p", "modulus of modular addition", integer=True, positive=True, box=(2, 40)),
)

table: dict[str, Input] = {row.name: row for row in _rows}

_symbols: list[sp.Symbol] = [row.symbol for row in _rows if row.symbol is not None]
eta, lam, sigma, alpha, gamma, mu, rho, n, B, M, T, k, t, d, s, H, p = _symbols


def row(symbol: sp.Symbol | str) -> Input:
    """The table's row of a symbol; InputError where the table has no such symbol."""
    name = str(symbol)
    if name not in table:
        raise InputError(f"symbol {name!r} is not in the table: declare it with symbols.input({name!r}, meaning, unit)")
    if isinstance(symbol, sp.Symbol) and table[name].symbol != symbol:
        raise InputError(f"symbol {name!r} has other assumptions than the table's: declare it with symbols.input")
    return table[name]
