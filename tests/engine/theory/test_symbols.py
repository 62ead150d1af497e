"""One name, one meaning."""

import pytest
import sympy as sp

from theorylab.errors import InputError
from theorylab.theory import symbols

NAMES = ["eta", "lam", "sigma", "alpha", "gamma", "mu", "rho", "n", "B", "M", "T", "k", "t", "d", "s", "H", "p"]


def test_table_is_the_contract():
    assert list(symbols.table) == NAMES
    for name in NAMES:
        row = symbols.table[name]
        assert getattr(symbols, name) == row.symbol
        assert row.meaning
        assert row.unit
        assert row.box is not None
        assert row.box[0] < row.box[1]


def test_integers_and_signs():
    for name in ("n", "B", "M", "d", "p"):
        assert getattr(symbols, name).is_integer
        assert getattr(symbols, name).is_positive
    assert symbols.k.is_integer
    assert symbols.k.is_nonnegative
    assert symbols.rho.is_positive is None


def test_input_declares_a_symbol_with_its_assumptions():
    u0 = symbols.input("u0", "initial mode strength", "param^2", positive=True)
    assert u0.kind == "real"
    assert u0.symbol == sp.Symbol("u0", positive=True)
    assert symbols.input("k4", "a count", integer=True).kind == "integer"
    assert symbols.input("scheme", "sampling", choices=("with", "without")).kind == "choice"
    assert symbols.input("H", "Hessian", kind="matrix").symbol is None
    assert symbols.input("x", "a number").symbol.is_real


def test_row_refuses_unknown_and_foreign_symbols():
    assert symbols.row(symbols.eta).name == "eta"
    with pytest.raises(InputError, match="not in the table"):
        symbols.row(sp.Symbol("etta"))
    with pytest.raises(InputError, match="other assumptions"):
        symbols.row(sp.Symbol("eta"))
    with pytest.raises(InputError, match="choices"):
        symbols.input("scheme", "sampling", kind="choice")
