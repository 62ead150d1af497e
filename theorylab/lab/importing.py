"""Importing a file of a lab under its place there, as `models.quadratic.claims.variance`.

One process may visit several labs: the packages of the one before are forgotten. A package called `models`, `protocols`
or `figures` that belongs to no lab is refused, since one of the two would hide the other.
"""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from theorylab.errors import InputError

ROOMS = ("models", "protocols", "figures")


def is_lab(folder: Path) -> bool:
    """Whether `folder` has the rooms of a lab."""
    return all((folder / name).is_dir() for name in ROOMS)


def module(root: Path, file: Path) -> ModuleType:
    """The module in `file` of the lab at `root`.

    Raises:
        InputError: the file cannot be imported; a package of the same name as a room belongs to no lab.
    """
    name = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    _make_way(root)
    try:
        return importlib.import_module(name)
    except InputError:
        raise
    except Exception as error:
        where = getattr(error, "lineno", None) or _line(error, file)
        raise InputError(
            f"{file.relative_to(root)}:{where}: {type(error).__name__}: "
            f"{str(error).splitlines()[0] if str(error) else ''}"
        ) from error


def _make_way(root: Path) -> None:
    """Put the lab first on the path and forget the packages of another one."""
    for room in ROOMS:
        held = sys.modules.get(room)
        if held is None or root in (places := _places(held)):
            continue
        if not any(is_lab(place) or not place.exists() for place in places):  # a lab, or one that has been removed
            _refuse(room, getattr(held, "__file__", None) or next(iter(getattr(held, "__path__", ())), "a module"))
        for loaded in [m for m in sys.modules if m.split(".")[0] in ROOMS]:
            del sys.modules[loaded]
        break
    _refuse_on_path(root, tuple(sys.path))
    if sys.path[:1] != [str(root)]:
        sys.path[:] = [str(root), *(place for place in sys.path if place != str(root))]


def _places(held: ModuleType) -> set[Path]:
    """The folders in which a module or package stands."""
    own = getattr(held, "__file__", None)
    paths = list(getattr(held, "__path__", ())) or ([own] if own else [])
    return {Path(path).resolve().parent for path in paths}


@lru_cache(maxsize=64)
def _refuse_on_path(root: Path, path: tuple[str, ...]) -> None:
    """Refuse a package of a room's name on the path; a folder without Python (`models/` of weights) is none."""
    others = [place for place in path if Path(place).resolve() != root and not is_lab(Path(place))]
    for room in ROOMS:
        spec = PathFinder.find_spec(room, others)
        if spec is not None and spec.origin is not None:
            _refuse(room, spec.origin)


def _refuse(room: str, file: str) -> None:
    raise InputError(
        f"{file}: a package {room!r} of no lab is on the path, and the lab's own {room!r} would hide it or be hidden; "
        "rename it or take it off the path"
    )


def _line(error: BaseException, file: Path) -> int:
    trace, line = error.__traceback__, 1
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
