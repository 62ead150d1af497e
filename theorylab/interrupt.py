"""Interrupts that are not lost: Python drops what a signal raises inside a callback of the garbage collector."""

from __future__ import annotations

import signal
from typing import Any

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
