"""From saddle to saddle: when a diagonal linear network with a tiny start learns its coordinates."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("diagonal_linear_jumps",)
CONTROLS = ("threshold 1", "one by one")


def draw(evidence: Any) -> Any:
    """The times of the jumps, in order, under each noise."""
    rows = evidence.rows(needs[0])
    claim, series = evidence.lab.claim("diagonal_linear.jump_times"), []
    number = ["first", "second", "third", "fourth", "fifth"][: len(rows[0].predicted)]
    wrong = {n: (number, np.array(claim.predict_control(n, **rows[0].inputs))) for n in CONTROLS}
    for row in rows:
        noise = "no noise" if row.cell["noise"] == "none" else row.cell["noise"]
        line = (number, row.predicted)
        series.append(Series(noise, number, row.measured, row.standard_error, line, wrong, row.predicted, row.margin))
    panel = Panel("times of the jumps", "jump", "time / ln(1/$\\alpha$)", series, words(rows), CONTROLS)
    return prediction_against_measurement([panel], evidence.stored(needs[0]).id, width=4.2, height=3.2)
