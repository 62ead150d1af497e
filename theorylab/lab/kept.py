"""What has been derived, kept on disk under the digest of the code that derived it.

    key(root, file) = sha256 over the sources of  file's import closure,  versions of foreign packages,  Python

The closure is a superset: every import statement in the text is followed, wherever it stands, and files beside the
models' modules count too. An import that cannot be followed has no key, and nothing is kept for it. An entry is plain
JSON with a checksum; one that is damaged, of another key or not readable is as good as absent. Formulas are sympy's
constructors as text (srepr), read through a whitelist and compared with the original before they are kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import secrets
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

OLD = 60 * 86400.0  # seconds after which an entry that nobody has written again is thrown away
BEGAN: float = sys.modules["theorylab"].BEGAN
_HOME = Path(__file__).resolve().parents[__name__.count(".")]
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n(]*)|import[ \t]+([^\n]*))", re.MULTILINE
)
_CHECKERS = re.compile(r"^if (?:typing\.)?TYPE_CHECKING:\n(?:[ \t]+[^\n]*\n|[ \t]*\n)*", re.MULTILINE)
_WRITERS = ("theorylab.lab.kept", "theorylab.theory.constructors")
_FINDS = ("theorylab.lab", "theorylab.cli", "theorylab.claim", "theorylab.*")
_BUILTIN = frozenset(sys.stdlib_module_names)


def place() -> Path:
    """Where entries lie."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "theorylab" / "derived"


