"""The static site, written page by page; files whose bytes are the same stay untouched."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from theorylab import files
from theorylab.errors import InputError
from theorylab.lab.rows import Family, Judged
from theorylab.site import api, content, words
from theorylab.site.references import read_bibliography
from theorylab.store.schema import sha256

_LIST = ".report.json"
_IMAGES = (".svg", ".png")


def write_report(
    claims: Sequence[Mapping[str, Any]],
    rows: Sequence[Judged],
    records: Sequence[Mapping[str, Any]],
    figures: Sequence[Mapping[str, Any]],
    folder: Path,
    *,
    families: Sequence[Family] = (),
    bibliography: Path | None = None,
    others: Sequence[Mapping[str, Any]] = (),
    title: str = "theorylab report",
) -> Path:
    """Write the site into `folder` and return its index.

    Args:
        claims: rows of `theorylab claims --json`, each with the fields of its derivation (`theorylab claim ID --json`).
        rows: verdicts.
        records: rows of `theorylab records --json`, or what the records' own record.json say.
        figures: `{"path", "caption", "claims" or "protocols"}`: drawn files and where they belong.
        folder: of the site. Pages that an earlier report left there and this one does not write are removed; files of
            the same names that no report wrote are refused.
        families: what the cells of a claim say together, per protocol and record; by default the worst outcome.
        bibliography: a BibTeX file with the sources' keys.
        others: rows of the records that were not judged here, with `why`.
        title: of the index.

    Raises:
        InputError: a figure is missing; a file in `folder` is not a report's; the disk refuses.
    """
    folder = Path(folder)
    pictures = {name: data for figure in figures for name, data in [_picture(figure)]}
    shown = [{**f, "file": f"figures/{Path(f['path']).name}"} for f in figures]
    by_id = {r["id"]: r for r in records}
    entries = read_bibliography(bibliography)
    pages = [content.claim_page(c, rows, families, by_id, shown, entries) for c in claims]
    devices, versions = content.machines(records)
    templates = _templates()
    site: dict[str, Any] = {
        "title": title,
        "pages": pages,
        "totals": content.totals(pages),
        "note": content.note_rows(pages),
        "rivalry": content.rivalry(pages),
        "questions": content.questions(pages),
        "records": [content.record_page(r) for r in records],
        "others": others,
        "devices": devices,
        "versions": versions,
        "meanings": words.MEANINGS,
        "loose": [f for f in shown if not any(f in p["figures"] for p in pages)],
    }
    written = {f"figures/{name}": data for name, data in pictures.items()}
    written["style.css"] = templates.loader.get_source(templates, "style.css")[0].encode()
    written["index.html"] = templates.get_template("index.html.j2").render(site, root="").encode()
    if site["rivalry"] or site["questions"]:
        written["gaussian_or_levy.html"] = templates.get_template("rivalry.html.j2").render(site, root="").encode()
    names = {"title": title, "packages": api.packages()}
    written["python.html"] = templates.get_template("api.html.j2").render(names, root="").encode()
    for page in pages:
        text = templates.get_template("claim.html.j2").render({**site, "claim": page}, root="../")
        written[f"claims/{page['id']}.html"] = text.encode()
    _place(folder, written)
    return folder / "index.html"


def _picture(figure: Mapping[str, Any]) -> tuple[str, bytes]:
    path = Path(figure["path"])
    if path.suffix not in _IMAGES:
        raise InputError(f"report: figure {path} is not one of {', '.join(_IMAGES)}")
    try:
        return path.name, files.read(path)
    except FileNotFoundError:
        raise InputError(f"report: figure {path} is missing; draw it with `theorylab figures`") from None


def _place(folder: Path, pages: Mapping[str, bytes]) -> None:
    """Write what differs, remove what an earlier report wrote and this one does not.

    `.report.json` lists the files with their checksums, before they are written too: what stands there otherwise, or
    was changed since, is somebody's own.
    """
    listed = folder / _LIST
    before = _listed(listed)
    for name, data in pages.items():
        if name not in before and files.kind(folder / name) == "file" and files.read(folder / name) != data:
            raise InputError(f"report: {folder / name} is there already and was written by no report; choose --out DIR")
    now = {name: sha256(data) for name, data in pages.items()}
    files.make_folder(folder)
    files.write_if_changed(listed, _list_text({**before, **now}))
    for name, data in pages.items():
        files.make_folder((folder / name).parent)
        files.write_if_changed(folder / name, data)
    for name, digest in before.items():
        if name not in pages and _is_own(folder, name, digest):
            files.remove(folder / name)
    files.write_if_changed(listed, _list_text(now))


def _listed(file: Path) -> dict[str, str]:
    """The files of the report that wrote this list, with their checksums; "" where an older version wrote it."""
    try:
        found = json.loads(files.read(file))
    except (OSError, ValueError, RecursionError):
        return {}
    names = found.items() if isinstance(found, dict) else [(n, "") for n in found] if isinstance(found, list) else []
    return {str(name): str(digest) for name, digest in names}


def _list_text(pages: Mapping[str, str]) -> bytes:
    return (json.dumps(pages, indent=1, sort_keys=True) + "\n").encode()


def _is_own(folder: Path, name: str, digest: str) -> bool:
    """Whether this is a page or picture inside the folder, as a report wrote it."""
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve()) and not path.is_symlink()
        return inside and path.suffix in (".html", *_IMAGES) and sha256(files.read(path)) == digest
    except (OSError, ValueError, RuntimeError):
        return False


def _templates() -> Any:
    import jinja2
    from markupsafe import Markup

    from theorylab.theory.mathml import mathml

    found = jinja2.Environment(
        loader=jinja2.PackageLoader("theorylab.site", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    found.filters.update(
        math=lambda latex: Markup(mathml(latex or "")),
        number=words.number,
        cell=words.cell,
        duration=words.duration,
        settings=lambda s: json.dumps(s, sort_keys=True, ensure_ascii=False),
        power=_power,
        prose=_prose,
        doc=_doc,
    )
    return found


def _prose(text: str | None) -> Any:
    """A sentence with its words between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text or ""))))


def _doc(text: str) -> Any:
    """A docstring's text: words between backticks as code, LaTeX (`:math:` or dollars) as formulas."""
    from markupsafe import Markup, escape

    from theorylab.theory.mathml import mathml

    parts = re.split(r":math:`([^`]+)`|\$([^$\n]+)\$|``?([^`]+)``?", text)
    out = Markup("")
    for i in range(0, len(parts), 4):
        out += escape(parts[i])
        role, dollars, code = [*parts[i + 1 : i + 4], None, None, None][:3]
        if role or dollars:
            out += Markup(mathml(role or dollars, False))
        elif code:
            out += Markup("<code>{}</code>").format(code)
    return out


def _power(text: str) -> Any:
    """`1.2 × 10^-3` and `param^2/loss` with their exponents raised."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"\^(-?\d+)", r"<sup>\1</sup>", str(escape(text))))
