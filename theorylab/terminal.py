"""What a terminal shows while work goes on (lines, warnings, progress), and how a signal ends it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

INTERRUPTED = "theorylab: interrupted; the same command continues where it stopped\n"
NOTEBOOK, LOG = 3.0, 60.0  # seconds between two lines of progress where there is no terminal
_live: list[Any] = []  # the progress bar on the screen, where there is one
_kept: list[str] | None = None  # where warnings go instead of standard error


def say(line: str) -> None:
    """One line on standard error, above the bar that is on the screen; silent where that cannot be written."""
    if _kept is not None:
        return
    with contextlib.suppress(OSError, ValueError):
        if _live:
            _live[-1].console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)


def warn(message: str) -> None:
    """One line of warning on standard error."""
    if _kept is not None:
        _kept.append(message)
    say(f"theorylab: {message}")


@contextlib.contextmanager
def quiet() -> Iterator[list[str]]:
    """Nothing is shown within; the warnings are kept in the list."""
    global _kept
    before, _kept = _kept, []
    try:
        yield _kept
    finally:
        _kept = before


def sound_streams() -> None:
    """Make standard output and error take every character (escaped where the locale has none), also where closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def in_notebook() -> bool:
    """Whether standard error is read below a cell, of Jupyter or marimo."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    marimo = sys.modules.get("marimo")
    return type(shell).__name__ == "ZMQInteractiveShell" or bool(marimo and marimo.running_in_notebook())


def _lines(title: str, unit: str, seconds: float) -> Callable[..., None]:
    """Progress as a line of its own, at most one in so many seconds."""
    told = time.monotonic()

    def tell(completed: float | None = None, total: float | None = None, note: str = "") -> None:
        nonlocal told
        if completed is not None and total is not None and time.monotonic() - told > seconds:
            told = time.monotonic()
            say(f"{title}: {completed:.0f}/{total:.0f} {unit} {note}".rstrip())

    return tell


@contextlib.contextmanager
def bar(title: str, unit: str, total: float) -> Iterator[Callable[..., None]]:
    """A bar on standard error: `with bar(...) as tell: tell(completed=, total=, note=)`.

    Where that is no terminal, a line now and then: every few seconds below a notebook's cell, every minute in a log.
    """
    if _kept is not None:
        yield lambda **_: None
        return
    if not sys.stderr.isatty():
        yield _lines(title, unit, NOTEBOOK if in_notebook() else LOG)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    counted = TextColumn("{task.completed:.0f}/{task.total:.0f} " + unit if unit != "%" else "{task.percentage:.0f} %")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(20),
        counted,
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    with shown:
        _live.append(shown)
        task = shown.add_task(title, total=total, note="")
        try:
            yield lambda **fields: shown.update(task, **fields)
        finally:
            _live.remove(shown)


@contextlib.contextmanager
def progress(title: str, cells: int) -> Iterator[Callable[[int, int, str], None]]:
    """`with progress(title, cells) as tell: tell(done, total, note)`: chunks done of those known to be wanted.

    The total grows as further looks are planned. What comes first, compiling, is said before it begins.
    """
    began = time.monotonic()
    if not sys.stderr.isatty():
        say(f"{title}: compiling, then the first chunk")
    with bar(title, "chunks", cells) as show:
        show(note="compiling, then the first chunk")
        yield lambda done, total, note: show(completed=done, total=total, note=note)
    say(f"{title}: {cells} cells in {time.monotonic() - began:.1f} s")


def listen() -> None:
    """Let one interruption (INT) or termination (TERM) end this process at once with status 3.

    A compiled program does not return to Python before its end, and an exception raised between two arbitrary
    instructions can be lost: so a thread is woken by the system's signal itself, says its line and leaves. Every file
    is written under a temporary name and renamed, so nothing on disk is ever half done.
    """
    if os.name == "nt":  # where only a socket can be woken
        import socket

        reading, writing = socket.socketpair()
        writing.setblocking(False)
        wake = writing.detach()

        def receive(count: int) -> bytes:
            return reading.recv(count)
    else:
        end, wake = os.pipe()
        os.set_blocking(wake, False)

        def receive(count: int) -> bytes:
            return os.read(end, count)

    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _noted)
    threading.Thread(target=_leave, args=(receive,), name="signals", daemon=True).start()


def _noted(*_: Any) -> None:
    """What a signal does in the main thread: nothing, the thread that was woken ends the process."""


def _leave(receive: Callable[[int], bytes]) -> None:
    while not set(receive(1)) & {signal.SIGINT, signal.SIGTERM}:
        pass
    cursor = "\r\x1b[K\x1b[?25h" if _live else ""
    with contextlib.suppress(OSError):
        os.write(2, (cursor + INTERRUPTED).encode())
    os._exit(3)


def die_with_parent() -> None:
    """In a process that another one has started for its own work: leave interruptions to it, and end when it ends."""
    import multiprocessing
    from multiprocessing.connection import wait

    parent = multiprocessing.parent_process()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(3)

    threading.Thread(target=watch, name="parent", daemon=True).start()
