"""The command line of theorylab, and the door of a protocol file that is run by itself."""

from theorylab.cli.commands import main, run_file

__all__ = ["main", "run_file"]
