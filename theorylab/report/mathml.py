"""LaTeX as MathML, which browsers draw by themselves."""

from __future__ import annotations

import html
from functools import lru_cache

ARROW = r"\;\to\;"


@lru_cache(maxsize=4096)
def mathml(latex: str, block: bool = True) -> str:
    """MathML of `latex`, the LaTeX itself as its alternative text; LaTeX as code where it cannot be converted."""
    if not latex:
        return ""
    try:
        from latex2mathml.converter import convert

        found = convert(latex, display="block" if block else "inline")
    except Exception:  # the converter raises a dozen kinds of its own
        return f"<code>{html.escape(latex)}</code>"
    return found.replace("<math ", f'<math alttext="{html.escape(latex, quote=True)}" ', 1)


def before_and_after(latex: str) -> tuple[str, str]:
    """The two sides of a step; the first is empty where the step has none."""
    before, arrow, after = latex.rpartition(ARROW)
    return (before.strip(), after.strip()) if arrow else ("", latex)
