"""Commands on records: list and judge them, draw figures, write the report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from theorylab import terminal
from theorylab.cli.options import FOLDER, command, json_option, names_argument
from theorylab.cli.status import FINE, fail
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

    status = tables.verdicts(checking.check(lab, names or None), None, as_json)
    return _damaged(lab, names or None) or status


def _damaged(lab: Lab, names: Sequence[str] | None = None) -> int:
    """2, and a line that names the damaged records of these protocols, where there are any; else 0."""
    from theorylab.lab import listing

    sys.stdout.flush()
    found = listing.damaged(lab, names)
    return fail(f"not judged: {found}; `theorylab run` makes them anew") if found else FINE


@command()
@names_argument
@json_option
@click.option("--export", type=FOLDER, metavar="FILE", help="Write the named record to FILE.")
@click.option("--import", "bring", type=FOLDER, metavar="FILE", help="Take a record from FILE.")
@click.option("--prune", is_flag=True, help="Remove what no record needs: replaced records, damaged and stray files.")
def records(
    lab: Lab, names: tuple[str, ...], as_json: bool, export: Path | None, bring: Path | None, prune: bool
) -> None:
    """List what is on disk (by protocol or record id), export or import a record as one file, tidy up."""
    from theorylab.cli import layout, tables
    from theorylab.lab import listing

    if sum((export is not None, bring is not None, prune)) > 1:
        raise InputError("records: --export, --import and --prune do not go together")
    if prune:
        for path in listing.prune(lab, names or None):
            terminal.say(f"removed {path}")
    if export is not None or bring is not None:
        listing.exchange(lab, names or [], export, bring)
    rows = listing.listing(lab, names or None)
    tables.document(rows) if as_json else layout.table(
        rows, ("id", "state", "seed", "replicates", "diverged", "data_sha256")
    )


@command()
@names_argument
@click.option("--width", type=float, metavar="INCHES", help="A journal's width; writes pdf unless --format says more.")
@click.option("--format", "formats", multiple=True, metavar="svg|png|pdf", help="Repeatable; with the numbers as CSV.")
def figures(lab: Lab, names: tuple[str, ...], width: float | None, formats: tuple[str, ...]) -> int:
    """Redraw from records (of the default settings, or of a record named by its id); run nothing."""
    from theorylab.drawing import redraw
    from theorylab.drawing.figures import figure

    for path in redraw.draw(lab, names or None, width=width, formats=formats):
        print(path)
    concerned = {p for n in names if "-" not in n for p in figure(lab, n).needs}
    return FINE if names and not concerned else _damaged(lab, sorted(concerned) or None)


@command()
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--out", type=FOLDER, metavar="DIR", help="Default: LAB/report.")
def report(lab: Lab, ids: tuple[str, ...], out: Path | None) -> int:
    """Write one self-contained static site from records (of the default settings, or those named by their ids)."""
    from theorylab.site import assemble

    print(assemble.report(lab, out, ids))
    return _damaged(lab)


@command(in_lab=False)
@click.argument("path", type=FOLDER)
@click.option("--copy", is_flag=True, help="All rooms of the standard lab, to edit, instead of one worked example.")
def new(path: Path, copy: bool) -> None:
    """Make a fresh lab with one worked example, or a copy of the standard lab."""
    from theorylab.cli import new_lab

    new_lab.create(path, copy)
    held = "a copy of the standard lab" if copy else "a lab with one claim and one protocol"
    print(f"{path}: {held}; try\n  cd {path}\n  theorylab reproduce")
