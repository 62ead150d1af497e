"""The ratios as a table and a picture: `python -m benchmarks.report [results.json] [--out docs/speed.svg]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def table(rows: list[dict]) -> str:
    """Markdown: median, range, floor and goal of each peer / theorylab."""
    lines = ["| workload | peer | peer / theorylab | range | floor | goal |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = row["ratio"]
        span = f"{ratio['min']:.3g}-{ratio['max']:.3g}"
        bounds = " | ".join(f"{row[k]:g}" if row[k] else "" for k in ("floor", "goal"))
        lines.append(f"| {row['workload']} | {row['peer']} | {ratio['median']:.3g} | {span} | {bounds} |")
    return "\n".join(lines)


def picture(rows: list[dict], out: Path) -> None:
    """A dot for each median with its range, a bar from floor to goal, one line per peer, on a logarithmic axis."""
    import matplotlib.pyplot as plt

    from theorylab.drawing.style import COLOURS, GREY, MARGIN, render, style

    with style():
        canvas, axes = plt.subplots(figsize=(6.4, 0.23 * len(rows) + 0.7), layout="constrained")
        for place, row in enumerate(rows):
            ratio = row["ratio"]
            if row["floor"]:
                axes.plot([row["floor"], row["goal"]], [place] * 2, color=MARGIN, lw=6, solid_capstyle="butt", zorder=1)
            axes.plot([ratio["min"], ratio["max"]], [place] * 2, color=COLOURS[0], lw=1.5, zorder=2)
            axes.plot(ratio["median"], place, "o", color=COLOURS[0], ms=4, zorder=3)
        axes.axvline(1, color=GREY, lw=0.8)
        axes.set(xscale="log", xlabel="processor time, peer / theorylab (grey: floor to goal)")
        axes.set_yticks(range(len(rows)), [f"{r['workload']}, {r['peer'].replace('_', ' ')}" for r in rows])
        axes.invert_yaxis()
    out.write_bytes(render(canvas, out.suffix[1:]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="?", type=Path, default=Path("benchmarks/results.json"))
    parser.add_argument("--out", type=Path, default=Path("docs/speed.svg"))
    given = parser.parse_args()
    found = json.loads(given.results.read_text())["rows"]
    picture(found, given.out)
    print(table(found))
