"""theorylab: claims derived by computer algebra, predicted, trained as ensembles, judged, drawn.

Nothing heavy is imported and nothing global is set by `import theorylab`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

BEGAN = time.time()  # what was edited later may not be what this process runs
__version__ = "0.1.0"
__all__ = [
    "Ensemble", "Picture", "Protocol", "Test", "__version__", "challenge", "check", "claim", "claims", "figure",
    "lanes", "main", "measure", "new", "noise", "observe", "plan", "protocols", "random", "record", "records", "report",
    "reproduce", "rules", "run", "symbols", "vary",
]  # fmt: skip

if TYPE_CHECKING:
    from theorylab import measure, noise, random
    from theorylab.cli.functions import (
        challenge,
        check,
        claim,
        claims,
        figure,
        new,
        plan,
        protocols,
        record,
        records,
        report,
        reproduce,
        run,
    )  # fmt: skip
    from theorylab.lab.picture import Picture
    from theorylab.lab.protocol import Protocol, Test
    from theorylab.lab.varied import vary
    from theorylab.theory import symbols
    from theorylab.train import Ensemble, lanes, observe, rules

# where a public name stands; the digest of a simulation's code reads this table too
_PLACES = {
    "Ensemble": "theorylab.train.ensemble",
    "Picture": "theorylab.lab.picture",
    "Protocol": "theorylab.lab.protocol",
    "Test": "theorylab.lab.protocol",
    "lanes": "theorylab.train.lanes",
    "measure": "theorylab.measure",
    "noise": "theorylab.noise",
    "observe": "theorylab.train.observe",
    "random": "theorylab.random",
    "rules": "theorylab.train.rules",
    "symbols": "theorylab.theory.symbols",
    "vary": "theorylab.lab.varied",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'theorylab' has no attribute {name!r}")
    where = _PLACES.get(name, "theorylab.cli.functions")
    place = import_module(where)
    return place if where.endswith(f".{name}") else getattr(place, name)


def __dir__() -> list[str]:
    return __all__


def main(file: str) -> None:
    """For a protocol's own file, called with `__file__`: `theorylab run NAME` with the options given to python."""
    from theorylab.cli import run_file

    run_file(file)
