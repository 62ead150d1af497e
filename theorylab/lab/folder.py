"""A lab is a folder with `models/`, `protocols/` and `figures/`; registries are folder listings, nothing is listed.

models/<room>/claims/**/<any>.py    module-level `Claim` values
protocols/<model>/**/<stem>.py      a module-level `protocol`, called <model>_<stem>
figures/<model>/**/<stem>.py        a function `draw(evidence) -> matplotlib Figure`, and what it `needs`

Folders below the first are shelves and no part of a name; a file that lies in no folder is called by its stem.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from theorylab.errors import InputError, unknown
from theorylab.lab import importing
from theorylab.lab.importing import is_lab

if TYPE_CHECKING:
    from theorylab.lab.protocol import Protocol
    from theorylab.theory.claim import Claim


PACKAGE = Path(__file__).resolve().parents[1]  # theorylab/


@dataclass(frozen=True)
class Lab:
    """The lab at `root`, its records in `records`, its report and drawn figures in `home` (default: `root`)."""

    root: Path
    records: Path
    home: Path | None = None

    @property
    def report(self) -> Path:
        """Where the report is written."""
        return (self.home or self.root) / "report"

    @property
    def drawn(self) -> Path:
        """Where figures are drawn: beside their files, or in `figures_out` of a working folder."""
        if self.home in (None, self.root):
            return self.root / "figures" / "out"
        return self.home / "figures_out"

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
        return importing.module(self.root, file)


def find(lab: Any = None, records: Any = None) -> Lab:
    """The lab at `lab`; else the nearest one above the working folder; else the standard one.

    A lab keeps its records, report and drawn figures in its own folder; those of the standard lab, used from elsewhere,
    go to the working folder, never into an installation.

    Raises:
        InputError: there is no lab at `lab`.
    """
    here = Path.cwd().resolve()
    if lab is not None:
        root = Path(lab).resolve()
        if not is_lab(root):
            raise InputError(f"--lab {lab}: no lab there (a lab is a folder with models/, protocols/ and figures/)")
        home = root
    else:
        found = next((c for c in (here, *here.parents) if is_lab(c)), None)
        root, home = (found, found) if found is not None else (standard(), here)
    if root.is_relative_to(PACKAGE):
        home = here
    return Lab(root, Path(records).resolve() if records is not None else home / "records", home)


def standard() -> Path:
    """The standard lab: inside the installed package, or the checkout that the package stands in."""
    for folder in (PACKAGE / "standard", PACKAGE.parent):
        if is_lab(folder):
            return folder
    raise InputError(
        "no lab here (a folder with models/, protocols/ and figures/), and this installation brings none; name one "
        "with --lab DIR or make one with `theorylab new PATH`"
    )


def around(file: Path) -> Lab:
    """The lab in whose folders `file` lies."""
    for folder in file.resolve().parents:
        if is_lab(folder):
            return find(folder)
    raise InputError(f"{file}: in no lab (a folder with models/, protocols/ and figures/)")
