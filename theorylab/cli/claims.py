"""Commands on formulas: list claims, derive one, evaluate it, challenge it with another formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from theorylab.cli.options import command, json_option, pairs_argument
from theorylab.errors import InputError

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab

id_argument = click.argument("name", metavar="ID")


@command()
@json_option
def claims(lab: Lab, as_json: bool) -> None:
    """List every claim: id, sentence, domain."""
    from theorylab.cli import tables

    tables.document(lab.claim_rows()) if as_json else tables.claims(lab.sentences())


@command()
@id_argument
@json_option
@click.option("--latex", is_flag=True, help="Print it as a theorem with its verdicts and BibTeX entries.")
def claim(lab: Lab, name: str, as_json: bool, latex: bool) -> int:
    """Derive a claim step by step and verify each step."""
    from theorylab.cli import tables

    if latex and as_json:
        raise InputError("claim: --latex and --json do not go together")
    found = lab.claim(name)
    if latex:
        from theorylab.site.theorem import print_theorem

        print_theorem(lab, found)
        return 0
    derivation = found.derivation_as_dict()
    row = {**found.as_dict(), **derivation}
    tables.document(row) if as_json else tables.claim(row)
    return 0 if derivation["verified"] else 1


@command()
@id_argument
@pairs_argument("inputs", "input")
@json_option
def predict(lab: Lab, name: str, inputs: dict[str, str], as_json: bool) -> None:
    """Evaluate a claim: theorylab predict quadratic.covariance eta=0.1 H='[[1,0],[0,0.2]]' C='[[1,0.5],[0.5,1]]'."""
    from theorylab import words
    from theorylab.cli import tables
    from theorylab.theory import limited

    values = {k: words.parse(v) for k, v in inputs.items()}
    found = lab.claim(name)
    value = limited.within(lambda: found.predict(**values), f"claim {name}")
    if not words.finite(value):
        raise InputError(f"claim {name}: no finite value at {', '.join(f'{k}={v}' for k, v in values.items())}")
    tables.document({"claim": name, "inputs": values, "value": value}) if as_json else tables.prediction(
        name, values, value
    )


@command()
@id_argument
@click.option("--formula", required=True, metavar="EXPR", help="Your formula in the claim's symbols.")
@json_option
def challenge(lab: Lab, name: str, formula: str, as_json: bool) -> int:
    """Judge your own formula on the records that test a claim."""
    from theorylab.cli import tables
    from theorylab.lab import checking

    rows = checking.challenge(lab, name, formula)
    return tables.challenge(rows, name, formula, as_json)
