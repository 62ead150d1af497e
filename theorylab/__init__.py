"""theorylab: claims derived by computer algebra, predicted, trained as ensembles, judged, drawn.

Nothing heavy is imported and nothing global is set by `import theorylab`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

BEGAN = time.time()  # what was edited later may not be what this process runs
__version__ = "0.1.0"
__all__ = [
    "Ensemble", "Protocol", "Test", "__version__", "claim", "lanes", "main", "measure", "noise", "observe", "random",
    "record", "rules", "symbols", "vary",
]  # fmt: skip

if TYPE_CHECKING:
    import xarray

    from theorylab import measure, noise, random
    from theorylab.lab.protocol import Protocol, Test
    from theorylab.lab.varied import vary
    from theorylab.theory import Claim, symbols
    from theorylab.train import Ensemble, lanes, observe, rules

# where a public name stands; the digest of a simulation's code reads this table too
_PLACES = {
    "Ensemble": "theorylab.train.ensemble",
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

    if name not in _PLACES:
        raise AttributeError(f"module 'theorylab' has no attribute {name!r}")
    place = import_module(_PLACES[name])
    return place if _PLACES[name].endswith(f".{name}") else getattr(place, name)


def claim(name: str, lab: Any = None) -> Claim:
    """The claim `name` of the lab around here (or at `lab`); InputError with the nearest name where there is none."""
    from theorylab.lab.folder import find

    return find(lab).claim(name)


def record(name: str, lab: Any = None, records: Any = None) -> xarray.Dataset:
    """The record with id `name` as an xarray.Dataset, axis "replicate" first."""
    from theorylab import store
    from theorylab.lab.folder import find

    return store.dataset(store.find(find(lab, records).records, name))


def main(file: str) -> None:
    """For a protocol's own file, called with `__file__`: `theorylab run NAME` with the options given to python."""
    from theorylab.cli import run_file

    run_file(file)
