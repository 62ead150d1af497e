"""A claim as plain data: the row of the list of claims, and its derivation step by step with the check of each step."""

from __future__ import annotations

from typing import Any

from theorylab.theory import arguments


def row(claim: Any) -> dict[str, Any]:
    """The row of `theorylab claims --json`."""
    texts = {i.name: [c.text for c in claim.domain_conditions if c.names == (i.name,)] for i in claim.inputs}
    return {
        "id": claim.id,
        "statement": claim.statement,
        "model": claim.model,
        "inputs": [
            {"name": i.name, "meaning": i.meaning, "unit": i.unit, "domain": arguments.said(i, texts[i.name])}
            for i in claim.inputs
        ],
        "formula": claim.formula_text,
        "domain": ", ".join(dict.fromkeys(c.text for c in claim.domain_conditions)),
        "source": claim.source,
        "exactness": str(claim.exactness),
        "controls": [control.name for control in claim.controls],
        "noises": list(claim.noises),
        "expected": claim.expected,
        "answers": claim.answers,
    }


def derivation(claim: Any) -> dict[str, Any]:
    """Steps with their checks, LaTeX, controls with their reasons; `verified` where every step is."""
    checks = claim.check()
    steps = [
        {**step.as_dict(), "verified": check.ok, "detail": check.detail, "error": check.error}
        for step, check in zip(claim.derived.steps, checks, strict=True)
    ]
    controls = [
        {"name": c.name, "formula": c.formula_text, "reason": c.reason, "source": c.source} for c in claim.controls
    ]
    latex, verified = claim.latex, all(check.ok for check in checks)
    return {"steps": steps, "latex": latex, "controls": controls, "verified": verified}
