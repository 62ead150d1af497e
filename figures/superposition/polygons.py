"""Length, bias and loss of the regular polygons: trained networks on the roots of a quartic."""

from typing import Any

import numpy as np

from theorylab.drawing import Panel, Series, prediction_against_measurement, words

needs = ("superposition_polygons",)
PARTS = (("l", "length of a feature"), ("b", "bias of an output"), ("h", "loss times 3k"))


def draw(evidence: Any) -> Any:
    found = [r for r in evidence.rows(needs[0]) if r.cell["noise"] == "none"]
    claim, panels = evidence.lab.claim("superposition.polygon"), []
    sides = [r.cell["n"] for r in found]
    wrong = ("no bias", "unit length")
    for number, (name, title) in enumerate(PARTS):
        # each estimate is the lowest and the highest value over all networks and features, in this order
        ends = np.array([np.ravel(r.measured)[2 * number : 2 * number + 2] for r in found])
        error = np.array([np.ravel(r.standard_error)[2 * number] for r in found])
        predicted = [claim.predict(k=k)[name] for k in sides]
        controls = {w: (sides, [claim.predict_control(w, k=k)[name] for k in sides]) for w in wrong}
        margin = [claim.absolute_margin(k=k)[name] for k in sides]
        series = Series(
            "trained networks",
            sides,
            ends.mean(1).tolist(),
            (error + np.ptp(ends, axis=1) / 2).tolist(),
            (sides, predicted),
            controls,
            predicted,
            margin,
        )
        panels.append(Panel(title, "vertices k", name, [series], words(found), list(wrong), strip=False))
    return prediction_against_measurement(panels, evidence.stored(needs[0]).id)
