"""Half-times of modes that isotropic stable noise takes off the saddle at zero: mean and spread against the index."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_seeded_stable",)
CONTROLS = {"mean": ("gaussian", "all directions free"), "sd": ("narrow", "all directions free")}


def panel(claim: Any, rows: list, key: str, intensity: float) -> Panel:
    """Mean or standard deviation, each mode under each colour; gamma^alpha is the same along the lines."""
    series = []
    for i, s in enumerate(rows[0].inputs["s"]):
        for colour in dict.fromkeys(r.inputs["colour"] for r in rows):
            mine = sorted((r for r in rows if r.inputs["colour"] == colour), key=lambda r: r.inputs["alpha"])
            own = mine[0].inputs
            fixed = {"s": s, "index": own["index"][i], "eta": own["eta"], "h": own["h"], "colour": colour}
            alphas = [r.inputs["alpha"] for r in mine]
            grid = np.linspace(0.9, 2.0, 30).tolist()

            def at(f: Any, grid: list = grid, fixed: dict = fixed) -> tuple:
                return grid, [f(alpha=a, gamma=intensity ** (1 / a), **fixed)[key] for a in grid]

            wrong = {n: at(lambda n=n, **i: claim.predict_control(n, **i)) for n in CONTROLS[key]}
            place = (key == "sd") * len(own["s"]) + i
            value, error = (part[:, place] for part in measured(mine))
            series.append(Series(f"s = {s:g}, {colour}", alphas, value, error, at(claim.predict), wrong))
    title, label = {"mean": ("half-times", "mean half-time"), "sd": ("their spread", "standard deviation")}[key]
    return Panel(title, "stability index $\\alpha$", label, series, words(rows), CONTROLS[key], strip=False)


def draw(evidence: Any) -> Any:
    rows = evidence.rows(needs[0])
    claim, (c, _) = evidence.lab.claim("deep_linear.seeded_time_stable"), evidence.cells(needs[0])[0]
    panels = [panel(claim, rows, key, c.intensity) for key in ("mean", "sd")]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id, height=2.9)
