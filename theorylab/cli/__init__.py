"""The command line of theorylab, and the door of a protocol file that is run by itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from theorylab import terminal

__all__ = ["main", "run_file"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `theorylab` command."""
    terminal.listen()  # before anything that takes time: an interruption is never a traceback
    terminal.sound_streams()
    from theorylab.cli import commands

    sys.exit(commands.app(arguments))


def run_file(file: str) -> None:
    """Entry point of a protocol's own file: `theorylab run NAME`, with the arguments that python was given."""
    from theorylab.cli.commands import file_arguments

    main(file_arguments(file))
