"""How a command ends: an exit status, and for everything but success one line on standard error, never a traceback.

0  fine
1  an outcome differs from the one its claim expects, or could not be told
2  the input was wrong: a name, a value, a file, a line of the lab's own code
3  interrupted, or waiting for other shards; the same command continues
4  unforeseen: an error of theorylab itself; the line says which file holds the traceback
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import click

from theorylab import terminal
from theorylab.errors import InputError, Unfinished

FINE, DIFFERS, WRONG, UNFINISHED, UNFORESEEN = range(5)
LONG = 120  # characters of a word from which only its ends are said


def ended(work: Callable[[], Any], arguments: list[str]) -> int:
    """Do `work`; its status, with what went wrong said in a line (and shown whole under `--debug`)."""
    try:
        status = work()
        sys.stdout.flush()
        return status if isinstance(status, int) else FINE
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return FINE
    except BrokenPipeError:
        return FINE
    except BaseException as error:
        if isinstance(error, SystemExit | GeneratorExit):
            raise
        if "--debug" in arguments:
            terminal.say("".join(traceback.format_exception(error)).rstrip())
        return _said(error, arguments)
    finally:
        _flush()


def fail(message: str, status: int = WRONG) -> int:
    """Say `message` in one line; the status."""
    line = " ".join(message.split())
    terminal.say("theorylab: " + re.sub(rf"\S{{{LONG},}}", lambda word: f"{word[0][:40]}...{word[0][-20:]}", line))
    return status


def _said(error: BaseException, arguments: list[str]) -> int:
    if isinstance(error, InputError):
        return fail(str(error))
    if isinstance(error, click.ClickException):
        return fail(error.format_message())
    if isinstance(error, Unfinished):
        return fail(str(error), UNFINISHED)
    if isinstance(error, KeyboardInterrupt | click.exceptions.Abort):
        return fail(terminal.INTERRUPTED.removeprefix("theorylab: "), UNFINISHED)
    if isinstance(error, OSError) and error.strerror:  # a disk or folder that refuses
        if error.filename is not None:
            return fail(f"{error.filename}: {error.strerror}")
        if error.errno in (errno.ENOSPC, errno.EIO, errno.EBADF):  # files name themselves
            return fail(f"standard output: {error.strerror}")
    from theorylab.lab.fault import fault, said

    own = fault(error)
    if own is not None:
        return fail(f"{own} (--debug shows the whole traceback)")
    whole = "".join(traceback.format_exception(error))
    return fail(f"unforeseen {said(error)}; {kept([' '.join(arguments), whole])}", UNFORESEEN)


def kept(texts: Sequence[str]) -> str:
    """Write the tracebacks to a file; where it is, in words."""
    import platform

    from theorylab import __version__

    here = f"theorylab {__version__}, Python {platform.python_version()}, {platform.platform()}"
    text = "\n\n".join([here, *texts])
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="theorylab-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
    except OSError:
        return "--debug shows the traceback"
    return f"its traceback is in {file.name}"


def _flush() -> None:
    """Write what is left for standard output; where that fails, lead it nowhere, because the exit flushes once more."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
