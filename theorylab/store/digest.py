"""The digest of a simulation's code: syntax trees of the import closure that starts at the protocol's file.

    code_digest = sha256 over the modules, sorted by name, of  name + tree

Followed are imports into `models`, `protocols` and the engine's packages `random`, `noise` and `train`, wherever they
stand in a file. Left out are claims and the rest of the engine: they change no replicate. A tree holds no docstrings,
no positions, no quotes and no fields that differ between versions of Python; of `Protocol(...)` the question, the tests
and the pictures are left out, and of an import the names that cannot change a replicate. Imports made from texts at
run time, and data files, are not seen.
"""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from theorylab.errors import InputError

PACKAGES = ("models", "protocols")
SIMULATE = ("random", "noise", "train")  # the engine's packages that can change a replicate
_HOME = Path(__file__).resolve().parents[1]
_SILENT = {"ctx", "type_comment", "kind", "lineno", "col_offset", "end_lineno", "end_col_offset"}
_JUDGING = {"question", "tests", "pictures"}
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # where a statement holds statements
_OPENING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)  # what may open with a docstring


def code_digest(protocol_file: Path) -> str:
    """SHA-256 of the code that a protocol's simulation runs. Raises InputError where a file is no Python."""
    file = Path(protocol_file).resolve()
    root = next(folder.parent for folder in file.parents if folder.name == "protocols")
    found: dict[str, str] = {}
    seen: set[str] = set()
    waiting = [".".join(file.relative_to(root).with_suffix("").parts)]
    while waiting:
        name = waiting.pop()
        if name in seen or excluded(name):
            continue
        seen.add(name)
        path = _file(root, name)
        if path is None:
            continue
        digest, imports = _module(path, name, root)
        if name != "theorylab":  # its table of names says where things are; the things themselves are followed
            found[name] = digest
            waiting.extend(imports)
        parent = name.rpartition(".")[0]
        if parent:
            waiting.append(parent)
    total = hashlib.sha256()
    for name in sorted(found):
        total.update(f"{name} {found[name]}\n".encode())
    return total.hexdigest()


def excluded(name: str) -> bool:
    """Whether a module cannot change a replicate: claims, and every package of the engine but `SIMULATE`."""
    top, *inner = name.split(".")
    return "claims" in inner or (top == "theorylab" and bool(inner) and inner[0] not in SIMULATE)


def _file(root: Path | str, name: str) -> str | None:
    top, *inner = name.split(".")
    if top != "theorylab" and top not in PACKAGES:
        return None
    place = os.sep.join([str(_HOME) if top == "theorylab" else f"{root}{os.sep}{top}", *inner])
    options = (f"{place}{os.sep}__init__.py", f"{place}.py")
    return next((option for option in options if os.path.isfile(option)), None)


_modules: dict[tuple[str, str, int, int], tuple[str, tuple[str, ...]]] = {}


def _module(path: Path | str, name: str, root: Path) -> tuple[str, tuple[str, ...]]:
    """Digest and imported lab modules of one file, remembered while its size and time stay."""
    stat, file = os.stat(path), os.path.basename(path)
    key = (name, str(path), stat.st_mtime_ns, stat.st_size)
    if key not in _modules:
        try:
            tree = ast.parse(Path(path).read_bytes())
        except (SyntaxError, ValueError) as error:
            raise InputError(f"{file}: not valid Python ({error})") from error
        package = name if file == "__init__.py" else name.rpartition(".")[0]
        imports, skipped = [], set()
        for node in (statements := list(_imports(tree.body))):
            modules = _targets(node, package, root)
            if modules and all(excluded(m) for m in modules):
                skipped.add(id(node))
            elif isinstance(node, ast.ImportFrom):
                skipped.update(id(alias) for alias, m in zip(node.names, modules, strict=False) if excluded(m))
            imports += modules
        imports += _attributes(tree, statements)
        text: list[str] = []
        _render(tree, skipped, text)
        digest = hashlib.sha256("".join(text).encode()).hexdigest()
        _modules[key] = digest, tuple(dict.fromkeys(imports))
    return _modules[key]


def _imports(statements: Sequence[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements among these and within them, those for type checkers only left out."""
    for statement in statements:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        elif not _for_checkers(statement):
            for block in _BLOCKS:
                yield from _imports(getattr(statement, block, ()))


def _for_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and not node.orelse and ast.unparse(node.test).endswith("TYPE_CHECKING")


def _targets(node: ast.Import | ast.ImportFrom, package: str, root: Path) -> list[str]:
    """The lab modules that an import statement names; `from a.b import c` may name the module a.b.c."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if _file(root, alias.name)]
    base = node.module or ""
    if node.level:
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*above, *([base] if base else [])])
    if _file(root, base) is None:
        return []
    found = []
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        found.append(inner if _file(root, inner) else _lazy(alias.name) if base == "theorylab" else base)
    return found


def _attributes(tree: ast.Module, statements: Sequence[ast.Import | ast.ImportFrom]) -> list[str]:
    """The engine's modules behind `theorylab.Ensemble` or `lab.noise`, after `import theorylab [as lab]`."""
    names = {
        alias.asname or alias.name
        for node in statements
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "theorylab"
    }
    if not names:
        return []
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
    }
    return [f"theorylab.{n}" if _file(_HOME, f"theorylab.{n}") else _lazy(n) for n in sorted(used)]


def _lazy(name: str) -> str:
    """Where `theorylab` itself finds the lazy name: its table, a dict of names to modules, is read."""
    return _table().get(name, "theorylab")


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    tree = ast.parse((_HOME / "__init__.py").read_bytes())
    tables = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    pairs = [pair for table in reversed(tables) for pair in zip(table.keys, table.values, strict=True)]
    return {str(k.value): str(v.value) for k, v in pairs if isinstance(k, ast.Constant) and isinstance(v, ast.Constant)}


def _render(node: object, skipped: set[int], text: list[str]) -> None:
    """Append a tree as text that is the same under every Python: empty fields are left out, docstrings dropped."""
    if isinstance(node, ast.AST):
        kind = type(node)
        if id(node) in skipped or (kind is ast.If and _for_checkers(node)):
            return
        text.append(f"({kind.__name__}")
        if kind not in _fields:
            _fields[kind] = tuple(sorted(set(kind._fields) - _SILENT))
        for field in _fields[kind]:
            value = getattr(node, field, None)
            if value is None or value == []:
                continue
            if field == "body" and kind in _OPENING:
                value = value[_docstring(value) :]
            elif field == "keywords" and kind is ast.Call and _called(node) == "Protocol":
                value = [k for k in value if k.arg not in _JUDGING]
            text.append(f" {field}=")
            _render(value, skipped, text)
        text.append(")")
    elif isinstance(node, list):
        text.append("[")
        for item in node:
            _render(item, skipped, text)
        text.append("]")
    else:
        text.append(f"{type(node).__name__}:{node!r}")


_fields: dict[type[ast.AST], tuple[str, ...]] = {}  # of each kind of node, in order of names


def _docstring(body: list[ast.stmt]) -> int:
    """1 where the body opens with a docstring, else 0."""
    value = body[0].value if body and isinstance(body[0], ast.Expr) else None
    return int(isinstance(value, ast.Constant) and isinstance(value.value, str))


def _called(node: Any) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
