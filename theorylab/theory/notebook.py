"""A claim as a notebook shows it: sentence, formula, domain, and the derivation folded away. MathML, no script."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from theorylab.theory.mathml import before_and_after, mathml

if TYPE_CHECKING:
    from theorylab.theory.derivation.step import Step


def page(claim: Any) -> str:
    """HTML of a claim; its derivation is run where it was not, and not verified."""
    row = claim.as_dict()
    inputs = "".join(
        f"<li><code>{_said(i['name'])}</code> {_said(i['meaning'])} [{_said(i['unit'])}]: {_said(i['domain'])}</li>"
        for i in row["inputs"]
    )
    steps = "".join(f"<li>{_step(step)}</li>" for step in claim.derived.steps)
    return (
        f"<div><p><strong>{_said(claim.id)}</strong> {_said(claim.statement)}</p>{mathml(claim.latex)}"
        f"<p>for {_said(row['domain'] or 'all inputs')} <small>({_said(row['exactness'])}; {_said(claim.source)})"
        f"</small></p><details><summary>inputs</summary><ul>{inputs}</ul></details>"
        f"<details><summary>derivation in {len(claim.derived.steps)} steps</summary><ol>{steps}</ol></details></div>"
    )


def _step(step: Step) -> str:
    row = step.as_dict()
    before, after = before_and_after(row["latex"])
    arrow = mathml(before) + "→" if before else ""
    return f"{_said(row['why'])} <small>({_said(row['operation'])})</small>{arrow}{mathml(after)}"


def _said(text: object) -> str:
    return html.escape(str(text))
