"""The most memory that this process has held, on the host and on the device."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

COPIES = 4  # of a record's arrays in memory while it is judged and sealed (measured: 3.3 and 2.0)
LATER = 100_000_000  # bytes that programs of further cells and judging take (measured: 15 to 60 MB)


def restart() -> None:
    """Forget the peak so far, where the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> int | None:
    """Bytes held at the peak since `restart`, or since the process began; None where the system does not tell."""
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    try:
        import resource
    except ImportError:  # no Unix
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def needed(size: int) -> int | None:
    """Bytes that a run needs whose first chunk has been computed, with a record of `size` bytes; None if unknown."""
    held = peak()
    return None if held is None else held + LATER + COPIES * size


def device_peak() -> int | None:
    """The most bytes in use on a local device; None where devices do not tell (processors)."""
    import jax

    peaks = [(device.memory_stats() or {}).get("peak_bytes_in_use") for device in jax.local_devices()]
    return max((int(p) for p in peaks if p is not None), default=None)
