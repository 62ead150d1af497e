"""Tails of two factors under stable gradient noise with weight decay: of a weight, and of the product."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("deep_linear_langevin_tails",)
PARTS = (  # claim, marks, what is in the record, title, label, the control that is drawn
    ("deep_linear.langevin_weight_tail", "x", "weights", "a weight", "size $x$ [param]", "no edge"),
    ("deep_linear.langevin_product_tail", "z", "product", "the product", "size $z$", "one jump"),
)


def panel(evidence: Any, claim: Any, mark: str, name: str, title: str, label: str, wrong: str) -> Panel:
    """Shares beyond every mark; the verdict is on the two marks in the middle."""
    rows, series, lost = [r for r in evidence.rows(needs[0]) if r.claim == claim.id], [], []
    for row, (c, data) in zip(rows, evidence.cells(needs[0]), strict=True):
        alive = (data["lost"].values < 0) & (data["diverged"].values < 0)
        shares, marks = data[name].values[alive], getattr(c, mark)
        lost.append(1 - alive.mean())
        own = {**row.inputs, mark: np.geomspace(marks[0], marks[-1], 40)}
        error = shares.std(0) / len(shares) ** 0.5
        line, dashed = (own[mark], claim.predict(**own)), {wrong: (own[mark], claim.predict_control(wrong, **own))}
        text = f"$\\alpha$ = {c.alpha:g}, $S$ = {c.rate:g}, $v$ = {c.v:g}"
        series.append(Series(text, marks, shares.mean(0), error, line, dashed))
    label += f"\n{100 * min(lost):.1f} to {100 * max(lost):.1f} % beyond the edge"
    return Panel(title, label, f"P(size > ${mark}$)", series, words(rows), (wrong,), "xy", strip=False)


def draw(evidence: Any) -> Any:
    panels = [panel(evidence, evidence.lab.claim(part[0]), *part[1:]) for part in PARTS]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