def key(root: Path, *files: Path) -> str | None:
    """Digest of all code that these modules of the lab at `root` depend on, and of their names and order.

    None where some of it cannot be found, or was edited after this process began and so may not be what it runs.
    """
    names = [".".join(f.relative_to(root).with_suffix("").parts).removesuffix(".__init__") for f in files]
    sources: dict[str, str] = {}
    versions: dict[str, str] = {}
    waiting, seen = [*names, *_WRITERS], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        top, _, _ = name.partition(".")
        path = _file(root, name)
        if name == "theorylab":  # the face of the engine: what is taken from it and no module counts as all of it
            continue
        if path is not None:
            state = os.stat(path)
            if state.st_mtime > BEGAN - 2.0:
                return None
            sources[name], imports = _module(path, name, state.st_mtime_ns, state.st_size)
            if top != "theorylab" and any(i.startswith(_FINDS) for i in imports):
                return None  # it may find any other claim at run time
            waiting += [*imports, name.rpartition(".")[0]]
        elif _file(root, top) is not None:
            waiting += _behind(root, name)
        elif name:
            version = _version(top)
            if version is None:
                return None
            versions[top] = version
    data = {os.path.relpath(f, root): hashlib.sha256(Path(f).read_bytes()).hexdigest() for f in _data(root)}
    settings = {k: v for k, v in os.environ.items() if k.startswith("SYMPY_")}
    parts = [names, sys.version, *(sorted(part.items()) for part in (sources, versions, settings, data))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def formula(root: Path, file: Path, name: str, derive: Callable[[], Any]) -> Any:
    """The formula that the code of `file` derives for the claim `name`: from disk where it is kept, else derived.

    It is kept only where its text reads back to an equal formula and no source changed meanwhile.
    """
    from theorylab.theory import constructors

    here = key(root, file)
    text = read(here, f"formula {name}")
    if isinstance(text, str):
        with contextlib.suppress(Exception):  # whatever an entry of foreign make raises: derive
            return constructors.read(text)
    found = derive()
    with contextlib.suppress(Exception):  # no text of such an expression: it is derived each time
        text = constructors.spelled(found)
        again = constructors.read(text)
        if again == found and type(again) is type(found) and key(root, file) == here:
            write(here, f"formula {name}", text)
    return found


def read(key: str | None, name: str) -> Any:
    """The value kept as `name` under `key`; None where there is none."""
    if key is None:
        return None
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        entry = json.loads(_path(key, name).read_text(encoding="utf-8"))
        if (entry["key"], entry["name"]) == (key, name) and entry["sha256"] == _checksum(entry["value"]):
            return entry["value"]
    return None


def write(key: str | None, name: str, value: Any) -> None:
    """Keep a value of plain JSON; nothing happens where the disk refuses. Whoever writes last, the entry is whole."""
    if key is None or json.loads(json.dumps(value)) != value:
        return
    path = _path(key, name)
    entry = {"key": key, "name": name, "sha256": _checksum(value), "value": value}
    temporary = path.with_name(f".tmp-{os.getpid()}-{secrets.token_hex(4)}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            return
        _sweep(path.parent)


@lru_cache(maxsize=1)
def _sweep(where: Path) -> None:
    """Throw away what is old; once in a process."""
    for file in where.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > OLD:
                file.unlink()


def _path(key: str, name: str) -> Path:
    return place() / (hashlib.sha256(f"{key} {name}".encode()).hexdigest()[:32] + ".json")


def _checksum(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@lru_cache(maxsize=8192)
def _file(root: Path, name: str) -> str | None:
    """The source of a module of the engine or of the lab."""
    base = os.path.join(_HOME if name.split(".", 1)[0] == "theorylab" else root, *name.split("."))
    return next((f for f in (os.path.join(base, "__init__.py"), base + ".py") if name and os.path.isfile(f)), None)


@lru_cache(maxsize=4096)
def _module(path: str, name: str, _time: int, _size: int) -> tuple[str, tuple[str, ...]]:
    """Digest of a source, every module that it may import, and `module.name` for each name taken from one."""
    source = Path(path).read_bytes()
    package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
    text = _CHECKERS.sub("", source.decode("utf-8", "replace"))
    found: list[str] = []
    for base, names, plain in _IMPORT.findall(text):
        if plain:
            modules = [part.split()[0] for part in plain.split("#")[0].split(",") if part.split()]
            found += [f"{m}.*" if m == "theorylab" else m for m in modules]
            continue
        dots = len(base) - len(base.lstrip("."))
        if dots:
            above = package.split(".")[: len(package.split(".")) - dots + 1]
            base = ".".join(part for part in (*above, base.lstrip(".")) if part)
        taken = re.sub(r"#[^\n]*", "", names).strip("() \t\n")
        found += [base, *(f"{base}.{part.split()[0]}" for part in taken.split(",") if part.split())]
    wanted = (f for f in found if f.split(".", 1)[0] not in _BUILTIN and re.fullmatch(r"[\w.*]+", f))
    return hashlib.sha256(source).hexdigest(), tuple(dict.fromkeys(wanted))


def _behind(root: Path, name: str) -> list[str]:
    """What `module.name` stands for: the module, or any of a package that finds its names by `__getattr__`."""
    parent = name.rpartition(".")[0]
    path = _file(root, parent)
    if path is None or not path.endswith("__init__.py") or b"__getattr__" not in Path(path).read_bytes():
        return [parent]
    folder = Path(path).parent
    modules = [".".join((parent, *f.relative_to(folder).with_suffix("").parts)) for f in folder.rglob("*.py")]
    return [m.removesuffix(".__init__") if m.count(".") > 1 else m for m in modules]


def _data(root: Path) -> list[str]:
    """Files beside the models' modules, which a claim might read."""
    found = [os.path.join(at, name) for at, _, names in os.walk(root / "models") for name in names]
    return sorted(f for f in found if not f.endswith((".py", ".pyc")))


@lru_cache(maxsize=256)
def _version(package: str) -> str | None:
    """The version of an installed package; None where its code may change under one version."""
    with contextlib.suppress(metadata.PackageNotFoundError, OSError, ValueError):
        found = metadata.distribution({"sklearn": "scikit-learn"}.get(package, package))
        about = json.loads(found.read_text("direct_url.json") or "{}")
        return None if about.get("dir_info", {}).get("editable") else found.version
    return None if importlib.util.find_spec(package) else "absent"
