"""What a terminal shows while work goes on: warnings, progress, and interruptions that are not lost."""

from __future__ import annotations

import signal
import sys
import time
from typing import Any


def warn(message: str) -> None:
    """One line on standard error."""
    print(f"theorylab: {message}", file=sys.stderr)


class progress:
    """`with progress(title, cells) as tell: tell(done, total, note)`: chunks done of those known to be wanted."""

    def __init__(self, title: str, cells: int) -> None:
        self.title, self.cells, self.bar = title, cells, None

    def __enter__(self) -> Any:
        self.began = time.monotonic()
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            self.bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.completed}/{task.total} chunks"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self.bar.start()
            self.task = self.bar.add_task(self.title, total=self.cells, note="")
        return self.tell

    def tell(self, done: int, total: int, note: str) -> None:
        """`done` of `total` chunks are finished; the total grows as further looks are planned."""
        if self.bar is not None:
            self.bar.update(self.task, completed=done, total=total, note=note)

    def __exit__(self, kind: Any, *_: Any) -> None:
        if self.bar is not None:
            self.bar.stop()
        if kind is None:
            print(f"{self.title}: {self.cells} cells in {time.monotonic() - self.began:.1f} s", file=sys.stderr)

_told = False


def listen() -> None:
    """Make interruption and termination a KeyboardInterrupt, now or at the next `check`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def _stop(*_: Any) -> None:
    global _told
    _told = True
    raise KeyboardInterrupt


def check() -> None:
    """Raise KeyboardInterrupt if one was dropped; called between chunks."""
    if _told:
        raise KeyboardInterrupt
