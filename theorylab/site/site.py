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
from theorylab.site import content, words
from theorylab.site.mathml import mathml
from theorylab.site.references import read_bibliography

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
    title: str = "theorylab report",
) -> Path:
    """Write the site into `folder` and return its index.

    Args:
        claims: rows of `theorylab claims --json`, each with the fields of its derivation (`theorylab claim ID --json`).
        rows: verdicts.
        records: rows of `theorylab records --json`, or what the records' own record.json say.
        figures: `{"path", "caption", "claims" or "protocols"}`: drawn files and where they belong.
        folder: of the site. Pages that an earlier report left there and this one does not write are removed.
        families: what the cells of a claim say together, per protocol and record; by default the worst outcome.
        bibliography: a BibTeX file with the sources' keys.
        title: of the index.

    Raises:
        InputError: a figure is missing; the disk refuses.
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


def _place(folder: Path, written: Mapping[str, bytes]) -> None:
    """Write what differs, remove what an earlier report wrote and this one does not."""
    listed = folder / _LIST
    try:
        before = json.loads(listed.read_bytes())
    except (OSError, ValueError):
        before = []
    for name, data in written.items():
        files.make_folder((folder / name).parent)
        files.write_if_changed(folder / name, data)
    for name in before if isinstance(before, list) else []:
        gone = folder / str(name)
        if name not in written and ".." not in str(name) and gone.suffix in (".html", *_IMAGES):
            files.remove(gone)
    files.write_if_changed(listed, (json.dumps(sorted(written), indent=1) + "\n").encode())


def _templates() -> Any:
    import jinja2
    from markupsafe import Markup

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
    )
    return found


def _prose(text: str | None) -> Any:
    """A sentence with its words between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text or ""))))


def _power(text: str) -> Any:
    """`1.2 × 10^-3` and `param^2/loss` with their exponents raised."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"\^(-?\d+)", r"<sup>\1</sup>", str(escape(text))))
