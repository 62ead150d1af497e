"""Half-times of the modes of two-layer networks from random weights: one law for each mode, by Gram-Schmidt."""

from typing import Any

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_staged",)
CONTROLS = ("all directions free", "norm of the first layer")
NAMES = ("mean half-time", "standard deviation")


def moments(claim: Any, rows: list, part: int) -> Panel:
    """One component, mean or standard deviation, for every mode against the hidden width."""
    order = rows[0].inputs["index"]
    widths = [r.inputs["h"] for r in rows]
    series = []
    for i, index in enumerate(order):
        at = i + part * len(order)
        key = ("mean", "sd")[part]
        own = {"s": rows[0].inputs["s"][i], "sigma": rows[0].inputs["sigma"], "index": index}
        grid = list(range(len(order), max(widths) + 2))
        line = (grid, [claim.predict(h=h, **own)[key] for h in grid])
        wrong = {
            name: (grid, [claim.predict_control(name, h=h, **own)[key] for h in grid])
            for name in (CONTROLS if part == 0 else CONTROLS[:1])
        }
        value, error = (each[:, at] for each in measured(rows))
        predicted, margin = [r.predicted[at] for r in rows], [r.margin[at] for r in rows]
        name = f"mode {index}, s = {own['s']:g}"
        series.append(Series(name, widths, value, error, line, wrong, predicted, margin))
    return Panel(("mean", "spread")[part], "hidden width $h$", NAMES[part], series, words(rows), CONTROLS)


def draw(evidence: Any) -> Any:
    rows = evidence.rows(needs[0])
    claim = evidence.lab.claim("deep_linear.staged_time")
    panels = [moments(claim, rows, part) for part in (0, 1)]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
