"""Half-times of modes that noise takes off the saddle at zero, against the learning rate: white, differenced."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_seeded",)
CONTROLS = ("start of one step", "all directions free")


def panel(claim: Any, rows: list, i: int) -> Panel:
    """Mean half-time of one mode under each colour."""
    series = []
    own = rows[0].inputs
    fixed = {"s": own["s"][i], "index": own["index"][i], "sigma": own["sigma"], "h": own["h"]}
    rates = [r.inputs["eta"] for r in rows]
    grid = np.geomspace(min(rates) / 1.3, max(rates) * 1.3, 40)
    for colour in dict.fromkeys(r.inputs["colour"] for r in rows):
        mine = [r for r in rows if r.inputs["colour"] == colour]
        line = (grid, [claim.predict(eta=x, colour=colour, **fixed)["mean"] for x in grid.tolist()])
        wrong = {
            name: (grid, [claim.predict_control(name, eta=x, colour=colour, **fixed)["mean"] for x in grid.tolist()])
            for name in CONTROLS
        }
        x = [r.inputs["eta"] for r in mine]
        value, error = (part[:, i] for part in measured(mine))
        series.append(Series(f"{colour} noise", x, value, error, line, wrong))
    name = f"mode {fixed['index']}, s = {fixed['s']:g}"
    return Panel(name, "learning rate $\\eta$", "mean half-time", series, words(rows), CONTROLS, "x", strip=False)


def draw(evidence: Any) -> Any:
    rows = evidence.rows(needs[0])
    claim = evidence.lab.claim("deep_linear.seeded_time")
    panels = [panel(claim, rows, i) for i in range(len(rows[0].inputs["s"]))]
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
