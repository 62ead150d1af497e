"""A lab is a folder with `models/`, `protocols/` and `figures/`; registries are folder listings, nothing is listed.

models/<room>/claims/**/<any>.py    module-level `Claim` values
protocols/<model>/**/<stem>.py      a module-level `protocol`, called <model>_<stem>
figures/<model>/**/<stem>.py        a function `draw(evidence) -> matplotlib Figure`, and what it `needs`

Folders below the first are shelves and no part of a name; a file that lies in no folder is called by its stem.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from theorylab.errors import InputError, unknown

if TYPE_CHECKING:
    from theorylab.lab.protocol import Protocol
    from theorylab.theory.claim import Claim


@dataclass(frozen=True)
class Lab:
    """The lab at `root`, its records in `records`."""

    root: Path
    records: Path

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Every claim by its id, sorted by room."""
        found: dict[str, Claim] = {}
        for file in self._claim_files():
            for value in self._claims_in(file):
                if found.setdefault(value.id, value) is not value:
                    raise InputError(
                        f"claim {value.id}: declared twice (the second time in {file.relative_to(self.root)})"
                    )
        return found

    def claim_rows(self) -> list[dict[str, Any]]:
        """The rows of `theorylab claims --json`; from disk where this very code has derived them before."""
        from theorylab.lab import kept

        key = kept.key(self.root, *self._claim_files())
        rows = kept.read(key, "claims")
        if rows is None:
            rows = [claim.as_dict() for claim in self.claims.values()]
            kept.write(key, "claims", rows)
        return rows

    def sentences(self) -> list[dict[str, Any]]:
        """Rows with the id and the statement of each claim; nothing is derived."""
        from theorylab.lab import kept

        rows = kept.read(kept.key(self.root, *self._claim_files()), "claims")
        return rows or [{"id": claim.id, "statement": claim.statement} for claim in self.claims.values()]

    @cached_property
    def protocol_names(self) -> list[str]:
        """File names, nothing imported."""
        return list(self._protocols)

    @cached_property
    def figure_names(self) -> list[str]:
        """File names, nothing imported."""
        return list(self._figures)

    def claim(self, name: str) -> Claim:
        """The claim `name`, without importing the other rooms and files where possible."""
        room = name.split(".")[0]
        files = [f for f in self._claim_files() if f.relative_to(self.root).parts[1] == room]
        for file in sorted(files, key=lambda f: f'"{name}"' not in f.read_text(encoding="utf-8", errors="replace")):
            for value in self._claims_in(file):
                if value.id == name:
                    return value
        raise unknown("claim", name, [row["id"] for row in self.sentences()])

    def check_protocol(self, name: str) -> None:
        """Refuse a name that no file in `protocols/` has; nothing is imported."""
        if name not in self.protocol_names:
            raise unknown("protocol", name, self.protocol_names)

    def protocol_file(self, name: str) -> Path:
        """The file that holds protocol `name`."""
        self.check_protocol(name)
        return self._protocols[name]

    def protocol_name(self, file: Path) -> str:
        """What the protocol in `file` is called."""
        for name, place in self._protocols.items():
            if place == file:
                return name
        raise InputError(f"{file}: no protocol of the lab {self.root}")

    def protocol(self, name: str) -> Protocol:
        """The protocol called `name`."""
        from theorylab.lab.protocol import Protocol

        file = self.protocol_file(name)
        found = getattr(self._module(file), "protocol", None)
        if not isinstance(found, Protocol):
            where = file.relative_to(self.root)
            raise InputError(f"protocol {name}: {where} has no module-level `protocol = Protocol(...)`")
        return found

    def figure(self, name: str) -> ModuleType:
        """The module of figure `name`."""
        if name not in self.figure_names:
            raise unknown("figure", name, self.figure_names)
        return self._module(self._figures[name])

    def _claim_files(self) -> list[Path]:
        return sorted(self.root.glob("models/*/claims/**/*.py"))

    def _claims_in(self, file: Path) -> list[Claim]:
        """The claims that a module holds, each told where it was found."""
        from theorylab.lab import kept
        from theorylab.theory.claim import Claim

        found = [value for value in vars(self._module(file)).values() if isinstance(value, Claim)]
        for claim in found:
            if claim.recall is None:
                object.__setattr__(claim, "recall", partial(kept.formula, self.root, file))
        return found

    @cached_property
    def _protocols(self) -> dict[str, Path]:
        return self._files("protocols")

    @cached_property
    def _figures(self) -> dict[str, Path]:
        return self._files("figures")

    def _files(self, folder: str) -> dict[str, Path]:
        """The files under `folder` by their names, sorted."""
        found: dict[str, Path] = {}
        for file in sorted((self.root / folder).glob("**/*.py")):
            place = file.relative_to(self.root / folder)
            name = "_".join((*place.parts[:-1][:1], place.stem))
            if place.stem.startswith("_"):
                continue
            if found.setdefault(name, file) != file:
                one, two = (f.relative_to(self.root) for f in (found[name], file))
                raise InputError(f"{folder}: {one} and {two} are both called {name}")
        return dict(sorted(found.items()))

    def _module(self, file: Path) -> ModuleType:
        """Import `file` under its place in the lab."""
        name = ".".join(file.relative_to(self.root).with_suffix("").parts).removesuffix(".__init__")
        root = str(self.root)
        if sys.path[:1] != [root]:
            sys.path.insert(0, root)
        top = sys.modules.get(name.split(".")[0])
        if top is not None and not any(Path(p).resolve().parent == self.root for p in getattr(top, "__path__", ())):
            for loaded in [m for m in sys.modules if m.split(".")[0] == name.split(".")[0]]:
                del sys.modules[loaded]  # another lab's package of the same name
        try:
            return importlib.import_module(name)
        except InputError:
            raise
        except Exception as error:
            where = getattr(error, "lineno", None) or _line(error, file)
            raise InputError(
                f"{file.relative_to(self.root)}:{where}: {type(error).__name__}: "
                f"{str(error).splitlines()[0] if str(error) else ''}"
            ) from error


def _line(error: BaseException, file: Path) -> int:
    trace, line = error.__traceback__, 1
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def find(lab: Any = None, records: Any = None) -> Lab:
    """The lab at `lab`; else the nearest one above the working folder; else the one that this package stands in."""
    if lab is not None:
        root = Path(lab).resolve()
        if not _is_lab(root):
            raise InputError(f"--lab {lab}: no lab there (a lab is a folder with models/, protocols/ and figures/)")
    else:
        here = Path.cwd().resolve()
        candidates = [here, *here.parents, Path(__file__).resolve().parents[2]]
        root = next((c for c in candidates if _is_lab(c)), None)
        if root is None:
            raise InputError(
                "no lab here (a folder with models/, protocols/ and figures/); name one with --lab DIR "
                "or make one with `theorylab new PATH`"
            )
    return Lab(root, Path(records).resolve() if records is not None else root / "records")


def _is_lab(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in ("models", "protocols", "figures"))


def around(file: Path) -> Lab:
    """The lab in whose folders `file` lies."""
    for folder in file.resolve().parents:
        if _is_lab(folder):
            return Lab(folder, folder / "records")
    raise InputError(f"{file}: in no lab (a folder with models/, protocols/ and figures/)")
