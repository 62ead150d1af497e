"""The page of the public names: signature and docstring of each, as they stand in the code.

A docstring is read as it is written here: a first line, paragraphs, indented lines as they are, and the sections Args,
Attributes, Returns, Raises. `:math:` and dollars hold LaTeX.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PACKAGES = ("noise", "measure", "observe", "theory", "random")  # beside the names of `theorylab` itself
SECTIONS = ("Args", "Attributes", "Returns", "Raises", "Yields")
_SECTION = re.compile(rf"({'|'.join(SECTIONS)}):\s*")
_ITEM = re.compile(r"(\*{0,2}[\w.]+(?:, \*{0,2}[\w.]+)*): +(.*)")


@dataclass(frozen=True)
class Block:
    """A part of a docstring: a paragraph, indented lines (`code`), or a section with its items (name, text)."""

    kind: str  # paragraph, code, or the section's name
    text: str = ""
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Name:
    """A public name: how it is called, and what is said of it; the public methods of a class below it."""

    name: str
    signature: str
    blocks: tuple[Block, ...]
    members: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Package:
    """A package's public names."""

    name: str
    blocks: tuple[Block, ...]
    names: tuple[Name, ...]


def packages() -> list[Package]:
    """The face, then each of `PACKAGES`, names in order."""
    theorylab = importlib.import_module("theorylab")  # read by name, as every package here

    inner = [(f"theorylab.{name}", getattr(theorylab, name, None)) for name in PACKAGES]
    found = [("theorylab", theorylab), *((n, m or importlib.import_module(n)) for n, m in inner)]
    return [Package(name, blocks(module.__doc__), tuple(_names(name, module))) for name, module in found]


def _names(place: str, module: Any) -> Iterator[Name]:
    for name in sorted(_public(module), key=lambda n: (n.lower(), n)):
        value = getattr(module, name)
        if not inspect.ismodule(value) and name != "__version__":
            yield described(f"{place}.{name}", value)


def _public(module: Any) -> list[str]:
    """The names that a module exports, or those that it defines itself."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    own = {k: v for k, v in vars(module).items() if not k.startswith("_")}
    return [k for k, v in own.items() if getattr(v, "__module__", None) == module.__name__]


def described(name: str, value: Any) -> Name:
    """A function, class or constant by its signature and docstring."""
    if not callable(value):
        return Name(name, f" = {_short(value)}", ())
    members = ()
    if inspect.isclass(value):
        own = [k for k, v in vars(value).items() if not k.startswith("_") and _documented(v)]
        members = tuple(_member(k, vars(value)[k]) for k in own)
    return Name(name, _signature(value), blocks(inspect.getdoc(value) if _has_own_doc(value) else None), members)


def _member(name: str, value: Any) -> Name:
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    function = value if inspect.isfunction(value) else getattr(value, "fget", None) or getattr(value, "func", None)
    signature = _signature(value) if inspect.isfunction(value) else ""
    return Name(name, signature, blocks(inspect.getdoc(function)))


def _documented(value: Any) -> bool:
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    function = value if inspect.isfunction(value) else getattr(value, "fget", None) or getattr(value, "func", None)
    return bool(getattr(function, "__doc__", None))


def _has_own_doc(value: Any) -> bool:
    """Whether somebody wrote the docstring: a dataclass without one is given its signature."""
    doc = getattr(value, "__doc__", None) or ""
    return bool(doc) and not doc.startswith(f"{getattr(value, '__name__', '')}(")


class _Bare(str):
    """An annotation as it is written, without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _signature(value: Any) -> str:
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    parameters = []
    for one in found.parameters.values():
        written = getattr(one.annotation, "__forward_arg__", one.annotation)
        if isinstance(written, str):
            one = one.replace(annotation=_Bare(written))
        if one.default is not one.empty and not isinstance(one.default, str | int | float | bool | tuple | None):
            one = one.replace(default=_Bare(_short(one.default)))
        parameters.append(one)
    result = found.return_annotation
    bare = found.replace(parameters=parameters, return_annotation=_Bare(result) if isinstance(result, str) else result)
    return _short_text(str(bare))


def _short(value: Any) -> str:
    """A value's representation without the place where it lies in memory."""
    name = getattr(value, "__qualname__", None) if callable(value) else None
    return "..." if name == "<lambda>" else name or _short_text(repr(value))


def _short_text(text: str) -> str:
    return re.sub(r"<function <lambda> at 0x[0-9a-f]+>", "...", re.sub(r" at 0x[0-9a-f]+", "", text))


def blocks(doc: str | None) -> tuple[Block, ...]:
    """The parts of a docstring, in order."""
    lines, found = inspect.cleandoc(doc or "").splitlines(), []
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif section := _SECTION.fullmatch(line):
            end = _end(lines, at + 1, lambda text: not text.strip() or text.startswith(" "))
            found.append(_section(section[1], lines[at + 1 : end]))
            at = end
        elif line.startswith("    ") or line.startswith(">>>"):
            verbatim = (lambda text: bool(text.strip())) if line.startswith(">>>") else _indented
            end = _end(lines, at + 1, verbatim)
            found.append(Block("code", inspect.cleandoc("\n" + "\n".join(lines[at:end]))))
            at = end
        else:
            end = _end(lines, at + 1, lambda text: bool(text.strip()) and not _indented(text) and text[:3] != ">>>")
            found.append(Block("paragraph", " ".join(part.strip() for part in lines[at:end])))
            at = end
    return tuple(found)


def _indented(text: str) -> bool:
    return text.startswith("    ") or not text.strip()


def _end(lines: list[str], start: int, goes_on: Any) -> int:
    """The first line from `start` that does not go on."""
    end = start
    while end < len(lines) and goes_on(lines[end]) and not _SECTION.fullmatch(lines[end]):
        end += 1
    return end


def _section(name: str, lines: list[str]) -> Block:
    """`name: text` items with their continuation lines; a section without items is one text."""
    items: list[tuple[str, str]] = []
    free: list[str] = []
    for line in inspect.cleandoc("\n" + "\n".join(lines)).splitlines():
        item = None if line.startswith(" ") else _ITEM.fullmatch(line.strip())
        if item:
            items.append((item[1], item[2]))
        elif items:
            items[-1] = (items[-1][0], f"{items[-1][1]} {line.strip()}".strip())
        elif line.strip():
            free.append(line.strip())
    return Block(name, " ".join(free), tuple(items))
