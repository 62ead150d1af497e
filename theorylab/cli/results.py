"""Commands on records: list and judge them, draw figures, write the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from theorylab.cli.options import FOLDER, command, json_option, names_argument
from theorylab.errors import InputError

if TYPE_CHECKING:
    from theorylab.lab.folder import Lab


@command()
@names_argument
@json_option
def check(lab: Lab, names: tuple[str, ...], as_json: bool) -> int:
    """Judge what the records hold; run nothing."""
    from theorylab.cli import tables
    from theorylab.lab import checking

    rows = checking.check(lab, names or None)
    return tables.verdicts(rows, None, as_json)


@command()
@names_argument
@json_option
@click.option("--export", type=FOLDER, metavar="FILE", help="Write the named record to FILE.")
@click.option("--import", "bring", type=FOLDER, metavar="FILE", help="Take a record from FILE.")
def records(lab: Lab, names: tuple[str, ...], as_json: bool, export: Path | None, bring: Path | None) -> None:
    """List what is on disk (by protocol or record id), export or import a record as one file."""
    from theorylab.cli import layout, tables
    from theorylab.lab import listing

    if export is not None and bring is not None:
        raise InputError("records: --export and --import do not go together")
    if export is not None or bring is not None:
        listing.exchange(lab, names or [], export, bring)
    rows = listing.listing(lab, names or None)
    tables.document(rows) if as_json else layout.table(
        rows, ("id", "state", "seed", "replicates", "diverged", "data_sha256")
    )


@command()
@names_argument
def figures(lab: Lab, names: tuple[str, ...]) -> None:
    """Redraw from records; run nothing."""
    from theorylab.drawing import redraw

    for path in redraw.draw(lab, names or None):
        print(path)


@command()
@click.option("--out", type=FOLDER, metavar="DIR", help="Default: LAB/report.")
def report(lab: Lab, out: Path | None) -> None:
    """Write one self-contained static site from records."""
    from theorylab.site import assemble

    print(assemble.report(lab, out))


@command(in_lab=False)
@click.argument("path", type=FOLDER)
def new(path: Path) -> None:
    """Make a fresh lab with one worked example."""
    from theorylab.cli import new_lab

    new_lab.create(path)
    print(f"{path}: a lab with one claim and one protocol; try\n  cd {path}\n  theorylab reproduce")
