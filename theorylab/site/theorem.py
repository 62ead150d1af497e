r"""A claim as a theorem in LaTeX: sentence, formula, domain, the table of its verdicts, its sources as BibTeX.

\newtheorem{theorem}{Theorem}   \usepackage{amsmath, amsthm, booktabs}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theorylab.errors import InputError
from theorylab.lab.evidence import Evidence
from theorylab.lab.families import families
from theorylab.site.content import claim_page
from theorylab.site.references import KEY
from theorylab.theory.formula import to_latex

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab
    from theorylab.lab.rows import Judged, Row
    from theorylab.theory.claim import Claim

_SPECIAL = {c: f"\\{c}" for c in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
_SPECIAL |= {"^": r"\textasciicircum{}", "<": r"\ensuremath{<}", ">": r"\ensuremath{>}", "\u00b1": r"\ensuremath{\pm}"}
_SPECIAL |= {"\u2013": "--", "\u00d7": r"\ensuremath{\times}", "\u2212": r"\ensuremath{-}", "\u2026": r"\dots{}"}
_SIGNS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "!=": r"\ne", "=": "="}


def print_theorem(lab: Lab, claim: Claim) -> None:
    """Print the claim with the verdicts of the fresh records of every protocol that tests it."""
    evidence = Evidence(lab)
    on_disk = [name for name in lab.protocol_names if (lab.records / name).is_dir()]
    tests = [name for name in on_disk if any(test.claim == claim.id for test in lab.protocol(name).tests)]
    rows = [row for name in tests for row in evidence.rows(name)]
    print(theorem(claim, rows, lab.root / "references.bib"))


def theorem(claim: Claim, rows: Sequence[Judged], bibliography: Path | None) -> str:
    """LaTeX of a claim; `rows` are the verdicts of fresh records, of this claim and of others."""
    mine = [r for r in rows if r.claim == claim.id]
    page = claim_page(claim.as_dict(), mine, families(mine), {}, [], {})
    conditions = ", \\quad ".join(dict.fromkeys(_condition(claim, c.text) for c in claim.domain_conditions))
    named = ", ".join(f"{_symbol(i)} {words(i.meaning)}" for i in claim.inputs)
    sources = " ".join(filter(None, (claim.statement, claim.source)))
    entries = bibtex(bibliography, list(dict.fromkeys(KEY.findall(sources))))
    parts = [
        f"% theorylab claim {claim.id}; needs amsmath, amsthm, booktabs and \\newtheorem{{theorem}}{{Theorem}}",
        f"\\begin{{theorem}}[{words(claim.id)}]\\label{{claim:{claim.id}}}",
        words(claim.statement),
        f"\\begin{{equation}}\n  {claim.latex}\n\\end{{equation}}",
        *([f"It is stated for ${conditions}$."] if conditions else []),
        f"Here {named}." if named else "",
        f"Exactness: {words(str(claim.exactness))}. Source: {words(claim.source)}.",
        *(
            ["The statement is kept because it is refuted: the data should disagree."]
            if page["expected"] != "agrees"
            else []
        ),
        "\\end{theorem}",
        *(_table(claim, group) for group in page["groups"]),
        *([] if page["groups"] else ["% not judged: there is no fresh record of a protocol that tests this claim"]),
        *(["\\endinput % what follows is BibTeX", *entries] if entries else []),
    ]
    return "\n".join(part for part in parts if part)


def _table(claim: Claim, group: Row) -> str:
    """The cells of one record."""
    lines = [
        " & ".join(
            (
                words(", ".join(f"{k} = {v}" for k, v in row["cell"].items())),
                words(_one(row["predicted_words"], row["values_note"])),
                words(_one(row["measured_words"], row["values_note"])),
                words(_one(row["margin_words"], "")),
                words(row["judged"].outcome),
            )
        )
        + r" \\"
        for row in group["rows"]
    ]
    return "\n".join(
        [
            "\\begin{table}",
            f"  \\caption{{Verdicts on {words(claim.id)} in record \\texttt{{{words(group['record']['id'])}}}: "
            f"{words(group['outcome'])} ({words(group['counted'])}).}}",
            "  \\begin{tabular}{lllll}",
            "    \\toprule",
            r"    cell & predicted & measured $\pm$ standard error & margin & outcome \\",
            "    \\midrule",
            *(f"    {line}" for line in lines),
            "    \\bottomrule",
            "  \\end{tabular}",
            "\\end{table}",
        ]
    )


def _one(values: Sequence[str], note: str) -> str:
    return "; ".join(values) + (f" ({note})" if note else "")


def _symbol(row: Any) -> str:
    return f"${to_latex(row.symbol)}$ is the" if row.symbol is not None else f"\\texttt{{{words(row.name)}}} is the"


def _condition(claim: Claim, text: str) -> str:
    """A condition in mathematics where its sides are formulas, else its words."""
    sides = re.split(r"\s+(<=|>=|!=|<|>|=)\s+", text)
    try:
        found = [_SIGNS[s] if i % 2 else to_latex(claim.parse(s)) for i, s in enumerate(sides)]
    except InputError:
        return f"\\text{{{words(text)}}}"
    return " ".join(found) if len(found) > 1 else f"\\text{{{words(text)}}}"


def words(text: str) -> str:
    r"""Plain text in LaTeX: special characters escaped, `code` set as such, keys in brackets cited."""
    found = []
    for i, part in enumerate(text.split("`")):
        escaped = "".join(_SPECIAL.get(c, c) for c in part)
        found.append(f"\\texttt{{{escaped}}}" if i % 2 else KEY.sub(r"\\cite{\1}", escaped))
    return "".join(found)


def bibtex(file: Path | None, keys: Sequence[str]) -> list[str]:
    """The entries of a BibTeX file with these keys, as they stand there."""
    text = file.read_text(encoding="utf-8") if file is not None and file.is_file() else ""
    found = []
    for key in keys:
        start = re.search(rf"@\w+\s*\{{\s*{re.escape(key)}\s*,", text)
        depth, end = 0, 0
        for end in range(start.start() if start else len(text), len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0 and text[end] == "}":
                break
        if start:
            found.append(text[start.start() : end + 1])
    return found
