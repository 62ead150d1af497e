"""theorylab: claims derived by computer algebra, predicted, trained as ensembles, judged, drawn.

Nothing heavy is imported and nothing global is set by `import theorylab`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

BEGAN = time.time()  # what was edited later may not be what this process runs
__version__ = "0.1.0"
__all__ = ["Ensemble", "Protocol", "Test", "__version__", "claim", "measure", "noise", "observe", "record"]

if TYPE_CHECKING:
    from theorylab import claim, measure, noise, observe, record
    from theorylab.ensemble import Ensemble
    from theorylab.protocol import Protocol, Test

_PLACES = {"Ensemble": "theorylab.ensemble", "Protocol": "theorylab.protocol", "Test": "theorylab.protocol"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name in ("claim", "lanes", "measure", "noise", "observe", "random", "record", "rules", "verdict"):
        return import_module(f"theorylab.{name}")
    raise AttributeError(f"module 'theorylab' has no attribute {name!r}")
