"""LaTeX as MathML, which browsers draw by themselves."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree import ElementTree

ARROW = r"\;\to\;"
_SPACE = "{http://www.w3.org/1998/Math/MathML}m"
_BEGIN, _END = r"\begin{aligned}", r"\end{aligned}"


@lru_cache(maxsize=4096)
def mathml(latex: str, block: bool = True) -> str:
    """MathML of `latex`, the LaTeX itself as its alternative text; LaTeX as code where it cannot be converted.

    Aligned equations, which a tuple or dictionary of formulas makes, become one formula below the other.
    """
    if not latex:
        return ""
    if latex.startswith(_BEGIN) and latex.endswith(_END):
        return "".join(mathml(_named(row), block) for row in lines(latex[len(_BEGIN) : -len(_END)]))
    try:
        from latex2mathml.converter import convert

        found = convert(latex, display="block" if block else "inline")
        if not all(node.tag.startswith(_SPACE) for node in ElementTree.fromstring(found).iter()):
            raise ValueError("not MathML alone")
    except Exception:  # the converter raises a dozen kinds of its own, and does not escape texts
        return f"<code>{html.escape(latex)}</code>"
    return found.replace("<math ", f'<math alttext="{html.escape(latex, quote=True)}" ', 1)


def lines(latex: str) -> list[str]:
    r"""The rows of an aligned block: split at `\\` outside of braces and of inner environments."""
    found, depth, start = [], 0, 0
    for token in re.finditer(r"\\begin\b|\\end\b|\\\\|\\[{}]|[{}]", latex):
        word = token.group()
        depth += {"\\begin": 1, "{": 1, "\\end": -1, "}": -1}.get(word, 0)
        if word == r"\\" and depth == 0:
            found.append(latex[start : token.start()].strip())
            start = token.end()
    return [*found, latex[start:].strip()]


def _named(row: str) -> str:
    r"""`\mathrm{depth 1} &= x` with its name as text, whose blanks are kept."""
    name, sign, rest = row.partition(" &= ")
    if not sign:
        return row.replace("&", "")
    return re.sub(r"^\\mathrm\{(.*)\}$", lambda m: rf"\text{{{m[1]}}}".replace(r"\_", "_"), name) + " = " + rest


def before_and_after(latex: str) -> tuple[str, str]:
    """The two sides of a step; the first is empty where the step has none."""
    before, arrow, after = latex.rpartition(ARROW)
    return (before.strip(), after.strip()) if arrow else ("", latex)
