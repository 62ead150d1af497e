"""Label noise takes two layers to a ratio of squares d_in/d_out, not to balance."""

from typing import Any

from theorylab.drawing import Panel, Series, measured, prediction_against_measurement, words

needs = ("deep_linear_noise_equilibrium",)
CONTROLS = ("balanced", "inverse", "spread evenly")


def draw(evidence: Any) -> Any:
    rows = evidence.rows(needs[0])
    claim, series = evidence.lab.claim("deep_linear.noise_equilibrium"), []
    for noise in dict.fromkeys(r.cell["noise"] for r in rows):
        mine = sorted((r for r in rows if r.cell["noise"] == noise), key=lambda r: r.predicted)
        shape = [f"{r.inputs['d_in']} to {r.inputs['d_out']}" for r in mine]
        line = (shape, [claim.predict(**r.inputs) for r in mine])
        wrong = {name: (shape, [claim.predict_control(name, **r.inputs) for r in mine]) for name in CONTROLS}
        predicted, margin = [r.predicted for r in mine], [r.margin for r in mine]
        wrong = wrong if len(mine) > 1 else {}
        series.append(Series(noise, shape, *measured(mine), line, wrong, predicted, margin))
    label = "$|W_1|^2 / |W_2|^2$"
    panel = Panel("two layers", "inputs to outputs", label, series, words(rows), CONTROLS, "y")
    return prediction_against_measurement([panel], evidence.stored(needs[0]).id)
