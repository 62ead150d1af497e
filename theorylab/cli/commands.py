"""The command line: derive, predict, run, check, challenge, draw, report. Heavy imports wait until they are needed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from theorylab.cli import claims, results, runs, status
from theorylab.cli.options import debug_option

EXAMPLES = """\b
Examples:
  theorylab claims
  theorylab claim quadratic.variance
  theorylab predict quadratic.variance eta=0.1 lam=1.0 sigma=0.5
  theorylab run quadratic_variance --tier smoke
  theorylab challenge quadratic.variance --formula "eta*sigma**2/(2*lam)"
  theorylab reproduce --tier smoke

\b
Exit status:
  0  fine
  1  an outcome differs from the one its claim expects
  2  wrong input (a name, a value, a file, a protocol's own code), said in one line
  3  interrupted, or waiting for other shards: the same command continues
  4  unforeseen, an error of theorylab: one line says which file holds its traceback
"""


@click.group(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="theorylab", message="theorylab %(version)s")
@debug_option
def cli() -> None:
    """A theory lab for deep linear networks and toy models."""


for part in (claims, runs, results):
    for found in list(vars(part).values()):
        if isinstance(found, click.Command):
            cli.add_command(found)


def app(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status, never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    ended = status.ended(lambda: cli(args=given, prog_name="theorylab", standalone_mode=False), given)
    if "theorylab.running.hosts" in sys.modules:
        sys.modules["theorylab.running.hosts"].leave(ended)
    return ended


def file_arguments(file: str) -> list[str]:
    """The command line that a protocol's own file stands for: `run NAME`, with the arguments that python was given."""
    from theorylab.lab.folder import around

    lab = around(Path(file))
    return ["run", lab.protocol_name(Path(file).resolve()), "--lab", str(lab.root), *sys.argv[1:]]
