"""The page of public names says what the code says."""

from __future__ import annotations

import re

import theorylab
from theorylab.site import api
from theorylab.site.site import write_report

DOC = r"""Variance :math:`\sigma^2` of `w` under noise, in $\eta$.

    Var = eta sigma^2 / (lam (2 - eta lam))

Args:
    eta: learning rate,
        positive.
    lam, mu: curvature and momentum.

Returns:
    the number.

Raises:
    InputError: eta <= 0; no such noise.
"""


def test_a_docstring_is_taken_apart():
    first, code, args, returns, raises = api.blocks(DOC)
    assert (first.kind, code.kind, args.kind, returns.kind, raises.kind) == (
        "paragraph", "code", "Args", "Returns", "Raises",
    )  # fmt: skip
    assert code.text == "Var = eta sigma^2 / (lam (2 - eta lam))"
    assert args.items == (("eta", "learning rate, positive."), ("lam, mu", "curvature and momentum."))
    assert returns.text == "the number."
    assert raises.items == (("InputError", "eta <= 0; no such noise."),)


def test_every_public_name_of_the_face_is_there_with_its_sentence():
    found = {n.name: n for p in api.packages() for n in p.names}
    for name in ("theorylab.claim", "theorylab.noise.stable", "theorylab.measure.mean", "theorylab.observe.first",
                 "theorylab.theory.Claim", "theorylab.random.normal", "theorylab.Picture"):  # fmt: skip
        assert found[name].blocks, name
    functions = {f"theorylab.{n}" for n in theorylab.__all__ if n[0] != "_" and callable(getattr(theorylab, n))}
    assert functions <= set(found)
    assert found["theorylab.noise.gaussian"].signature.startswith("(sigma: Any, seed: Any = 0")
    assert not [n for n, one in found.items() if re.search(r"at 0x|ForwardRef", one.signature)]


def test_the_page_shows_formulas_and_is_linked(tmp_path):
    index = write_report([], [], [], [], tmp_path)
    assert 'href="python.html"' in index.read_text()
    text = index.with_name("python.html").read_text()
    assert "<math " in text
    assert ":math:" not in text
    assert '<h3 id="theorylab.noise.stable">' in text
